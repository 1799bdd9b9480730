"""The last runs of an environment, as the page over all runs draws them.

``history.jsonl`` holds one run a line, the newest last. Only its end is read, however long it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from msgspec import Struct, field

from pytest_iflow.reporting.pages import moment
from pytest_iflow.results.json_format import Moment, UnfitJsonError, decode, keep_in_utc
from pytest_iflow.results.run_result import VERDICTS, Verdict

RUNS = 30
"""Runs that a trend shows."""

TAIL = 16 * 1024 * 1024
"""Bytes at the end of a history that are looked at."""

WIDTH, GAP, TALLEST = 5, 2, 20
HEIGHTS: dict[Verdict, int] = {"failed": TALLEST, "interrupted": 14, "passed": 8, "nothing ran": 3}
"""Height of a bar, so that verdicts differ in more than their colour."""


class EarlierRun(Struct, frozen=True):
    """One run of a history; ``started`` is in UTC."""

    started: Moment
    verdict: Verdict
    counts: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keep_in_utc(self, "started")

    @property
    def words(self) -> str:
        """Return the run in words: ``2026-11-03 04:42 UTC: failed (24 passed, 3 failed)``."""
        counts = ", ".join(f"{count:,} {status}" for status, count in self.counts.items() if count)
        return f"{moment(self.started)}: {self.verdict}{f' ({counts})' if counts else ''}"


class Bar(Struct, frozen=True):
    """A run in the picture of a trend, in its units."""

    x: int
    y: int
    height: int
    run: EarlierRun


class Trend(Struct, frozen=True):
    """The last runs, the oldest first; there are at least two."""

    runs: Sequence[EarlierRun]

    @property
    def bars(self) -> list[Bar]:
        """Return the picture."""
        return [
            Bar(number * (WIDTH + GAP), TALLEST - HEIGHTS[run.verdict], HEIGHTS[run.verdict], run)
            for number, run in enumerate(self.runs)
        ]

    @property
    def width(self) -> int:
        """Return the width of the picture."""
        return len(self.runs) * (WIDTH + GAP) - GAP

    @property
    def words(self) -> str:
        """Return the text in the place of the picture, for those who do not see it."""
        seen = [run.verdict for run in self.runs]
        counts = ", ".join(f"{seen.count(verdict)} {verdict}" for verdict in VERDICTS if verdict in seen)
        return f"Last {len(seen)} runs: {counts}."

    @property
    def streak(self) -> str:
        """Return since when the verdict is what it is: ``failed 3 times in a row, since …``; else empty."""
        latest = self.runs[-1].verdict
        same = list(takewhile(lambda run: run.verdict == latest, reversed(self.runs)))
        if len(same) == 1:
            return f"{self.runs[-2].verdict} before"
        since = "" if len(same) == len(self.runs) else f", since {same[-1].started:%Y-%m-%d}"
        return f"{latest} {len(same)} times in a row{since}"


def read_trend(history: Path) -> Trend | None:
    """Return the last runs of ``history``; None where fewer than two can be read.

    Lines that do not fit are passed over: another version may have written them, or a run that was killed.
    """
    try:
        lines = _last_lines(history)
    except OSError:
        return None
    runs = list(_runs(lines))
    return Trend(runs) if len(runs) > 1 else None


def _last_lines(history: Path) -> list[bytes]:
    if not history.is_file():
        return []  # a pipe would be waited for
    with history.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL))
        return file.read().splitlines()[-RUNS:]


def _runs(lines: Iterable[bytes]) -> Iterable[EarlierRun]:
    for line in lines:
        try:
            yield decode(line, EarlierRun)
        except UnfitJsonError:
            continue
