"""The gate: a run that left a secret in one of its files fails, and says where."""

from __future__ import annotations

import contextlib
import stat
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.junit.document import mask_document
from pytest_iflow.reporting.masking.leak_search import leaks_below
from pytest_iflow.reporting.pages.acceptance_link import RECORDS
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.results.history.store import History
from pytest_iflow.results.run_folder import SUMMARY
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.run import Run

_SAYS_MORE = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)
"""Exit codes of a run that failed anyway."""
_CLOCKS_DIFFER = 2.0
"""Seconds by which the time of a file may seem earlier than it is."""
MOST_SHOWN = 20
"""Findings in the terminal; the summary has all."""


class LeakGate:
    """Looks through all that a run has written, when everybody else is done with writing.

    ``elsewhere`` are files and folders that do not stand in the folder of the run. Acceptance records in it
    are of earlier runs, which the gate let pass.
    """

    def __init__(self, config: pytest.Config, run: Run, elsewhere: Iterable[Path]) -> None:
        self._config = config
        self._reports = config.rootpath / config.getini("iflow_reports")
        self._folder = self._reports / run.environment.tenant / run.environment.name
        self._elsewhere = tuple(elsewhere)
        self._leaks: tuple[str, ...] = ()
        self._began = time.time()

    @pytest.hookimpl(wrapper=True, trylast=True)  # after all reports are written, before any is told of
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """Search the files; a run that was interrupted has some as well."""
        try:
            return (yield)
        finally:
            if not self._config.option.collectonly:
                self._judge(session)

    def _judge(self, session: pytest.Session) -> None:
        junit = getattr(self._config.option, "xmlpath", None)
        if junit:
            mask_document(self._config.invocation_params.dir / junit)
        written = [*_own_files(self._folder), *self._elsewhere, *self._named_files()]
        if (cache := getattr(self._config, "cache", None)) is not None:
            written.append(cache._cachedir)  # noqa: SLF001, node ids stand there
        self._leaks = tuple(leaks_below(dict.fromkeys(written), self._config.rootpath))
        if self._leaks:
            if session.exitstatus not in _SAYS_MORE:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
            self._write(self._leaks)

    def _named_files(self) -> Iterator[Path]:
        """Yield the files that any option names and that were written since the run began."""
        for value in vars(self._config.option).values():
            if value and isinstance(value, str | Path):
                with contextlib.suppress(OSError, ValueError):  # no path at all, or too long for one
                    path = self._config.invocation_params.dir / value
                    status = path.stat()
                    if stat.S_ISREG(status.st_mode) and status.st_mtime >= self._began - _CLOCKS_DIFFER:
                        yield path

    def _write(self, leaks: tuple[str, ...]) -> None:
        """Put the findings into summary and history of this run."""
        try:
            result = replace(RunResult.read(self._folder / SUMMARY), leaks=leaks)
        except IflowError:
            return  # the run ended before there was one
        write_summary(result, self._folder)
        History(self._folder).append(result, self._config.getini("iflow_history"))
        write_index(self._reports)

    @pytest.hookimpl(trylast=True)  # below the failures, where it is seen
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what leaked, and what to do."""
        if self._leaks:
            terminalreporter.section("secrets in the files of this run", sep="=", red=True, bold=True)
            *lines, last = told_leaks(self._leaks)
            for line in lines:
                terminalreporter.write_line(line, red=True)
            terminalreporter.write_line(f"The run fails. {last}")


def told_leaks(leaks: Sequence[str]) -> Iterator[str]:
    """Yield the lines that say what leaked; the last one says what to do."""
    yield from leaks[:MOST_SHOWN]
    if len(leaks) > MOST_SHOWN:
        yield f"and {len(leaks) - MOST_SHOWN} more; summary.json has all"
    yield (
        "Delete these files and share none of them. Whoever has seen a secret can use it: "
        "have it replaced, then find out what wrote it there."
    )


def leaks_in_folder(folder: Path) -> tuple[str, ...]:
    """Search the files of a run that is over, and put what is found into its summary; return all findings.

    Only secrets that this process has registered are known, and what is a credential by its looks.
    """
    found = tuple(leaks_below(_own_files(folder), Path.cwd()))
    with contextlib.suppress(IflowError):  # Allure results may stand there alone
        result = RunResult.read(folder / SUMMARY)
        if new := tuple(leak for leak in found if leak not in result.leaks):
            write_summary(replace(result, leaks=(*result.leaks, *new)), folder)
    return found


def _own_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.name != RECORDS] if folder.is_dir() else []
