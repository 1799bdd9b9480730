"""What a run leaves to be read, written in one order: summary, history, page over all runs, Allure, JUnit.

It is the same for a run that ended, for one that was killed and is read again, for one that several machines
made together, and again for a run whose leaks were found, or that a signal ended, when all was written.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from pytest_iflow.reporting.allure.metadata import run_facts, write_environment, write_executor
from pytest_iflow.reporting.junit.document import mask_document
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.history import RUNS_KEPT, History
from pytest_iflow.results.journal import Journal
from pytest_iflow.results.run_folder import ALLURE_RESULTS, HISTORY, INDEX, JOURNAL, RunFolder
from pytest_iflow.results.run_result import RunResult


class ReportPlaces(Struct, frozen=True):
    """Where the reports of a run are written.

    ``folder`` is that of its tenant and environment, ``allure_results`` and ``junit`` are None where the run
    writes none. Of the history the last ``kept_runs`` stay.
    """

    folder: RunFolder
    allure_results: Path | None = None
    junit: Path | None = None
    kept_runs: int = RUNS_KEPT

    @classmethod
    def within(cls, folder: Path) -> ReportPlaces:
        """Return the places of a run that is over: in its folder, as far as they are there."""
        run = RunFolder(folder)
        return cls(run, run.allure_results if run.allure_results.is_dir() else None, run.junit)

    @property
    def index(self) -> Path:
        """Return the page over all runs."""
        return self.folder.path.parent.parent / INDEX


def shown_path(path: Path, start: Path) -> str:
    """Return ``path`` as it is typed in the folder ``start``: relative where it lies below it."""
    return str(path.relative_to(start) if path.is_relative_to(start) else path)


def publish(run: RunResult, places: ReportPlaces, troubles: Troubles, journal: Journal | None = None) -> None:
    """Write what tells of the run; the journal, where there is one, ends once the summary stands.

    What was published of the same run before is replaced. What cannot be written is noted in ``troubles``.
    """
    folder = places.folder.path
    with troubles.writing("the summary"):
        write_summary(run, folder)
        if journal is not None:
            with troubles.writing(JOURNAL):
                journal.end()
    with troubles.writing(HISTORY):
        History(folder).append(run, places.kept_runs)
    with troubles.writing(INDEX):
        write_index(places.index.parent)
    if places.allure_results is not None:
        with troubles.writing(ALLURE_RESULTS):
            write_environment(places.allure_results, run_facts(run))
            write_executor(places.allure_results, os.environ, f"{run.tenant}/{run.environment}")
    if places.junit is not None and places.junit.is_file():
        with troubles.writing(places.junit.name):
            mask_document(places.junit)
