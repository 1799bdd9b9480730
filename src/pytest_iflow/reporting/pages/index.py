"""The page over all runs: a matrix of tenants and environments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct, field

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.pages import render
from pytest_iflow.reporting.pages.acceptance_link import AcceptanceLink, acceptance_links
from pytest_iflow.reporting.pages.trend import Trend, read_trend
from pytest_iflow.results.changes import RunChanges
from pytest_iflow.results.files import replace_text
from pytest_iflow.results.json_format import Moment, Seconds, keep_in_utc
from pytest_iflow.results.run_folder import INDEX, JOURNAL, SUMMARY, RunFolder, read_run
from pytest_iflow.results.run_result import ENGINE, FlowCount, RunResult, Verdict, read_head

WORST_FIRST = ("failed", "unreadable", "interrupted", "nothing ran", "running", "passed")

STALE = timedelta(days=7)
"""Age from which a run says little about the tenant of today."""


class RunHead(Struct, frozen=True):
    """What is shown of a run: the head of its ``summary.json``, whose scenarios are left unread."""

    verdict: Verdict
    started: Moment
    seconds: Seconds
    counts: Mapping[str, int] = field(default_factory=dict)
    selection: str = ""
    leaks: tuple[str, ...] = ()
    changes: RunChanges | None = None
    flow_coverage: tuple[FlowCount, ...] = ()
    flow_coverage_source: str = ""

    def __post_init__(self) -> None:
        keep_in_utc(self, "started")

    @classmethod
    def of(cls, run: RunResult) -> RunHead:
        """Return the head of a run that has no summary, for it was killed."""
        counts = {str(status): count for status, count in run.counts.items()}
        return cls(
            *(run.verdict, run.started, run.seconds, counts),
            *(run.selection, run.leaks, run.changes, run.flow_coverage),
            run.flow_coverage_source,
        )

    @property
    def newly_failing(self) -> int:
        """Return how many scenarios fail newly; 0 for a first run, of which nobody knows."""
        return len(self.changes.of("newly failing")) if self.changes else 0


class IndexCell(Struct, frozen=True):
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


def write_index(reports: Path) -> Path:
    """Write ``index.html`` over every ``<tenant>/<environment>/summary.json`` below ``reports``.

    Runs that end at the same moment may call this at the same time. Returns the path of the page;
    raises OSError if the folder cannot be written.
    """
    reports.mkdir(parents=True, exist_ok=True)
    page = reports / INDEX
    state: list[tuple[Path, int, int]] | None = None
    # Whoever replaces the page last has looked afterwards that no summary is newer than what it read:
    # so no run is missing from the page, without a lock.
    while (found := _summaries(reports)) != state:
        state = found
        now = datetime.now(UTC)
        replace_text(page, _page([_cell(path, now) for path, _, _ in found], now))
    return page


def _summaries(reports: Path) -> list[tuple[Path, int, int]]:
    """Return every summary, or journal of a killed run, with what changes when it is replaced."""
    found = []
    by_folder = {path.parent: path for name in (SUMMARY, JOURNAL) for path in reports.glob(f"*/*/{name}")}
    for path in sorted(by_folder.values()):
        # Another tenant's run may clear its own folder at this moment.
        with suppress(FileNotFoundError):
            facts = path.stat()
            found.append((path, facts.st_mtime_ns, facts.st_size))
    return found


def _cell(path: Path, now: datetime) -> IndexCell:
    # The folder names the tenant, not the document: the link must lead to the run that is shown.
    folder = path.parent
    place = RunFolder(folder)
    tenant, environment = folder.parent.name, folder.name
    run, trouble = None, ""
    try:
        run = read_head(path, RunHead) if path.name == SUMMARY else RunHead.of(read_run(folder))
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


def _page(cells: list[IndexCell], now: datetime) -> Iterator[str]:
    verdicts = Counter(cell.verdict for cell in cells)
    return render(
        "index.html",
        engine=ENGINE,
        script="age.js" if cells else "",
        tally=[(verdict, verdicts[verdict]) for verdict in WORST_FIRST if verdicts[verdict]],
        stale=sum(cell.stale for cell in cells),
        tenants=sorted({cell.tenant for cell in cells}, key=str.casefold),
        environments=sorted({cell.environment for cell in cells}, key=str.casefold),
        cells={(cell.tenant, cell.environment): cell for cell in cells},
        stale_days=STALE.days,
        written=now,
    )
