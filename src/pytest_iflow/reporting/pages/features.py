"""The scenarios of a run as its page groups them: by feature and rule, by reason, by time."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter, itemgetter

from msgspec import Struct

from pytest_iflow.results.scenario_result import SLOWEST, CallResult, ScenarioResult, ScenarioStatus


class FeatureGroup(Struct, frozen=True):
    """The scenarios of one feature file, by rule (None for those outside of a rule)."""

    name: str
    file: str
    seconds: float
    counts: Counter[ScenarioStatus]
    rules: tuple[tuple[str | None, tuple[ScenarioResult, ...]], ...]


def by_feature(scenarios: Iterable[ScenarioResult]) -> Iterable[FeatureGroup]:
    """Yield the groups of ``scenarios``, which are sorted by file."""
    for file, group in groupby(scenarios, key=attrgetter("file")):
        members = list(group)
        rules: dict[str | None, list[ScenarioResult]] = {}
        for scenario in members:
            rules.setdefault(scenario.rule, []).append(scenario)
        yield FeatureGroup(
            name=members[0].feature,
            file=file,
            seconds=sum(scenario.seconds for scenario in members),
            counts=Counter(scenario.status for scenario in members),
            rules=tuple((rule, tuple(inside)) for rule, inside in rules.items()),
        )


def by_reason(scenarios: Iterable[ScenarioResult], status: ScenarioStatus) -> dict[str, list[ScenarioResult]]:
    """Return the scenarios of ``status`` under the reason that they give."""
    reasons: dict[str, list[ScenarioResult]] = {}
    for scenario in scenarios:
        if scenario.status == status:
            reasons.setdefault(scenario.message.strip(), []).append(scenario)
    return reasons


def slowest_scenarios(scenarios: Iterable[ScenarioResult]) -> list[ScenarioResult]:
    """Return the ten scenarios that took longest, of those that ran."""
    ran = (scenario for scenario in scenarios if scenario.status not in {"skipped", "not run"})
    return heapq.nlargest(SLOWEST, ran, key=attrgetter("seconds"))


def slowest_calls(scenarios: Iterable[ScenarioResult]) -> list[tuple[CallResult, ScenarioResult]]:
    """Return the ten calls that took longest, with their scenarios."""
    calls = ((call.seconds, call, scenario) for scenario in scenarios for call in scenario.calls)
    return [(call, scenario) for _, call, scenario in heapq.nlargest(SLOWEST, calls, key=itemgetter(0))]
