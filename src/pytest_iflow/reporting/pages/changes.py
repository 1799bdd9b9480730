"""What is other than in the run before, as the page of a run shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from pytest_iflow.results.changes import Change, RunChanges
from pytest_iflow.results.scenario_result import ScenarioResult

SHOWN: Mapping[Change, str] = {
    "newly failing": "passed before",
    "fixed": "failed before, passed now",
    "still failing": "failed before, too",
    "flaky": "passed only when it was tried again, or its result comes and goes",
    "new": "has no result from before",
    "gone": "was there before, is not any more",
}
"""Every change in the order of the page, with what it means."""


class ChangedScenario(Struct, frozen=True):
    """A scenario with a change; one that is gone is known by its node id alone."""

    node_id: str
    scenario: ScenarioResult | None


class ChangeGroup(Struct, frozen=True):
    """All scenarios with one change."""

    change: Change
    meaning: str
    scenarios: tuple[ChangedScenario, ...]


def change_groups(scenarios: Iterable[ScenarioResult], changes: RunChanges) -> tuple[ChangeGroup, ...]:
    """Return the changes that occur, in the order of the page; scenarios keep their order."""
    order = {scenario.node_id: scenario for scenario in scenarios}
    found: dict[Change, list[ChangedScenario]] = {change: [] for change in SHOWN}
    for node_id, scenario in order.items():
        if (change := changes.scenarios.get(node_id)) is not None:
            found[change].append(ChangedScenario(node_id, scenario))
    for node_id, change in changes.scenarios.items():
        if node_id not in order:
            found[change].append(ChangedScenario(node_id, None))
    return tuple(
        ChangeGroup(change, meaning, tuple(found[change]))
        for change, meaning in SHOWN.items()
        if found[change]
    )
