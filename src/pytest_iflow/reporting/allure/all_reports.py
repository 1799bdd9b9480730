"""The Allure reports of all tenants and environments below ``reports``, and the pages that link to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.reporting.allure.html_report import AllureCommand, make_report
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import rewrite_summary_page
from pytest_iflow.reporting.publish import ReportPlaces, publish
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.run_folder import RunFolder, read_run, unwritable
from pytest_iflow.results.run_result import RunResult


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """What became of the report of one environment of one tenant: its page, or what kept it from being.

    ``damage`` has a sentence for each file of the run that was damaged and left aside.
    """

    tenant: str
    environment: str
    page: str | None
    trouble: str | None
    damage: tuple[str, ...] = ()


def find_runs(reports: Path, tenant: str | None, environment: str | None) -> list[Path]:
    """Return the folders of runs below ``reports``, those of a tenant or environment where one is named.

    Raises ConfigurationError when there is none.
    """
    found = [
        folder
        for folder in sorted(reports.glob("*/*"))
        if RunFolder(folder).allure_results.is_dir() or RunFolder(folder).has_run
    ]
    wanted = [
        folder
        for folder in found
        if tenant in (None, folder.parent.name) and environment in (None, folder.name)
    ]
    if not wanted:
        runs = ", ".join(f"{folder.parent.name}/{folder.name}" for folder in found) or "none"
        raise ConfigurationError(
            f"there is no run of {tenant or 'any tenant'}/{environment or 'any environment'}",
            where=f"{reports}, which has runs of: {runs}",
            remedy="run the suite first: pytest --tenant=NAME --environment=NAME; or name the folder that "
            "it wrote to with --reports",
        )
    return wanted


def make_reports(reports: Path, folders: Sequence[Path], environ: Mapping[str, str]) -> list[ReportOutcome]:
    """Make the Allure report of each folder, then their summaries and the index anew, which link to them.

    What cannot be made is told in its outcome, and keeps nothing else from being made.
    """
    try:
        command: AllureCommand | IflowError = AllureCommand.ready(environ)
    except IflowError as error:
        command = error
    outcomes = [_outcome(command, folder) for folder in folders]
    write_index(reports)
    return outcomes


def _run_that_ended(folder: Path, say: Callable[[str], None]) -> RunResult | None:
    """Return the run, with a summary also if it was killed; None where there are Allure results alone."""
    place = RunFolder(folder)
    if place.is_running:
        raise IflowError("The run goes on.", where=str(folder), remedy="Make its report when it has ended.")
    run = read_run(folder, say) if place.has_run else None
    if run and not place.summary.is_file():
        troubles = Troubles()
        publish(run, ReportPlaces.within(folder), troubles)
        for sentence in troubles.sentences:
            say(sentence)
    return run


def _outcome(command: AllureCommand | IflowError, folder: Path) -> ReportOutcome:
    page = trouble = None
    damage: list[str] = []
    try:
        run = _run_that_ended(folder, damage.append)
        if isinstance(command, AllureCommand):
            try:
                page = str(make_report(command, folder, run.started if run else None))
            except IflowError as error:
                trouble = str(error)
        else:
            trouble = str(command)
        if run:
            rewrite_summary_page(folder)
    except IflowError as error:
        trouble = str(error)
    except OSError as error:
        trouble = str(unwritable(folder, error))
    return ReportOutcome(folder.parent.name, folder.name, page, trouble, tuple(damage))
