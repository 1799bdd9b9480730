"""What is other in a run than in those before it: its scenarios, and what is deployed on the tenant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, Protocol, get_args

from msgspec import Struct, field

from pytest_iflow.results.json_format import Moment, keep_in_utc
from pytest_iflow.results.scenario_result import ScenarioResult

Change = Literal["newly failing", "still failing", "flaky", "fixed", "new", "gone"]

CHANGES: tuple[Change, ...] = get_args(Change)
"""Most urgent first."""

MOST_NAMED = 3
"""Updates that are named in one sentence about a scenario."""
MOST_TITLES = 20
"""Newly failing scenarios that a terminal names; the pages name all."""


class RunChanges(Struct, frozen=True):
    """The comparison of a run with earlier ones of the same tenant and environment.

    ``since`` is when the last of these runs began, in UTC. ``scenarios`` maps node ids to what became of
    them, the most urgent first; one whose status is as before and good is not in it. ``updates`` are
    sentences on what changed on the tenant in between: its runtime, versions of artifacts. ``failing_since``
    has a sentence for each failing scenario that passed once: when that was, when it failed first, and what
    was updated in between. How each is judged stands in ``comparison``.
    """

    since: Moment
    scenarios: Mapping[str, Change]
    updates: tuple[str, ...] = ()
    failing_since: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keep_in_utc(self, "since")

    def of(self, change: Change) -> list[str]:
        """Return the node ids of the scenarios with this change."""
        return [node_id for node_id, found in self.scenarios.items() if found == change]

    def lines(self, scenarios: Iterable[ScenarioResult]) -> list[str]:
        """Return the changes of a run with these scenarios as lines for a terminal.

        They say how many there are of each, which scenarios fail newly and since when, and the updates.
        """
        titles = {each.node_id: each.scenario for each in scenarios if each.status != "not run"}
        counts = Counter(self.scenarios.values())
        tally = ", ".join(f"{change}: {counts[change]:,}" for change in CHANGES if counts[change])
        same = "every scenario that ran is as it was" if titles else "no scenario ran"
        lines = [tally or same]
        newly_failing = self.of("newly failing")
        for node_id in newly_failing[:MOST_TITLES]:
            lines.append(f"  newly failing: {titles.get(node_id, node_id)}")
            if since := self.failing_since.get(node_id):
                lines.append(f"    {since}")
        if (more := len(newly_failing) - MOST_TITLES) > 0:
            lines.append(f"  and {more:,} more")
        return [*lines, *self.updates]


class DeployedAt(Protocol):
    """A run, past or present, with what was deployed then."""

    @property
    def artifacts(self) -> Mapping[str, str]:
        """Version by artifact id; empty where nobody asked."""
        ...

    @property
    def runtime_version(self) -> str:
        """Version of the runtime; empty where nobody told it."""
        ...


def artifact_updates(before: DeployedAt, after: DeployedAt) -> dict[str, str]:
    """Return a sentence for each artifact with another version, by its id; none where a run knows none."""
    if not before.artifacts or not after.artifacts:
        return {}
    return {
        name: _sentence(name, before.artifacts.get(name), after.artifacts.get(name))
        for name in sorted(before.artifacts.keys() | after.artifacts.keys())
        if before.artifacts.get(name) != after.artifacts.get(name)
    }


def runtime_update(before: DeployedAt, after: DeployedAt) -> tuple[str, ...]:
    """Return the sentence on another version of the runtime; none where it is the same or not known."""
    was, now = before.runtime_version, after.runtime_version
    return (f"the tenant's runtime is {now}, was {was}",) if was and now and was != now else ()


def updates_for(before: DeployedAt, after: DeployedAt, iflows: Iterable[str]) -> str:
    """Return in one sentence what may have broken a scenario that calls ``iflows``; empty if unknown.

    An update of what it calls is named alone; without one all updates are, up to ``MOST_NAMED``.
    """
    artifacts = artifact_updates(before, after)
    called = [artifacts[name] for name in iflows if name in artifacts]
    sentences = [*runtime_update(before, after), *(called or artifacts.values())]
    more = len(sentences) - MOST_NAMED
    return "; ".join(sentences[:MOST_NAMED]) + (f"; and {more} more updates" if more > 0 else "")


def _sentence(name: str, was: str | None, now: str | None) -> str:
    if was is None:
        return f"{name} is deployed in version {now}, was not deployed"
    if now is None:
        return f"{name} is not deployed any more, was version {was}"
    return f"{name} is deployed in version {now}, was {was}"
