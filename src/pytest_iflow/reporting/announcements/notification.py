"""A command of the project that is told how a run ended: for a message to a team, an entry in a tracker.

It gets ``summary.json`` on its standard input, and the main facts in variables. No shell reads it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.pages.verdict import verdict_sentence
from pytest_iflow.results.json_format import encode
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.secrets.registry import mask

Occasion = Literal["always", "failure", "new"]

OCCASIONS: tuple[Occasion, ...] = ("always", "failure", "new")
SECONDS = 30.0
"""How long the command may take."""

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


@dataclass(frozen=True, slots=True)
class Notification:
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
