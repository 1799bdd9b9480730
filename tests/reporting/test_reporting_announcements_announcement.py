"""How a finished run is made known."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.announcements.announcement import (
    Notification,
    Occasion,
    is_due,
    occasion,
)
from pytest_iflow.reporting.announcements.ci_systems import announce
from pytest_iflow.results.changes import Change
from pytest_iflow.results.json_format import encode
from pytest_iflow.secrets.registry import register_secret
from tests.inner_project import InnerProject
from tests.reporting.finished_runs import finished, scenario

pytest_plugins = ["tests.inner_project"]

RUN = finished(scenario(1), scenario(2, "failed", "status 500"), changes={2: "newly failing"})


def said(root: Path, **environ: str) -> list[str]:
    """Announce the run and return the lines that were printed."""
    lines: list[str] = []
    announce(RUN, root, environ, lines.append)
    return lines


def test_each_ci_system_is_told_in_its_own_way(tmp_path: Path) -> None:
    """And a terminal that is none of them nothing."""
    page = tmp_path / "page.md"
    page.write_text("before\n", encoding="utf-8")
    assert said(tmp_path) == said(tmp_path, GITHUB_ACTIONS="false") == []
    assert said(tmp_path, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page)) == [
        "::error file=features/a.feature,line=4,title=failed%3A s2::status 500"
    ]
    assert page.read_text(encoding="utf-8").startswith("before\n### trial/dev: failed\n")
    assert said(tmp_path, TF_BUILD="True") == [
        "##vso[task.logissue type=error;sourcepath=features/a.feature;linenumber=4]failed: s2: status 500"
    ]


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The run is judged all the same."""
    (line,) = said(tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path))
    assert line.startswith("the summary of the job cannot be written: ")


def test_a_run_is_announced_when_its_reports_are_there(project: InnerProject) -> None:
    """At the beginning of a line; a notification that fails is a warning, not a failure."""
    project.write("features/a.feature", "Feature: F\n  Scenario: good\n    Given an access token\n")
    project.write("features/b.feature", "Feature: F\n  Scenario: bad\n    When I do magic\n")
    project.write("hook.py", "import sys\nopen('told.json', 'wb').write(sys.stdin.buffer.read())\n")
    project.write("fails.py", "import sys\nsys.exit('nobody listens')\n")
    python = sys.executable.replace("\\", "\\\\")
    told, quiet, warned, refused, plain = project.run_several(
        (
            ["--tenant=local", f"--notify={python} hook.py"],
            {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(project.root / "page.md")},
        ),
        (["--tenant=local", "-o", f"iflow_notify={python} fails.py", "features/a.feature"], {}),
        (
            [
                *("--tenant=local", "-q", "features/a.feature", "-o", "iflow_notify_on=always"),
                *("-o", f"iflow_notify={python} fails.py"),
            ],
            {},
        ),
        (["--tenant=local", "-o", "iflow_notify_on=never"], {}),
        (["--tenant=local", "--co", "-q", f"--notify={python} fails.py"], {"TF_BUILD": "True"}),
    )
    error = "::error file=features/b.feature,line=3,title=broken%3A bad::no step is defined"
    assert any(line.startswith(error) for line in told.out.splitlines())
    assert "notified:       yes" in told.out
    assert json.loads((project.root / "told.json").read_text(encoding="utf-8"))["verdict"] == "failed"
    assert (project.root / "page.md").read_text(encoding="utf-8").startswith("### local/dev: failed")
    assert (quiet.code, "notif" in quiet.out) == (0, False)
    assert warned.code == 0
    assert "the notification failed: it ended with exit code 1: nobody listens" in warned.out
    assert (refused.code, '"never" is no occasion' in refused.err) == (4, True)
    assert (plain.code, "notif" in plain.out) == (1, False)  # the undefined step is found at collection


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
