"""How a finished run is made known: to CI systems, and to a command of the project.

The command sends a message to a team, say, or makes an entry in a tracker. It gets ``summary.json`` on its
standard input, and the main facts in variables. No shell reads it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from msgspec import Struct

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.reporting.pages.verdict import verdict_sentence
from pytest_iflow.results.json_format import encode
from pytest_iflow.results.run_folder import RunFolder, reports_folder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.model import Environment

Occasion = Literal["always", "failure", "new"]

OCCASIONS: tuple[Occasion, ...] = ("always", "failure", "new")
SECONDS = 30.0
"""How long the command may take."""

_READ_BY_CI = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TF_BUILD")
"""Variables of CI systems that read what is announced."""

_SHOWN = 500
"""Characters of what a command that failed said last."""


def occasion(text: str) -> Occasion:
    """Return when to notify; raises ConfigurationError for a word that says no such thing."""
    for known in OCCASIONS:
        if text == known:
            return known
    raise ConfigurationError(
        f'"{text}" is no occasion to notify.',
        where="iflow_notify_on",
        remedy=f"Choose one of {', '.join(OCCASIONS)}.",
    )


def is_due(run: RunResult, when: Occasion) -> bool:
    """Return whether the run is worth a message; "new" is what fails a run with --fail-on=new."""
    if when == "always":
        return True
    if when == "failure" or run.changes is None or run.verdict == "interrupted":
        return run.verdict != "passed"
    return bool(run.environment_problems) or not run.is_as_before


class Notification(Struct, frozen=True):
    """A command line, and where it is run."""

    command: str
    folder: Path
    seconds: float = SECONDS

    def send(self, run: RunResult, page: Path, environ: Mapping[str, str]) -> str | None:
        """Run the command and wait for its end; return what went wrong, masked, or None.

        ``page`` is the summary page of the run. The command sees the variables of ``environ`` that hold no
        secret of the tenant.
        """
        try:
            ended = subprocess.run(  # noqa: S603, the project's own command
                self._arguments(),
                input=encode(run.document),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self.seconds,
                check=False,
                cwd=self.folder,
                env={**_harmless(environ), **_facts(run, page)},
            )
        except subprocess.TimeoutExpired:
            return f"it was stopped after {self.seconds:g} seconds"
        except (OSError, ValueError) as error:
            return mask(str(error))
        if ended.returncode == 0:
            return None
        said = ended.stdout.decode("utf-8", "replace").strip()[-_SHOWN:]
        return mask(f"it ended with exit code {ended.returncode}: {said}".rstrip(": "))

    def _arguments(self) -> str | list[str]:
        # Windows splits a command line by itself, by rules of its own.
        return self.command if os.name == "nt" else shlex.split(self.command)


def _harmless(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if mask(value) == value}


def _facts(run: RunResult, page: Path) -> dict[str, str]:
    counts = run.counts
    return {
        "IFLOW_TENANT": run.tenant,
        "IFLOW_ENVIRONMENT": run.environment,
        "IFLOW_VERDICT": run.verdict,
        "IFLOW_SENTENCE": mask(verdict_sentence(run)),
        "IFLOW_PASSED": str(counts["passed"]),
        "IFLOW_FAILED": str(counts["failed"] + counts["broken"]),
        "IFLOW_NEWLY_FAILING": str(len(run.changes.of("newly failing"))) if run.changes else "",
        "IFLOW_SUMMARY": str(page),
    }


class Announcement:
    """Makes a run known when all its reports are written; raises UsageError for settings of no use."""

    def __init__(self, config: pytest.Config, environment: Environment) -> None:
        self._config = config
        reports = reports_folder(config.rootpath, config.getini("iflow_reports"))
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
        wanted = self._command or any(os.environ.get(name) for name in _READ_BY_CI)
        if not wanted or self._config.option.collectonly or not summary.is_file():
            return
        from pytest_iflow.reporting.announcements.ci_systems import announce

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
