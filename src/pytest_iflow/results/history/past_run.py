"""A run as the history keeps it: what came of each scenario, and what was deployed.

A run is one line of JSON. Its scenarios are written as one letter each, in the order of a list of node ids
that stands in a line of its own and is shared by all runs with the same scenarios: so the history of 200 runs
of 10,000 scenarios needs megabytes, where the ids in each line would need hundreds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from pytest_iflow.results.json_object import JsonObject, parse_json
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
STATUSES = {letter: status for status, letter in LETTERS.items()}


@dataclass(frozen=True, slots=True)
class PastScenario:
    """What came of one scenario in one run; ``reruns`` counts the tries before the last."""

    status: ScenarioStatus
    seconds: float
    reruns: int


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

    def to_line(self) -> str:
        """Return the list as a line of the history."""
        return json.dumps({"suite": self.name, "node_ids": list(self.node_ids)})

    @classmethod
    def from_line(cls, line: str) -> Suite:
        """Return the list that ``to_line`` wrote; raises ValueError."""
        return cls(JsonObject(parse_json(line)).texts("node_ids"))


@dataclass(frozen=True)
class PastRun:
    """One run of the past; ``started`` is in UTC.

    ``whole`` is a run that left nothing out and came to its end. ``letters`` are the statuses of
    the scenarios of ``suite``, one for each (see ``LETTERS``), ``durations`` their seconds; ``reruns`` is by
    node id, without those of none.
    """

    started: datetime
    seconds: float
    verdict: str
    counts: Mapping[str, int]
    selection: str
    whole: bool
    artifacts: Mapping[str, str]
    runtime_version: str
    suite: Suite
    letters: str
    durations: tuple[float, ...]
    reruns: Mapping[str, int]

    @cached_property
    def scenarios(self) -> dict[str, PastScenario]:
        """What came of each scenario, by node id."""
        rows = zip(self.suite.node_ids, self.letters, self.durations, strict=True)
        return {
            node_id: PastScenario(STATUSES[letter], seconds, self.reruns.get(node_id, 0))
            for node_id, letter, seconds in rows
        }

    def letter(self, node_id: str) -> str:
        """Return the status of a scenario as a letter; empty where the run had no such scenario."""
        position = self.suite.positions.get(node_id)
        return "" if position is None else self.letters[position]

    def to_line(self) -> str:
        """Return the run as a line of the history."""
        document = {
            "schema": SCHEMA,
            "suite": self.suite.name,
            "started": self.started.isoformat(),
            "seconds": self.seconds,
            "verdict": self.verdict,
            "counts": dict(self.counts),
            "selection": self.selection,
            "whole": self.whole,
            "artifacts": dict(self.artifacts),
            "runtime_version": self.runtime_version,
            "results": self.letters,
            "durations": list(self.durations),
            "reruns": dict(self.reruns),
        }
        return json.dumps(document)

    @classmethod
    def of(cls, run: RunResult) -> PastRun:
        """Return a run as the history keeps it."""
        # In one order always, since workers finish in any: the same scenarios make the same list.
        scenarios = sorted(run.scenarios, key=lambda each: each.node_id)
        return cls(
            started=run.started,
            seconds=round(run.seconds, 3),
            verdict=run.verdict,
            counts={str(status): count for status, count in run.counts.items()},
            selection=run.selection,
            whole=is_whole(run),
            artifacts=run.artifacts,
            runtime_version=run.runtime_version,
            suite=Suite(tuple(each.node_id for each in scenarios)),
            letters="".join(LETTERS[each.status] for each in scenarios),
            durations=tuple(round(each.seconds, 2) for each in scenarios),
            reruns={each.node_id: each.reruns for each in scenarios if each.reruns},
        )

    @classmethod
    def from_line(cls, line: str, suite: Suite) -> PastRun:
        """Return the run of a line of the history; raises ValueError."""
        document = JsonObject(parse_json(line))
        if (schema := document.integer("schema")) != SCHEMA:
            raise ValueError(f"it is written in schema {schema}, this version reads schema {SCHEMA}")
        letters, durations = document.text("results"), document.numbers("durations")
        if not len(suite.node_ids) == len(letters) == len(durations) or set(letters) - STATUSES.keys():
            raise ValueError("its results do not fit its scenarios")
        return cls(
            started=document.moment("started"),
            seconds=document.number("seconds"),
            verdict=document.text("verdict"),
            counts=document.integer_by_name("counts"),
            selection=document.text("selection"),
            whole=document.flag("whole"),
            artifacts=document.text_by_name("artifacts"),
            runtime_version=document.text("runtime_version"),
            suite=suite,
            letters=letters,
            durations=durations,
            reruns=document.integer_by_name("reruns"),
        )


def is_whole(run: RunResult) -> bool:
    """Tell whether a run left no scenario out: what is not in it then is gone."""
    cut_short = run.interrupted or run.environment_problems or run.counts["not run"]
    unreadable = any(scenario.is_unreadable_file for scenario in run.scenarios)
    return not (run.selection or cut_short or run.collection_errors or unreadable)
