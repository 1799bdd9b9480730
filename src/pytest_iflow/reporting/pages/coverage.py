"""Which of the deployed iFlows the scenarios of a run called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from pytest_iflow.results.scenario_result import ScenarioResult, ScenarioStatus


class DeployedFlow(Struct, frozen=True):
    """An artifact that is deployed on the tenant, with the scenarios that called it, by status."""

    id: str
    version: str
    counts: Counter[ScenarioStatus]


class Coverage(Struct, frozen=True):
    """The deployed iFlows without and with a scenario; ``others`` were called by no id of a deployed one."""

    uncovered: tuple[DeployedFlow, ...]
    covered: tuple[DeployedFlow, ...]
    others: tuple[str, ...]


def coverage_of(scenarios: Iterable[ScenarioResult], artifacts: Mapping[str, str]) -> Coverage | None:
    """Return the coverage of ``artifacts`` (id: version); None where nothing is known to be deployed."""
    if not artifacts:
        return None
    calls: dict[str, Counter[ScenarioStatus]] = {}
    for scenario in scenarios:
        for flow in set(scenario.iflows):
            calls.setdefault(flow, Counter())[scenario.status] += 1
    deployed = [
        DeployedFlow(flow, artifacts[flow], calls.pop(flow, Counter()))
        for flow in sorted(artifacts, key=str.casefold)
    ]
    return Coverage(
        uncovered=tuple(flow for flow in deployed if not flow.counts),
        covered=tuple(flow for flow in deployed if flow.counts),
        others=tuple(sorted(calls, key=str.casefold)),
    )
