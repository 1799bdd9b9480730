"""The folder of a tenant's environment below ``reports``, as those read it who come after the run."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.results.journal.journal import JOURNAL, recover
from pytest_iflow.results.journal.plan import PLAN
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.troubles import Troubles

SUMMARY = "summary.json"
FILES = (JOURNAL, PLAN, SUMMARY, "summary.html", "history.jsonl", "junit.xml")
FOLDERS = ("allure-results", "allure-report")
"""What stands in the folder of a run."""
_LONGEST = "-" * 75
"""As long as the longest name that a run writes below its folder, that of an attachment for Allure."""


def require_writable(folder: Path) -> None:
    """Make ``folder``; raises ConfigurationError where the files of a run cannot be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=_LONGEST):
            pass
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(folder: Path, error: OSError) -> ConfigurationError:
    """Return the error that the files of a run cannot be written into ``folder``."""
    return ConfigurationError(
        f"Reports cannot be written: {error.strerror or error}",
        where=str(folder),
        remedy="free the folder, or name another, iflow_reports in pytest.ini or -o iflow_reports=FOLDER",
    )


def make_room(folder: Path, troubles: Troubles) -> None:
    """Clear the places of a run's files in ``folder`` of what is none; a folder is kept under another name.

    A link in the place of the journal goes, for the journal is written in place. Raises OSError.
    """
    for name in (*FILES, *FOLDERS):
        path = folder / name
        if not os.path.lexists(path):
            continue
        fits = path.is_dir() if name in FOLDERS else path.is_file()
        if fits and not (name == JOURNAL and path.is_symlink()):
            continue
        if stat.S_ISDIR(path.lstat().st_mode):
            aside = path.rename(path.with_name(f"{name}.{secrets.token_hex(4)}.aside")).name
            troubles.leave_aside(f"{name} was a folder; it is kept as {aside}")
        else:
            path.unlink()
            troubles.leave_aside(f"{name} was no {'folder' if name in FOLDERS else 'file'} and was removed")


def has_run(folder: Path) -> bool:
    """Return whether the folder holds a run, be it one that was killed."""
    return any((folder / name).is_file() for name in (SUMMARY, JOURNAL))


def read_run(folder: Path, say: Callable[[str], None] = lambda _: None) -> RunResult:
    """Return the result of the latest run of ``reports/<tenant>/<environment>``.

    Of a run that was killed, or that still goes on, it is what is finished, the rest "not run", and
    ``interrupted`` is true, and what was damaged is told to ``say``. Raises IflowError where there is no run,
    or its summary cannot be read.
    """
    try:
        found = recover(folder, say)
    except OSError as error:
        raise _unreadable(folder, f"{error.filename}: {error.strerror}") from error
    if found is None and (folder / JOURNAL).is_file() and not (folder / SUMMARY).exists():
        raise _unreadable(folder, f"{JOURNAL} tells of no run")
    return found or RunResult.read(folder / SUMMARY)


def _unreadable(folder: Path, reason: str) -> IflowError:
    return IflowError(
        f"What a run that was killed left cannot be read: {reason}",
        where=str(folder),
        remedy="Run the suite of this tenant and environment again.",
    )
