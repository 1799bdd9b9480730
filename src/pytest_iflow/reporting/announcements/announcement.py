"""How a finished run is made known: annotations and page of a CI system, the project's own notification."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.announcements.annotations import (
    azure_command,
    github_command,
    project_folder,
    run_annotations,
)
from pytest_iflow.reporting.announcements.job_summary import job_summary
from pytest_iflow.reporting.announcements.notification import Notification, is_due, occasion
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.results.run_folder import RunFolder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.tenants.model import Environment

_GITHUB, _GITHUB_SUMMARY, _AZURE = "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TF_BUILD"


def announce(run: RunResult, root: Path, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Tell the CI system that ``environ`` shows of the run; elsewhere do nothing.

    ``root`` is that of the project, ``say`` prints one line.
    """
    commands = {_GITHUB: github_command, _AZURE: azure_command}
    for variable, command in commands.items():
        if environ.get(variable, "").casefold() == "true":
            for annotation in run_annotations(run, project_folder(root, environ)):
                say(command(annotation))
    append_job_summary(run, environ, say)


def append_job_summary(run: RunResult, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Add the run to the page of a job on GitHub, if this is one; where that cannot be done ``say`` so."""
    if page := environ.get(_GITHUB_SUMMARY):
        try:
            with Path(page).open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(job_summary(run))
        except OSError as error:
            say(console_text(f"the summary of the job cannot be written: {error}"))


class Announcement:
    """Makes a run known when all its reports are written; raises UsageError for settings of no use."""

    def __init__(self, config: pytest.Config, environment: Environment) -> None:
        self._config = config
        reports = config.rootpath / config.getini("iflow_reports")
        self._folder = RunFolder(reports / environment.tenant / environment.name)
        self._command: str = config.getoption("--notify") or config.getini("iflow_notify")
        try:
            self._when = occasion(config.getini("iflow_notify_on"))
        except ConfigurationError as error:
            raise pytest.UsageError(console_text(str(error))) from error

    @pytest.hookimpl(trylast=True)  # the last lines that a run prints before the failures in short
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Announce the run."""
        summary = self._folder.summary
        wanted = self._command or any(os.environ.get(name) for name in (_GITHUB, _GITHUB_SUMMARY, _AZURE))
        if not wanted or self._config.option.collectonly or not summary.is_file():
            return
        run = RunResult.read(summary)
        terminalreporter.ensure_newline()
        # As it is: the reporter would break the commands, and annotations are harmless by themselves.
        announce(run, self._config.rootpath, os.environ, lambda line: terminalreporter.write_raw(f"{line}\n"))
        if self._command and is_due(run, self._when):
            self._notify(run, terminalreporter)

    def _notify(self, run: RunResult, terminalreporter: pytest.TerminalReporter) -> None:
        notification = Notification(self._command, self._config.rootpath)
        trouble = notification.send(run, self._folder.page, os.environ)
        if trouble is None:
            terminalreporter.write_line("notified:       yes")
        else:
            terminalreporter.write_line(f"the notification failed: {trouble}", yellow=True)
