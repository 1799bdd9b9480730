"""The page over all runs: a matrix of tenants and environments."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.atomic_file import replace_text
from pytest_iflow.reporting.journal import JOURNAL
from pytest_iflow.reporting.pages import render
from pytest_iflow.reporting.run_folder import SUMMARY, read_run
from pytest_iflow.reporting.scenario_result import ScenarioStatus

WORST_FIRST = ("failed", "unreadable", "interrupted", "nothing ran", "passed")


@dataclass(frozen=True, slots=True)
class IndexCell:
    """The latest run of one environment of one tenant; without ``when`` its summary is unreadable.

    ``link`` is the run's page relative to the index, None if there is none.
    """

    tenant: str
    environment: str
    verdict: str
    counts: dict[ScenarioStatus, int]
    when: datetime | None
    seconds: float
    link: str | None
    trouble: str


def write_index(reports: Path) -> Path:
    """Write ``index.html`` over every ``<tenant>/<environment>/summary.json`` below ``reports``.

    Runs that end at the same moment may call this at the same time. Returns the path of the page;
    raises OSError if the folder cannot be written.
    """
    reports.mkdir(parents=True, exist_ok=True)
    page = reports / "index.html"
    state: list[tuple[Path, int, int]] | None = None
    # Whoever replaces the page last has looked afterwards that no summary is newer than what it read:
    # so no run is missing from the page, without a lock.
    while (found := _summaries(reports)) != state:
        state = found
        replace_text(page, _page([_cell(path) for path, _, _ in found]))
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


def _cell(path: Path) -> IndexCell:
    # The folder names the tenant, not the document: the link must lead to the run that is shown.
    tenant, environment = path.parent.parent.name, path.parent.name
    page = path.with_name("summary.html")
    link = "/".join(quote(part) for part in (tenant, environment, page.name)) if page.is_file() else None
    try:
        run = read_run(path.parent)
    except IflowError as error:
        return IndexCell(tenant, environment, "unreadable", {}, None, 0.0, link, error.what)
    return IndexCell(tenant, environment, run.verdict, run.counts, run.started, run.seconds, link, "")


def _page(cells: list[IndexCell]) -> str:
    verdicts = Counter(cell.verdict for cell in cells)
    return render(
        "index.html",
        tally=[(verdict, verdicts[verdict]) for verdict in WORST_FIRST if verdicts[verdict]],
        tenants=sorted({cell.tenant for cell in cells}, key=str.casefold),
        environments=sorted({cell.environment for cell in cells}, key=str.casefold),
        cells={(cell.tenant, cell.environment): cell for cell in cells},
        written=datetime.now(UTC),
    )
