"""``history.jsonl``: the runs of one environment of one tenant, the oldest first.

A run is one line of JSON, with what came of each scenario and what was deployed. Its scenarios are written as
one letter each, in the order of a list of node ids that stands in a line of its own and is shared by all runs
with the same scenarios: so the history of 200 runs of 10,000 scenarios needs megabytes, where the ids in each
line would need hundreds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from pytest_iflow.gherkin.source import escaped_id
from pytest_iflow.results.files import replace_file
from pytest_iflow.results.json_format import (
    Moment,
    Seconds,
    UnfitJsonError,
    decode,
    encode,
    keep_in_utc,
    values_by_field,
)
from pytest_iflow.results.run_folder import RunFolder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioStatus
from pytest_iflow.secrets.registry import mask_bytes, masked
from pytest_iflow.tenants.suite_files import read_regular

SCHEMA = 1
RUNS_KEPT = 200

_KEPT = frozenset({"suite", "started", "results"})
"""Fields of a line that hold no text of a suite."""

LETTERS: dict[ScenarioStatus, str] = {
    "passed": "P",
    "failed": "F",
    "broken": "B",
    "skipped": "S",
    "not run": "-",
}


class Suite(Struct, frozen=True, dict=True):
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


class _RunLine(Struct, frozen=True):
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


class PastRun(_RunLine, frozen=True):
    """One run of the past; ``started`` is in UTC.

    ``whole`` is a run that left nothing out and came to its end. ``results`` are the statuses of all that is
    ``listed``, one letter for each (see ``LETTERS``), ``durations`` their seconds; ``reruns`` is by
    node id, without those of none.
    """

    listed: Suite

    def letter(self, node_id: str) -> str:
        """Return the status of a scenario as a letter; empty where the run had no such scenario."""
        positions = self.listed.positions
        position = positions.get(node_id, positions.get(escaped_id(node_id)))
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
        return cls(**asdict(read), listed=listed)


def is_whole(run: RunResult) -> bool:
    """Tell whether a run left no scenario out: what is not in it then is gone."""
    cut_short = run.interrupted or run.environment_problems or run.counts["not run"]
    unreadable = any(scenario.is_unreadable_file for scenario in run.scenarios)
    return not (run.selection or cut_short or run.collection_errors or unreadable)


class _LineHead(Struct, frozen=True):
    """What tells the lines of a history apart: one of a run says when it ``started``."""

    suite: str
    started: str | None = None


def _masked_line(line: bytes) -> bytes:
    """Mask the values of a line, so that it can be read as before; one that is damaged as it stands."""
    try:
        document = decode(line, dict[str, Any])
    except UnfitJsonError:
        return mask_bytes(line)
    # As a tuple each text is masked by itself, and a list keeps its length.
    values = {key: tuple(held) if isinstance(held, list) else held for key, held in document.items()}
    return encode(masked(values, _KEPT))


class History:
    """The history in the folder of a tenant's environment; every method raises OSError as any read does.

    ``damaged`` has the numbers, from 1, of the lines that were found to be damaged: they are left out, and
    the file loses them when the next run is added.
    """

    def __init__(self, folder: Path) -> None:
        self._path = RunFolder(folder).history
        self.damaged: set[int] = set()

    def newest_first(self) -> Iterator[PastRun]:
        """Yield the runs; each is read when it is asked for, since often a few of many are enough."""
        runs, suites = self._lines()
        known: dict[str, Suite] = {}
        for number, line, head in reversed(runs):
            try:
                suite = known.get(head.suite) or decode(suites[head.suite], Suite)
                known[head.suite] = suite
                yield PastRun.from_line(line, suite)
            except (UnfitJsonError, KeyError):
                self.damaged.add(number)

    def append(self, run: RunResult, keep: int = RUNS_KEPT) -> None:
        """Add a run, and forget the oldest beyond ``keep``; the file is replaced in one move.

        What stands there of the same run, by its start, is replaced.
        Raises OSError as any write does.
        """
        added = PastRun.of(run)
        runs, suites = self._lines()
        suites[added.suite] = added.listed.to_line()
        started = run.started.isoformat()
        kept = [
            (head.suite, line)
            for number, line, head in runs
            if number not in self.damaged and head.suite in suites and head.started != started
        ]
        kept = [*kept, (added.suite, added.to_line())][-max(keep, 1) :]
        used = dict.fromkeys(suite for suite, _ in kept)
        lines = [*(suites[suite] for suite in used), *(line for _, line in kept)]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self._path, b"".join(b"%b\n" % line for line in lines))

    def _lines(self) -> tuple[list[tuple[int, bytes, _LineHead]], dict[str, bytes]]:
        """The lines of runs, each with its number and what tells it apart, and those of suites by name.

        What is a secret by now is masked: the plan of a run that was killed has values that nobody knew yet.
        """
        runs: list[tuple[int, bytes, _LineHead]] = []
        suites: dict[str, bytes] = {}
        data = b""
        with suppress(FileNotFoundError):
            data = read_regular(self._path)
        lines = data.split(b"\n")
        if mask_bytes(data) != data:
            lines = [_masked_line(line) for line in lines]
        for number, line in enumerate(lines, start=1):
            try:
                head = decode(line, _LineHead) if line.strip() else None
            except UnfitJsonError:
                self.damaged.add(number)
                continue
            if head is not None and head.started is None:
                suites[head.suite] = line
            elif head is not None:
                runs.append((number, line, head))
        return runs, suites
