"""What the page over all runs shows of each environment: its latest run, and the trend of those before.

``history.jsonl`` holds one run a line, the newest last. Only its end is read, however long it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.pages.acceptance_link import AcceptanceLink, acceptance_links
from pytest_iflow.reporting.pages.words import moment
from pytest_iflow.results.changes import RunChanges
from pytest_iflow.results.json_format import Moment, Seconds, UnfitJsonError, decode, keep_in_utc
from pytest_iflow.results.run_folder import JOURNAL, SUMMARY, RunFolder, read_run
from pytest_iflow.results.run_result import VERDICTS, RunResult, Verdict, read_summary

STALE = timedelta(days=7)
"""Age from which a run says little about the tenant of today."""

RUNS = 30
"""Runs that a trend shows."""

TAIL = 16 * 1024 * 1024
"""Bytes at the end of a history that are looked at."""

WIDTH, GAP, TALLEST = 5, 2, 20
HEIGHTS: dict[Verdict, int] = {"failed": TALLEST, "interrupted": 14, "passed": 8, "nothing ran": 3}
"""Height of a bar, so that verdicts differ in more than their colour."""


@dataclass(frozen=True, slots=True)
class EarlierRun:
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


@dataclass(frozen=True, slots=True)
class Bar:
    """A run in the picture of a trend, in its units."""

    x: int
    y: int
    height: int
    run: EarlierRun


@dataclass(frozen=True, slots=True)
class Trend:
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


@dataclass(frozen=True, slots=True)
class RunHead:
    """What is shown of a run: the head of its ``summary.json``, whose scenarios are left unread."""

    verdict: Verdict
    started: Moment
    seconds: Seconds
    counts: Mapping[str, int] = field(default_factory=dict)
    selection: str = ""
    leaks: tuple[str, ...] = ()
    changes: RunChanges | None = None

    def __post_init__(self) -> None:
        keep_in_utc(self, "started")

    @classmethod
    def of(cls, run: RunResult) -> RunHead:
        """Return the head of a run that has no summary, for it was killed."""
        counts = {str(status): count for status, count in run.counts.items()}
        return cls(run.verdict, run.started, run.seconds, counts, run.selection, run.leaks, run.changes)

    @property
    def newly_failing(self) -> int:
        """Return how many scenarios fail newly; 0 for a first run, of which nobody knows."""
        return len(self.changes.of("newly failing")) if self.changes else 0


@dataclass(frozen=True, slots=True)
class IndexCell:
    """The latest run of one environment of one tenant; ``run`` is None where its summary is unreadable.

    A run that is ``going_on`` is told by what is finished.

    ``folder`` is the run's folder relative to the index, as an address; ``page`` and ``allure_report`` say
    whether these exist. ``age`` is the time since the run, when the index was written.
    """

    tenant: str
    environment: str
    run: RunHead | None
    trouble: str
    going_on: bool
    age: timedelta
    folder: str
    page: bool
    allure_report: bool
    record: AcceptanceLink | None
    trend: Trend | None

    @property
    def name(self) -> str:
        """Return tenant and environment."""
        return f"{self.tenant} / {self.environment}"

    @property
    def verdict(self) -> str:
        """Return the one word for the run."""
        if self.run is None:
            return "unreadable"
        return "running" if self.going_on else self.run.verdict

    @property
    def stale(self) -> bool:
        """Return whether the run is too old to go by."""
        return self.run is not None and self.age > STALE

    @property
    def streak(self) -> str:
        """Return since when the verdict is what it is; empty where the history does not know this run."""
        if self.trend is None or self.trend.runs[-1].verdict != self.verdict:
            return ""
        return self.trend.streak


def summaries(reports: Path) -> list[tuple[Path, int, int]]:
    """Return every summary, or journal of a killed run, with what changes when it is replaced."""
    found = []
    by_folder = {path.parent: path for name in (SUMMARY, JOURNAL) for path in reports.glob(f"*/*/{name}")}
    for path in sorted(by_folder.values()):
        # Another tenant's run may clear its own folder at this moment.
        with suppress(FileNotFoundError):
            facts = path.stat()
            found.append((path, facts.st_mtime_ns, facts.st_size))
    return found


def cell_of(path: Path, now: datetime) -> IndexCell:
    """Read what the page shows of a run; ``path`` is one of ``summaries``."""
    # The folder names the tenant, not the document: the link must lead to the run that is shown.
    folder = path.parent
    place = RunFolder(folder)
    tenant, environment = folder.parent.name, folder.name
    run, trouble = None, ""
    try:
        run = read_summary(path, RunHead) if path.name == SUMMARY else RunHead.of(read_run(folder))
    except IflowError as error:
        trouble = error.what
    return IndexCell(
        tenant=tenant,
        environment=environment,
        run=run,
        trouble=trouble,
        going_on=place.is_running,
        age=now - run.started if run else timedelta(0),
        folder=f"{quote(tenant)}/{quote(environment)}",
        page=place.page.is_file(),
        allure_report=place.allure_report.is_file(),
        record=next(acceptance_links(folder, run.started if run else None), None),
        trend=read_trend(place.history),
    )
