"""The check before the first scenario: a broken environment is said once, and no scenario runs in it."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.reporting.report_results import NOT_RUN
from pytest_iflow.run import Note, Run
from pytest_iflow.secrets.registry import mask

_CATEGORY = "not run"
_LAST_FAILED = "lfplugin"


class EnvironmentCheck:
    """Checks the environment of a run, where that is ``wanted``, and keeps scenarios from a broken one.

    Under xdist the controller checks, before its first worker starts, and hands over what it found.
    """

    def __init__(self, config: pytest.Config, run: Run, *, wanted: bool) -> None:
        self._plugins = config.pluginmanager
        self._run = run
        self._open = wanted
        self._notes: dict[str, str] = {}

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Check before xdist starts a worker."""
        if not node.config.option.collectonly:
            self._check()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Check where something is about to run."""
        option = session.config.option
        gives_up = session.testsfailed and not option.continue_on_collection_errors
        if session.items and not gives_up and not option.collectonly:
            self._check()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip a test, before its fixtures act, where the environment is broken."""
        if self._run.problems:
            item.stash[NOT_RUN] = True
            pytest.skip(self._reason())

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Count as not run what was skipped for that reason."""
        return (_CATEGORY, "-", "NOT RUN") if self._run.problems and report.skipped else None

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what had to be asked again, and what is broken."""
        for title, text in self._notes.items():
            lines = text.replace("\n", "\n  ")
            terminalreporter.write_line(f"check before the first scenario, {title}:\n  {lines}")
        if not self._run.problems:
            return
        terminalreporter.section(f"the environment {self._run.environment} is broken", sep="=", red=True)
        for problem in self._run.problems:
            terminalreporter.write_line(f"{problem}\n")
        kept = len(terminalreporter.stats.get(_CATEGORY, ()))
        terminalreporter.write_line(f"Not run: {kept}. With --no-preflight they run all the same.")

    def _check(self) -> None:
        if not self._open:
            return
        self._open = False
        from pytest_iflow.diagnosis.doctor.before_run import problems_before_run

        self._run.note_takers.append(self._take_note)
        try:
            self._run.problems = tuple(mask(str(problem)) for problem in problems_before_run(self._run))
        except IflowError as error:
            raise pytest.UsageError(console_text(str(error))) from error
        finally:
            self._run.note_takers.remove(self._take_note)
        if self._run.problems and self._plugins.has_plugin(_LAST_FAILED):
            # It would forget each test that is skipped now; pytest --lf is for when all works again.
            self._plugins.unregister(name=_LAST_FAILED)

    def _take_note(self, note: Note) -> None:
        """Keep a note of the check; a later note about one question repeats the earlier one."""
        lines = [*self._notes.get(note.title, "").splitlines(), *note.text.splitlines()]
        self._notes[note.title] = mask("\n".join(dict.fromkeys(lines)))

    def _reason(self) -> str:
        first, *others = self._run.problems
        more = f" (and {len(others)} more)" if others else ""
        return f"the environment {self._run.environment} is broken: {first.splitlines()[0]}{more}"
