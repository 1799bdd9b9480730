"""``history.jsonl``: the runs of one environment of one tenant, the oldest first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pytest_iflow.results.atomic_file import read_text, replace_text
from pytest_iflow.results.history.past_run import PastRun, Suite
from pytest_iflow.results.run_result import RunResult

HISTORY = "history.jsonl"
RUNS_KEPT = 200

_RUN = re.compile(r'\{"schema": \d+, "suite": "([0-9a-f]{16})", .*\}')
_SUITE = re.compile(r'\{"suite": "([0-9a-f]{16})", .*\}')


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
        for number, line, name in reversed(runs):
            try:
                suite = known.get(name) or known.setdefault(name, Suite.from_line(suites[name]))
                yield PastRun.from_line(line, suite)
            except (ValueError, KeyError):
                self.damaged.add(number)

    def append(self, run: RunResult, keep: int = RUNS_KEPT) -> None:
        """Add a run, and forget the oldest beyond ``keep``; the file is replaced in one move.

        What stands there of the same run, by its start, is replaced.
        Raises OSError as any write does.
        """
        added = PastRun.of(run)
        runs, suites = self._lines()
        suites[added.suite.name] = added.suite.to_line()
        same = f'"started": "{run.started.isoformat()}"'
        runs = [
            (number, line, suite)
            for number, line, suite in runs
            if number not in self.damaged and suite in suites and same not in line
        ]
        kept = [*((suite, line) for _, line, suite in runs), (added.suite.name, added.to_line())][
            -max(keep, 1) :
        ]
        used = dict.fromkeys(suite for suite, _ in kept)
        lines = [*(suites[suite] for suite in used), *(line for _, line in kept)]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(self._path, "".join(f"{line}\n" for line in lines))

    def _lines(self) -> tuple[list[tuple[int, str, str]], dict[str, str]]:
        """The lines of runs, each with its number and the name of its suite, and those of suites by name."""
        runs: list[tuple[int, str, str]] = []
        suites: dict[str, str] = {}
        text = ""
        with suppress(FileNotFoundError):
            text = read_text(self._path)
        for number, line in enumerate(text.split("\n"), start=1):
            if found := _RUN.fullmatch(line):
                runs.append((number, line, found[1]))
            elif found := _SUITE.fullmatch(line):
                suites[found[1]] = line
            elif line.strip():
                self.damaged.add(number)
        return runs, suites
