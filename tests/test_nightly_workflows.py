"""The nightly workflows that come along: they parse, and every command in them is one that exists."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from pytest_iflow.cli.main import app
from pytest_iflow.reporting.announcements.announcement import Notification
from tests.loopback_server import LoopbackServer, Reply
from tests.reporting.finished_runs import finished, scenario

ROOT = Path(__file__).resolve().parent.parent
YAML = (".github/workflows/nightly.yml", "ci/gitlab-ci.yml", "ci/azure-pipelines.yml")
JENKINS = "ci/Jenkinsfile"
PROGRAMS = frozenset({"pytest", "pytest-iflow"})
PYTEST_S_OWN = frozenset({"-n"})
"""Short options, which the help does not show in a form of their own line."""


def parsed(name: str) -> dict[Any, Any]:
    """Return the document of a YAML file."""
    document: dict[Any, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return document


def texts(value: object) -> Iterator[str]:
    """Yield every text of a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def commands(name: str) -> list[list[str]]:
    """Return the arguments of each call of one of our programs, without what a shell does around it."""
    if name == JENKINS:
        found: Iterator[str] = iter(re.findall(r"\bsh '([^']*)'", (ROOT / name).read_text(encoding="utf-8")))
    else:
        found = texts(parsed(name))
    lines = (re.sub(r"\$\{\{.*?\}\}", "X", line) for text in found for line in text.splitlines())
    split = (shlex.split(line.partition(" || ")[0]) for line in lines if "pytest" in line)
    calls = ([Path(words[0]).name, *words[1:]] for words in split if words)
    return [call for call in calls if call[0] in PROGRAMS]


@pytest.fixture(scope="module")
def options_of_pytest() -> frozenset[str]:
    """Every option that pytest knows with this plugin."""
    help_text = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    return frozenset(re.findall(r"--[a-z][a-z-]+", help_text)) | PYTEST_S_OWN


@pytest.mark.parametrize("name", [*YAML, JENKINS])
def test_every_command_of_a_workflow_exists(name: str, options_of_pytest: frozenset[str]) -> None:
    """With each of its options; each workflow runs the suite, keeps known failures out, makes the pages."""
    found = commands(name)
    used = {
        word.partition("=")[0] for call in found if call[0] == "pytest" for word in call if word[0] == "-"
    }
    assert used >= {"--tenant", "--environment", "--fail-on"}
    assert used <= options_of_pytest
    group = typer.main.get_group(app)
    context = typer.Context(group)
    for _, sub_command, *arguments in (call for call in found if call[0] == "pytest-iflow"):
        command = group.get_command(context, sub_command)
        assert command is not None, sub_command
        known = {option for each in command.params for option in each.opts}
        assert {word for word in arguments if word.startswith("-")} <= known


def test_github_keeps_history_and_merges_machines() -> None:
    """Secrets by name, nothing but reading, each action by its major version."""
    workflow = parsed(YAML[0])
    triggers = workflow[True]  # YAML 1.1 takes "on" for true
    assert {"schedule", "workflow_dispatch"} <= set(triggers)
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    uses = [step["uses"] for step in steps if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z/-]+@v\d+", action) for action in uses)
    assert {"actions/cache/restore@v4", "actions/cache/save@v4", "actions/download-artifact@v4"} <= set(uses)
    assert "secrets[" in workflow["jobs"]["run"]["env"]["IFLOW_SERVICE_KEY"]
    shards = workflow["jobs"]["run"]["strategy"]["matrix"]["shard"]
    assert shards == [f"{number}/{len(shards)}" for number in range(1, len(shards) + 1)]
    paths = {step["with"]["path"] for step in steps if "cache" in step.get("uses", "")}
    assert len(paths) == 1, "a cache is found again only under the same paths"


def test_gitlab_reads_junit_and_keeps_history() -> None:
    """Also of a run that failed."""
    job = parsed(YAML[1])["nightly"]
    assert job["artifacts"]["reports"]["junit"] == "reports/*/*/junit.xml"
    assert job["artifacts"]["when"] == job["cache"]["when"] == "always"
    assert "reports/*/*/history.jsonl" in job["cache"]["paths"]


def test_azure_publishes_results_of_runs_that_failed() -> None:
    """And maps secrets, which no script sees otherwise."""
    steps = parsed(YAML[2])["jobs"][0]["steps"]
    tasks = {step["task"]: step for step in steps if "task" in step}
    assert tasks["PublishTestResults@2"]["inputs"]["testResultsFormat"] == "JUnit"
    assert tasks["PublishTestResults@2"]["condition"] == "succeededOrFailed()"
    assert tasks["DownloadPipelineArtifact@2"]["inputs"]["allowFailedBuilds"] is True
    (run,) = (step for step in steps if "--tenant" in step.get("script", ""))
    assert set(run["env"]) == {"IFLOW_SERVICE_KEY", "IFLOW_API_KEY"}


def test_the_jenkinsfile_is_balanced_and_whole() -> None:
    """Brackets outside of texts and comments pair, and the stages are there."""
    text = (ROOT / JENKINS).read_text(encoding="utf-8")
    code = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"|(?<!:)//[^\n]*", "", text)
    open_ones: list[str] = []
    for bracket in re.findall(r"[{}()\[\]]", code):
        if bracket in "{([":
            open_ones.append(bracket)
        else:
            assert open_ones.pop() + bracket in {"{}", "()", "[]"}
    assert open_ones == []
    assert re.findall(r"stage\('(\w+)'\)", text) == ["nightly", "install", "run"]
    assert {"pipeline", "matrix", "axes", "post", "always", "withCredentials"} <= set(
        re.findall(r"\w+", text)
    )
    assert "junit 'reports/*/*/junit.xml'" in text


@pytest.mark.parametrize("variable", ["SLACK_WEBHOOK", "TEAMS_WEBHOOK"])
def test_the_message_of_the_readme_arrives(variable: str, tmp_path: Path) -> None:
    """The program that is shown there sends what happened to the webhook that there is."""
    text = (ROOT / "ci/README.md").read_text(encoding="utf-8")
    program = tmp_path / "notify.py"
    program.write_text(text.partition("```python\n")[2].partition("```")[0], encoding="utf-8")
    with contextlib.closing(LoopbackServer(lambda _: Reply(), None)) as server:
        notification = Notification(subprocess.list2cmdline([sys.executable, str(program)]), tmp_path)
        environ = {**os.environ, variable: server.url}
        assert notification.send(finished(scenario(2, "failed")), tmp_path / "summary.html", environ) is None
    (received,) = server.received
    assert received.headers["Content-Type"] == "application/json"
    assert "trial/dev: 1 of 1 scenario did not pass: 1 failed." in json.dumps(json.loads(received.body))


def test_quick_tests_are_one_list() -> None:
    """What Wine, Windows and macOS try is there: pytest would end at a name that is gone."""
    names = (ROOT / "tests" / "quick.txt").read_text(encoding="utf-8").split()
    assert [name for name in names if not (ROOT / name).exists()] == []
    called = [text for text in texts(parsed(".github/workflows/ci.yml")) if "@tests/quick.txt" in text]
    assert len(called) == 2
    assert "@tests/quick.txt" in (ROOT / "Makefile").read_text(encoding="utf-8")
