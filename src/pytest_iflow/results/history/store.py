"""``history.jsonl``: the runs of one environment of one tenant, the oldest first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pytest_iflow.results.atomic_file import replace_file
from pytest_iflow.results.history.past_run import PastRun, Suite
from pytest_iflow.results.json_format import UnfitJsonError, decode
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.tenants.suite_files import read_regular

HISTORY = "history.jsonl"
RUNS_KEPT = 200


@dataclass(frozen=True, slots=True)
class _Line:
    """What tells the lines of a history apart: one of a run says when it ``started``."""

    suite: str
    started: str | None = None


class History:
    """The history in the folder of a tenant's environment; every method raises OSError as any read does.

    ``damaged`` has the numbers, from 1, of the lines that were found to be damaged: they are left out, and
    the file loses them when the next run is added.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / HISTORY
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

    def _lines(self) -> tuple[list[tuple[int, bytes, _Line]], dict[str, bytes]]:
        """The lines of runs, each with its number and what tells it apart, and those of suites by name."""
        runs: list[tuple[int, bytes, _Line]] = []
        suites: dict[str, bytes] = {}
        data = b""
        with suppress(FileNotFoundError):
            data = read_regular(self._path)
        for number, line in enumerate(data.split(b"\n"), start=1):
            try:
                head = decode(line, _Line) if line.strip() else None
            except UnfitJsonError:
                self.damaged.add(number)
                continue
            if head is not None and head.started is None:
                suites[head.suite] = line
            elif head is not None:
                runs.append((number, line, head))
        return runs, suites
