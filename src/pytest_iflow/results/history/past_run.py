"""A run as the history keeps it: what came of each scenario, and what was deployed.

A run is one line of JSON. Its scenarios are written as one letter each, in the order of a list of node ids
that stands in a line of its own and is shared by all runs with the same scenarios: so the history of 200 runs
of 10,000 scenarios needs megabytes, where the ids in each line would need hundreds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pytest_iflow.results.json_format import (
    Moment,
    Seconds,
    UnfitJsonError,
    decode,
    encode,
    keep_in_utc,
    values_by_field,
)
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioStatus

SCHEMA = 1

LETTERS: dict[ScenarioStatus, str] = {
    "passed": "P",
    "failed": "F",
    "broken": "B",
    "skipped": "S",
    "not run": "-",
}


@dataclass(frozen=True)
class Suite:
    """The scenarios of runs, by node id."""

    node_ids: tuple[str, ...]

    @cached_property
    def positions(self) -> dict[str, int]:
        """Where each scenario stands in the list."""
        return {node_id: position for position, node_id in enumerate(self.node_ids)}

    @cached_property
    def name(self) -> str:
        """A name for the list, which follows from it."""
        return hashlib.sha256("\n".join(self.node_ids).encode("utf-8", "replace")).hexdigest()[:16]

    def to_line(self) -> bytes:
        """Return the list as a line of the history."""
        return encode({"suite": self.name, "node_ids": self.node_ids})


@dataclass(frozen=True)
class _RunLine:
    """A line of the history that tells of a run; ``suite`` is the name of its list of scenarios."""

    suite: str
    started: Moment
    seconds: Seconds
    verdict: str
    counts: Mapping[str, int]
    selection: str
    whole: bool
    artifacts: Mapping[str, str]
    runtime_version: str
    results: str
    durations: tuple[Seconds, ...]
    reruns: Mapping[str, int]

    def __post_init__(self) -> None:
        keep_in_utc(self, "started")


@dataclass(frozen=True)
class PastRun(_RunLine):
    """One run of the past; ``started`` is in UTC.

    ``whole`` is a run that left nothing out and came to its end. ``results`` are the statuses of all that is
    ``listed``, one letter for each (see ``LETTERS``), ``durations`` their seconds; ``reruns`` is by
    node id, without those of none.
    """

    listed: Suite

    def letter(self, node_id: str) -> str:
        """Return the status of a scenario as a letter; empty where the run had no such scenario."""
        position = self.listed.positions.get(node_id)
        return "" if position is None else self.results[position]

    def to_line(self) -> bytes:
        """Return the run as a line of the history."""
        held = values_by_field(self)
        del held["listed"]
        return encode({"schema": SCHEMA, **held})

    @classmethod
    def of(cls, run: RunResult) -> PastRun:
        """Return a run as the history keeps it."""
        # In one order always, since workers finish in any: the same scenarios make the same list.
        scenarios = sorted(run.scenarios, key=lambda each: each.node_id)
        suite = Suite(tuple(each.node_id for each in scenarios))
        return cls(
            suite=suite.name,
            started=run.started,
            seconds=round(run.seconds, 3),
            verdict=run.verdict,
            counts={str(status): count for status, count in run.counts.items()},
            selection=run.selection,
            whole=is_whole(run),
            artifacts=run.artifacts,
            runtime_version=run.runtime_version,
            results="".join(LETTERS[each.status] for each in scenarios),
            durations=tuple(round(each.seconds, 2) for each in scenarios),
            reruns={each.node_id: each.reruns for each in scenarios if each.reruns},
            listed=suite,
        )

    @classmethod
    def from_line(cls, line: bytes, listed: Suite) -> PastRun:
        """Return the run of a line of the history; raises UnfitJsonError."""
        read = decode(line, _RunLine, SCHEMA)
        same_length = len(listed.node_ids) == len(read.results) == len(read.durations)
        if not same_length or set(read.results) - set(LETTERS.values()):
            raise UnfitJsonError("its results do not fit its scenarios")
        return cls(**vars(read), listed=listed)


def is_whole(run: RunResult) -> bool:
    """Tell whether a run left no scenario out: what is not in it then is gone."""
    cut_short = run.interrupted or run.environment_problems or run.counts["not run"]
    unreadable = any(scenario.is_unreadable_file for scenario in run.scenarios)
    return not (run.selection or cut_short or run.collection_errors or unreadable)
