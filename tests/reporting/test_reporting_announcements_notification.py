"""A command of the project that is told how a run ended."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.announcements.notification import Notification, Occasion, is_due, occasion
from pytest_iflow.results.changes import Change
from pytest_iflow.results.json_format import encode
from pytest_iflow.secrets.registry import register_secret
from tests.reporting.finished_runs import finished, scenario

RUN = finished(scenario(1), scenario(2, "failed", "status 500"), changes={2: "newly failing"})


def command(tmp_path: Path, program: str) -> str:
    """Return the command line that runs a Python program."""
    path = tmp_path / "a program.py"
    path.write_text(program, encoding="utf-8")
    parts = [sys.executable, str(path), "--to", "the team"]
    return subprocess.list2cmdline(parts) if os.name == "nt" else shlex.join(parts)


def send(tmp_path: Path, program: str, environ: Mapping[str, str] | None = None) -> str | None:
    """Send the notification of the run."""
    notification = Notification(command(tmp_path, program), tmp_path)
    return notification.send(RUN, tmp_path / "summary.html", {**os.environ, **(environ or {})})


def test_the_command_is_told_the_run(tmp_path: Path) -> None:
    """The whole of it on standard input, the main facts in variables; blanks in arguments stay."""
    program = """
import json, os, sys
facts = {name: value for name, value in os.environ.items() if name.startswith(("IFLOW_", "HOOK"))}
with open("told.json", "w", encoding="utf-8") as file:
    json.dump([sys.argv[1:], facts, json.loads(sys.stdin.buffer.read())], file)
"""
    register_secret("notified-s3cret")
    environ = {"IFLOW_SERVICE_KEY": '{"clientsecret": "notified-s3cret"}', "HOOK": "address"}
    assert send(tmp_path, program, environ) is None
    arguments, facts, run = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert arguments == ["--to", "the team"]
    assert run == json.loads(encode(RUN.document))
    assert facts == {
        "HOOK": "address",
        "IFLOW_TENANT": "trial",
        "IFLOW_ENVIRONMENT": "dev",
        "IFLOW_VERDICT": "failed",
        "IFLOW_SENTENCE": "1 of 2 scenarios did not pass: 1 failed. 1 is newly failing.",
        "IFLOW_PASSED": "1",
        "IFLOW_FAILED": "1",
        "IFLOW_NEWLY_FAILING": "1",
        "IFLOW_SUMMARY": str(tmp_path / "summary.html"),
    }


def test_a_first_run_has_no_number_of_new_failures(tmp_path: Path) -> None:
    """None is not zero."""
    program = "import os, sys; sys.exit(os.environ['IFLOW_NEWLY_FAILING'] != '')"
    notification = Notification(command(tmp_path, program), tmp_path)
    assert notification.send(replace(RUN, changes=None), tmp_path, dict(os.environ)) is None


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    """With its last words, masked."""
    register_secret("refused-s3cret")
    assert send(tmp_path, "import sys; print('refused-s3cret: no'); sys.exit(3)") == (
        "it ended with exit code 3: ***: no"
    )
    assert send(tmp_path, "import sys; sys.exit(3)") == "it ended with exit code 3"


def test_a_command_that_hangs_is_stopped(tmp_path: Path) -> None:
    """Nobody waits for a message."""
    hangs = Notification(command(tmp_path, "import time; time.sleep(300)"), tmp_path, seconds=0.5)
    assert hangs.send(RUN, tmp_path, os.environ) == "it was stopped after 0.5 seconds"


@pytest.mark.parametrize("line", ["no-such-command-anywhere --x", "python 'unbalanced"])
def test_a_command_that_cannot_start_is_told(tmp_path: Path, line: str) -> None:
    """It is no failure of the run."""
    assert Notification(line, tmp_path).send(RUN, tmp_path, {"PATH": os.environ["PATH"]})


@pytest.mark.parametrize(
    ("statuses", "changes", "due"),
    [
        (("passed",), {}, {"always"}),
        (("failed",), None, {"always", "failure", "new"}),
        (("failed",), {1: "newly failing"}, {"always", "failure", "new"}),
        (("failed",), {1: "still failing"}, {"always", "failure"}),
        (("failed",), {1: "new"}, {"always", "failure", "new"}),
        (("passed",), {1: "fixed"}, {"always"}),
    ],
)
def test_a_message_is_sent_when_it_is_wanted(
    statuses: tuple[str, ...], changes: dict[int, Change] | None, due: set[Occasion]
) -> None:
    """By default on failures; on new ones only for those who know of the old ones."""
    status = "failed" if "failed" in statuses else "passed"
    run = finished(scenario(1, "failed" if status == "failed" else "passed"), changes=changes)
    assert {when for when in ("always", "failure", "new") if is_due(run, occasion(when))} == due


def test_a_broken_environment_is_news() -> None:
    """As are a run that was cut short, and a leak."""
    run = finished(scenario(1), changes={})
    assert is_due(replace(run, environment_problems=("x",)), "new")
    assert is_due(replace(run, interrupted=True), "new")
    assert is_due(replace(run, leaks=("x",)), "new")


def test_another_occasion_is_refused() -> None:
    """With those that there are."""
    with pytest.raises(ConfigurationError, match='"never" is no occasion') as caught:
        occasion("never")
    assert "always, failure, new" in str(caught.value)
