"""The folder of a tenant's environment below ``reports``, as those read it who come after the run."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.journal.journal import JOURNAL, recover
from pytest_iflow.reporting.run_result import RunResult

SUMMARY = "summary.json"
_LONGEST = "-" * 75
"""As long as the longest name that a run writes below its folder, that of an attachment for Allure."""


def require_writable(folder: Path) -> None:
    """Make ``folder``; raises ConfigurationError where the files of a run cannot be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=_LONGEST):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"Reports cannot be written: {error.strerror or error}",
            where=str(folder),
            remedy="free the folder, or name another, iflow_reports in pytest.ini or -o iflow_reports=FOLDER",
        ) from error


def has_run(folder: Path) -> bool:
    """Return whether the folder holds a run, be it one that was killed."""
    return any((folder / name).is_file() for name in (SUMMARY, JOURNAL))


def read_run(folder: Path) -> RunResult:
    """Return the result of the latest run of ``reports/<tenant>/<environment>``.

    Of a run that was killed, or that still goes on, it is what is finished, the rest "not run", and
    ``interrupted`` is true. Raises IflowError where there is no run, or its summary cannot be read.
    """
    return recover(folder) or RunResult.read(folder / SUMMARY)
