"""The terminal in a tester's words: features and scenarios, with ``-v`` their steps.

With ``-q`` pytest's dots stay. Tests that are no scenarios are shown as pytest shows them.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TextIO, cast

import pytest

from pytest_iflow.checks.quoting import listed
from pytest_iflow.reporting.console_text import harmless
from pytest_iflow.reporting.progress import IN_FLIGHT, REFRESH, PlainStatus, Progress
from pytest_iflow.reporting.report_results import ADVICE, SCENARIO, UNCHECKED_FORMATS
from pytest_iflow.reporting.terminal_failures import FailureSections
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask

if TYPE_CHECKING:
    from pytest_iflow.reporting.live_status import OutputAboveStatus

_WORDS = {
    "passed": ("passed ", {"green": True}),
    "failed": ("FAILED ", {"red": True, "bold": True}),
    "broken": ("BROKEN ", {"red": True, "bold": True}),
    "skipped": ("skipped", {"yellow": True}),
    "not run": ("not run", {"yellow": True}),
    "rerun": ("rerun  ", {"yellow": True}),
}
"""What became of a scenario, or of a try after which pytest-rerunfailures begins another."""

_SILENT_IN_PHASES = ("_pytest.", "pytest_iflow.")
"""Packages that say nothing of a set-up or a tear-down that passed."""

_STEP_SIGNS = {"passed": " ", "failed": ">", "undefined": ">", "skipped": "-"}


class ScenarioReporter(FailureSections):  # type: ignore[misc]  # final to type checkers only
    """pytest's own reporter, with scenarios in place of node ids."""

    def __init__(self, config: pytest.Config, output: TextIO) -> None:
        super().__init__(config, output)
        self._feature = ""
        self._advice = ""

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        """Print nothing before a scenario: what it is and how it ended stand in one line."""
        if ".feature::" not in nodeid or self.verbosity < 0:
            super().pytest_runtest_logstart(nodeid, location)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print a scenario when its fate is known; before it, once, what would make the run faster."""
        if not self._advice and (advice := getattr(report, ADVICE, "")):
            self._advice = advice
            self.write_whole_line(f"iflow: {advice}")
        if report.when != "call" and report.passed and self._passed_phases_are_silent:
            self._tests_ran, self._current_logreport = True, report
            self._add_stats("", [report])
            return
        scenario: ScenarioResult | None = getattr(report, SCENARIO, None)
        if scenario is None or scenario.kind == "test" or self.verbosity < 0:
            super().pytest_runtest_logreport(report)
            return
        category, _, _ = self.config.hook.pytest_report_teststatus(report=report, config=self.config)
        self._add_stats(category, [report])
        if scenario.status != "not run" or self.verbosity > 0:  # one block says why, for all of them
            self._print(scenario, "rerun" if str(report.outcome) == "rerun" else scenario.status)

    @property
    def _width_of_current_line(self) -> int:
        """Columns of the line that is written; those of mere dots are not counted one by one."""
        line = self._tw._current_line  # noqa: SLF001, pytest asks with each dot
        return len(line) if line.isascii() and line.isprintable() else super()._width_of_current_line

    @cached_property
    def _passed_phases_are_silent(self) -> bool:
        """Whether nobody but pytest says how a set-up or tear-down that passed is shown: by nothing."""
        hearing = self.config.hook.pytest_report_teststatus.get_hookimpls()
        return all(each.function.__module__.startswith(_SILENT_IN_PHASES) for each in hearing)

    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage, nodeid: str) -> None:
        """Keep a warning for the end of the run, masked."""
        super().pytest_warning_recorded(warning_message, nodeid)
        kept = self.stats["warnings"][-1]
        kept.message = mask(kept.message)

    def write_whole_line(self, text: str) -> None:
        """Print a line of its own, be it amidst pytest's dots."""
        self.ensure_newline()
        self.write_line(text)

    def _print(self, scenario: ScenarioResult, status: str) -> None:
        if scenario.feature != self._feature:
            self._feature = scenario.feature
            self.ensure_newline()
            self.write_line(harmless(f"\nFeature: {self._feature}    ({scenario.file})"), bold=True)
        word, markup = _WORDS[status]
        self.ensure_newline()
        self.write(f"  {word}", **markup)
        reason = f"    ({scenario.message})" if scenario.status == "skipped" else ""
        self.write_line(harmless(f"  {scenario.scenario}{reason}"))
        if self.verbosity > 0:
            for step in scenario.steps:
                sign = _STEP_SIGNS[step.status]
                self.write_line(harmless(f"          {sign} {step.keyword} {step.text}"))


class PassedReport:
    """What others may ask of the report of a scenario that passed; most of it is the same of all."""

    __slots__ = ("duration", "location", "nodeid")

    outcome, when, longrepr = "passed", "call", None
    passed, failed, skipped = True, False, False
    sections: tuple[tuple[str, str], ...] = ()
    user_properties: tuple[tuple[str, object], ...] = ()
    keywords: Mapping[str, Any] = MappingProxyType({})
    longreprtext = caplog = capstdout = capstderr = ""

    def __init__(self, report: pytest.TestReport) -> None:
        self.nodeid = report.nodeid
        self.location = report.location
        self.duration = report.duration


class ReportsOfPassed:
    """Lets go of the reports of scenarios that passed: pytest's reporter keeps three of each, to count them.

    They stay where the end of the run shows more of them, with ``--durations``, ``-rp``, ``-rP`` and ``-rA``.
    """

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._stats = reporter.stats
        option = reporter.config.option
        self._are_shown = option.durations is not None or not {"p", "P"}.isdisjoint(reporter.reportchars)

    @pytest.hookimpl(trylast=True)  # behind the reporter; a wrapper would make each call of the hook dearer
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a few words of a scenario that passed, nothing of its set-up and tear-down."""
        if report.passed and ".feature::" in report.nodeid and not self._are_shown:
            kept = self._stats.get("passed" if report.when == "call" else "", ())
            if kept and kept[-1] is report:
                kept[-1:] = [PassedReport(report)] if report.when == "call" else []


class UncheckedFormats:
    """Says at the end of a run what of its schemas was not checked, in whichever process it came up."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Learn what a process found, before the summary is written."""
        if new := getattr(report, UNCHECKED_FORMATS, ()):
            self._run.unchecked_formats.update(new)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name them, each with its schema."""
        if named := sorted(self._run.unchecked_formats):
            terminalreporter.section("parts of JSON Schema that are not checked", sep="-")
            for name in named:
                terminalreporter.write_line(name, yellow=True)


class WrittenGoldens:
    """Says at the end of a run which golden messages it wrote, and what changed in them."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name each file with its changes."""
        writer = self._run.golden_writer
        if writer is None:
            return
        terminalreporter.section("golden messages that were written", sep="-")
        for name, changes in writer.written.items():
            terminalreporter.write_line(f"{name}:{listed(changes)}", yellow=True)
        terminalreporter.write_line(
            "look at what changed, then run the suite without --update-golden"
            if writer.written
            else "none: no answer differed"
        )


def disarm(reporter: Any) -> None:
    """Let a reporter of pytest print nothing that a terminal or a CI system obeys, but for colours.

    All that it prints passes through ``write`` of its terminal writer; ``write_raw`` is for commands of ours.
    """
    writer = reporter._tw  # noqa: SLF001, pytest has no hook for what is printed
    plain = writer.write

    def write(msg: str, *, flush: bool = False, **markup: bool) -> None:
        back = "\r" if msg.startswith("\r") else ""  # TerminalReporter.rewrite
        plain(back + harmless(msg[len(back) :], colours=writer.hasmarkup), flush=flush, **markup)

    writer.write = write


def replace_reporter(config: pytest.Config) -> None:
    """Put ``ScenarioReporter`` where pytest puts its own, unless another plugin has put one there."""
    config.pluginmanager.register(_Replacement(config))


class _Replacement:
    """Waits for pytest's reporter to be registered, which is before anyone else asks for it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_plugin_registered(
        self, plugin: object, plugin_name: str, manager: pytest.PytestPluginManager
    ) -> None:
        """Replace pytest's own reporter; whoever it is, disarm it."""
        if plugin_name != "terminalreporter":
            return
        if type(plugin) is not pytest.TerminalReporter:
            disarm(plugin)
        else:
            manager.unregister(plugin)
            option = self._config.option
            wanted = option.progress and option.verbose >= 0 and not option.collectonly
            above = self._output_above_status() if wanted and sys.stdout.isatty() else None
            reporter = ScenarioReporter(self._config, cast("TextIO", above or sys.stdout))
            if wanted:
                status = above.status if above else PlainStatus(reporter.write_whole_line)
                progress = Progress(status, self._config.stash.get(IN_FLIGHT, tuple))
                manager.register(progress)
                self._config.stash[REFRESH] = progress.show
            manager.register(reporter, "terminalreporter")
            manager.register(ReportsOfPassed(reporter))

    def _output_above_status(self) -> OutputAboveStatus | None:
        """The output of a terminal above the state of the run; None where the terminal is none for that."""
        from pytest_iflow.reporting.live_status import (
            OutputAboveStatus,
            StatusLines,
            status_console,
        )

        console = status_console(sys.stdout, self._config.option, os.environ)
        return OutputAboveStatus(sys.stdout, StatusLines(console)) if console else None
