"""The gate: a run that left a secret in one of its files fails, and says where."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.history.store import History
from pytest_iflow.reporting.junit.document import mask_document
from pytest_iflow.reporting.masking.leak_search import leaks_below
from pytest_iflow.reporting.pages.acceptance_link import RECORDS
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.reporting.run_result import RunResult
from pytest_iflow.run import Run

_SAYS_MORE = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR, pytest.ExitCode.USAGE_ERROR)
"""Exit codes of a run that failed anyway."""
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

    @pytest.hookimpl(wrapper=True, trylast=True)  # after all reports are written, before any is told of
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """Search the files; a run that was interrupted has some as well."""
        try:
            return (yield)
        finally:
            if not self._config.option.collectonly:
                self._judge(session)

    def _judge(self, session: pytest.Session) -> None:
        junit, log = (self._option(name) for name in ("xmlpath", "log_file"))
        if junit is not None:
            mask_document(junit)
        own = self._folder.iterdir() if self._folder.is_dir() else ()
        written = [path for path in own if path.name != RECORDS]
        written += [*self._elsewhere, *(path for path in (junit, log) if path is not None)]
        self._leaks = tuple(leaks_below(dict.fromkeys(written), self._config.rootpath))
        if self._leaks:
            if session.exitstatus not in _SAYS_MORE:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
            self._write(self._leaks)

    def _option(self, name: str) -> Path | None:
        named = getattr(self._config.option, name, None)
        return self._config.invocation_params.dir / named if named else None

    def _write(self, leaks: tuple[str, ...]) -> None:
        """Put the findings into summary and history of this run."""
        try:
            result = replace(RunResult.read(self._folder / "summary.json"), leaks=leaks)
        except IflowError:
            return  # the run ended before there was one
        write_summary(result, self._folder)
        History(self._folder).append(result, self._config.getini("iflow_history"))
        write_index(self._reports)

    @pytest.hookimpl(trylast=True)  # below the failures, where it is seen
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what leaked, and what to do."""
        if not self._leaks:
            return
        terminalreporter.section("secrets in the files of this run", sep="=", red=True, bold=True)
        for leak in self._leaks[:MOST_SHOWN]:
            terminalreporter.write_line(leak, red=True)
        if len(self._leaks) > MOST_SHOWN:
            terminalreporter.write_line(f"and {len(self._leaks) - MOST_SHOWN} more; summary.json has all")
        terminalreporter.write_line(
            "The run fails. Delete these files and share none of them. Whoever has seen a secret can use it: "
            "have it replaced, then find out what wrote it there."
        )
