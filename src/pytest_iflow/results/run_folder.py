"""The folder of a tenant's environment below ``reports``: what a run leaves in it, and how that is read.

A run that goes on, or was killed, has a journal there and no summary; ``read_run`` reads both kinds.
"""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.errors import ConfigurationError, IflowError, reason_of
from pytest_iflow.file_lock import is_running
from pytest_iflow.held_files import move, remove, remove_folder, remove_or_empty
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.json_format import Seconds, UnfitJsonError, decode
from pytest_iflow.results.plan import read_plan
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.tenants.suite_files import open_regular

JOURNAL = "journal.jsonl"
SEALED_JOURNAL = "sealed-journal.jsonl"
PLAN = "plan.jsonl"
SUMMARY = "summary.json"
PAGE = "summary.html"
COVERAGE = "coverage.json"
COVERAGE_PAGE = "coverage.html"
HISTORY = "history.jsonl"
FLOW_PATHS = "flow-paths.json"
"""Which way scenarios went through exported iFlows; it stays from run to run, as the history does."""
JUNIT = "junit.xml"
ALLURE_RESULTS = "allure-results"
ALLURE_REPORT = "allure-report"
ALLURE_HISTORY = "allure-history.jsonl"
RECORDS = "acceptance"
"""Folder of the acceptance records of runs, each a folder of its own."""
RECORD = "acceptance.json"
SUMS = "SHA256SUMS"
"""The two files that every acceptance record has, also where a copy of it is kept."""
INDEX = "index.html"
"""The page over all runs, in the folder above those of all tenants."""

HELD = "another program holds it, or it may not be removed"
"""Why a file is there still."""

_LONGEST = "-" * 75
"""As long as the longest name that a run writes below its folder, that of an attachment for Allure."""


def reports_folder(root: Path, setting: str) -> Path:
    """Return the folder of reports by the setting ``iflow_reports``; the usual one where that is empty."""
    return root / (setting or "reports")


class RunFolder:
    """Where the files of a run stand; ``path`` is the folder itself.

    ``journal`` is that of a run that goes on or was killed, ``sealed_journal`` that of one that ended.
    ``allure_report`` is the page that Allure makes. ``junit`` and ``allure_results`` stand there unless the
    command line names other places.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = path / JOURNAL
        self.sealed_journal = path / SEALED_JOURNAL
        self.plan = path / PLAN
        self.summary = path / SUMMARY
        self.page = path / PAGE
        self.coverage = path / COVERAGE
        self.coverage_page = path / COVERAGE_PAGE
        self.history = path / HISTORY
        self.flow_paths = path / FLOW_PATHS
        self.junit = path / JUNIT
        self.allure_results = path / ALLURE_RESULTS
        self.allure_report = path / ALLURE_REPORT / "index.html"
        self.allure_history = path / ALLURE_HISTORY
        self.records = path / RECORDS

    @property
    def has_run(self) -> bool:
        """Whether there is a run, be it one that was killed."""
        return self.summary.is_file() or self.journal.is_file()

    @property
    def is_running(self) -> bool:
        """Whether its run goes on, on this machine."""
        return is_running(self.journal)

    def sealed_journal_of(self, machine: int) -> Path:
        """Return where a merged run keeps that of a machine; these are counted from 1."""
        return self.sealed_journal.with_stem(f"{self.sealed_journal.stem}-{machine}")

    def discard_earlier_run(self, troubles: Troubles) -> None:
        """Remove what nobody may take for the result of the run that begins; raises OSError.

        The history stays, and the journal, which is written in place. What another program holds stays, too,
        and is noted.
        """
        outdated = (
            *(self.plan, self.summary, self.page, self.junit, self.sealed_journal),
            *(self.coverage, self.coverage_page),
        )
        half_written = self.path.glob(".*.tmp")  # when a run was killed
        of_machines = self.path.glob(f"{self.sealed_journal.stem}-*.jsonl")
        for path in (*outdated, *half_written, *of_machines):
            if not remove_or_empty(path):
                troubles.leave_aside(f"{path.name} of an earlier run stays: {HELD}")

    def discard_allure_report(self, troubles: Troubles) -> None:
        """Remove the report of an earlier run, which a page of this one would link to; its history stays."""
        remove_earlier(self.allure_report.parent, troubles)

    def require_writable(self) -> None:
        """Make the folder; raises ConfigurationError where the files of a run cannot be written into it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.path, prefix=_LONGEST):
                pass
        except OSError as error:
            raise unwritable(self.path, error) from error

    def make_room(self, troubles: Troubles) -> None:
        """Clear the places of a run's files of what is none; a folder is kept under another name.

        A link in the place of the journal goes, for the journal is written in place. Raises OSError.
        """
        files = (self.journal, self.plan, self.summary, self.page, self.history, self.junit)
        folders = (self.allure_results, self.allure_report.parent)
        for path in (*files, *folders):
            if not os.path.lexists(path):
                continue
            fits = path.is_dir() if path in folders else path.is_file()
            if fits and not (path == self.journal and path.is_symlink()):
                continue
            if stat.S_ISDIR(path.lstat().st_mode):
                aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.aside")
                move(path, aside)
                troubles.leave_aside(f"{path.name} was a folder; it is kept as {aside.name}")
            else:
                remove(path)
                kind = "folder" if path in folders else "file"
                troubles.leave_aside(f"{path.name} was no {kind} and was removed")


def remove_earlier(folder: Path, troubles: Troubles) -> None:
    """Remove a folder of an earlier run; files of it that another program holds stay and are noted."""
    if stay := remove_folder(folder):
        troubles.leave_aside(f"{folder.name} keeps {stay:,} of the files of an earlier run: {HELD}")


def unwritable(folder: Path, error: OSError) -> ConfigurationError:
    """Return the error that the files of a run cannot be written into ``folder``."""
    return ConfigurationError(
        f"Reports cannot be written: {reason_of(error)}",
        where=str(folder),
        remedy="free the folder, or name another, iflow_reports in pytest.ini or -o iflow_reports=FOLDER",
    )


def _say_nothing(_sentence: str) -> None:
    pass


def read_run(folder: Path, say: Callable[[str], None] = _say_nothing) -> RunResult:
    """Return the result of the latest run of ``reports/<tenant>/<environment>``.

    Of a run that was killed, or that still goes on, it is what is finished, the rest "not run", and
    ``interrupted`` is true, and what was damaged is told to ``say``. Raises IflowError where there is no run,
    or its summary cannot be read.
    """
    run = RunFolder(folder)
    try:
        found = recover(folder, say)
    except OSError as error:
        raise _unreadable(folder, f"{error.filename}: {reason_of(error)}") from error
    if found is None and run.journal.is_file() and not run.summary.exists():
        raise _unreadable(folder, f"{JOURNAL} tells of no run")
    return found or RunResult.read(run.summary)


def _unreadable(folder: Path, reason: str) -> IflowError:
    return IflowError(
        f"What a run that was killed left cannot be read: {reason}",
        where=str(folder),
        remedy="Run the suite of this tenant and environment again.",
    )


class BegunScenarios:
    """Which scenarios of a run have begun, and which of them to send a message; by node id."""

    def __init__(self) -> None:
        self._noted: set[str] = set()
        self._others: set[str] = set()
        self._sent: set[str] = set()

    def begin(self, node_id: str, *, notes_messages: bool) -> None:
        """Note that a scenario runs; ``notes_messages`` tells whether ``send`` would hear of its messages."""
        (self._noted if notes_messages else self._others).add(node_id)

    def send(self, node_id: str) -> None:
        """Note that it begins to send a message."""
        self._sent.add(node_id)

    def add(self, line: _Line) -> None:
        """Note what a line of a journal tells of it."""
        if line.started is not None:
            self.begin(line.started, notes_messages=line.notes_messages)
        if line.sent is not None:
            self.send(line.sent)

    def __bool__(self) -> bool:
        return bool(self._noted or self._others)

    def __contains__(self, node_id: str) -> bool:
        return node_id in self._noted or node_id in self._others

    def words(self, node_id: str) -> str:
        """Return how far a scenario has come that has no result, in words that follow "interrupted"."""
        if node_id in self._sent:
            return "while it ran; its message may have been processed"
        if node_id in self._noted:
            return "while it ran; it had sent no message"
        return f"{'while' if node_id in self._others else 'before'} it ran"


def recover(folder: Path, say: Callable[[str], None] = _say_nothing) -> RunResult | None:
    """Return the result of a run that was killed, from its journal; None where none can be read.

    Where the summary of that very run stands beside it, that is its result. Else it is interrupted, and what
    has no result is "not run", with the reason: from the plan, where the run came as far as that. Lines that
    are damaged are left out and told to ``say``, all but the last, which was being written when the run was
    killed. Raises OSError as any read does.
    """
    path = RunFolder(folder).journal
    if not path.is_file():
        return None
    run: RunResult | None = None
    begun = BegunScenarios()
    finished: dict[str, ScenarioResult] = {}
    seconds, number, damaged = 0.0, 0, []
    with open_regular(path) as lines:
        for number, text in enumerate(lines, start=1):
            try:
                line = decode(text, _Line)
            except UnfitJsonError:
                damaged.append(number)
                continue
            run = line.run or run
            if line.finished is not None:
                finished[line.finished.node_id] = line.finished
                seconds = line.at or seconds
            begun.add(line)
    if run is None:
        if number:
            say(f"{path} is damaged and was left aside: it tells of no run")
        return None
    if (ended := _ended(RunFolder(folder).summary, run)) is not None:
        return ended
    if damaged and damaged != [number]:
        say(f"{path} is damaged: {len(damaged):,} of its lines were left out")
    rest = (
        replace(row, message=f"the run was killed {begun.words(row.node_id)}")
        for row in read_plan(RunFolder(folder).plan, say)
        if row.node_id not in finished
    )
    return replace(run, seconds=seconds, scenarios=(*finished.values(), *rest), interrupted=True)


def _ended(summary: Path, run: RunResult) -> RunResult | None:
    """Return the result of a run that has one, beside a journal that could not be taken away."""
    if not summary.is_file():
        return None
    with suppress(IflowError):
        result = RunResult.read(summary)
        return result if result.started == run.started else None
    return None


class _Line(Struct, frozen=True):
    """A line of a journal."""

    run: RunResult | None = None
    finished: ScenarioResult | None = None
    at: Seconds = 0.0
    started: str | None = None
    notes_messages: bool = False
    sent: str | None = None
