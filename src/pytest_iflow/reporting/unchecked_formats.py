"""Formats of JSON Schema that the schemas of a run name and nobody can check: the run says so once."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_iflow.run import Run

_KEY = "iflow_unchecked_formats"
"""Attribute of a test report: what came up since the last one."""


class UncheckedFormats:
    """Takes what the schemas of this process leave unchecked to the controller, with the reports of tests."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._told: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put what is new on the report, which reaches the controller of xdist."""
        report = yield
        if "schemas" in self._run.__dict__ and (new := self._run.schemas.unchecked - self._told):
            self._told |= new
            setattr(report, _KEY, sorted(new))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Learn what a process found, before the summary is written."""
        self._run.unchecked_formats |= set(getattr(report, _KEY, ()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name them, each with its schema."""
        if named := sorted(self._run.unchecked_formats):
            terminalreporter.section("formats of JSON Schema that are not checked", sep="-")
            for name in named:
                terminalreporter.write_line(name, yellow=True)
