"""Formats of JSON Schema that the schemas of a run name and nobody can check: the run says so once."""

from __future__ import annotations

import pytest

from pytest_iflow.reporting.recorder import UNCHECKED_FORMATS
from pytest_iflow.run import Run


class UncheckedFormats:
    """Says at the end of a run which formats were not checked, in whichever process they came up."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Learn what a process found, before the summary is written."""
        if new := getattr(report, UNCHECKED_FORMATS, ()):
            self._run.unchecked_formats.update(new)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name them, each with its schema."""
        if named := sorted(self._run.unchecked_formats):
            terminalreporter.section("formats of JSON Schema that are not checked", sep="-")
            for name in named:
                terminalreporter.write_line(name, yellow=True)
