"""``pytest-iflow report``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from pytest_iflow.reporting.allure.html_report import AllureCommand
from pytest_iflow.reporting.pages.summary import write_summary
from tests.reporting.test_reporting_run_result import RUN

pytest_plugins = ["tests.allure_command"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a run left below reports, with one Allure result."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "reports" / "trial" / "dev"
    write_summary(RUN, folder)
    (folder / "allure-results").mkdir()
    result = {"uuid": str(uuid4()), "name": "A product", "status": "passed", "start": 1, "stop": 2}
    path = folder / "allure-results" / f"{result['uuid']}-result.json"
    path.write_text(json.dumps(result), encoding="utf-8")
    return folder


def report(*arguments: str) -> Result:
    """Return what the command says."""
    return CliRunner().invoke(app, ["report", *arguments])


@pytest.fixture
def no_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine on which no Node.js can be had."""
    monkeypatch.setenv("IFLOW_NODE", str(tmp_path / "none"))


@pytest.mark.usefixtures("allure_command")
def test_the_report_is_made_and_linked_from_the_summary(folder: Path) -> None:
    """It was not linked before, there being none."""
    assert "allure-report/index.html" not in (folder / "summary.html").read_text(encoding="utf-8")
    result = report()
    page = Path("reports", "trial", "dev", "allure-report", "index.html")
    assert (result.exit_code, result.output) == (0, f"trial/dev: {page}\n")
    assert page.is_file()
    assert "allure-report/index.html" in (folder / "summary.html").read_text(encoding="utf-8")
    assert (folder.parents[1] / "index.html").is_file()


def test_only_installing_names_the_place(allure_command: AllureCommand) -> None:
    """What CI does before its tests; no run is needed."""
    result = report("--install")
    assert (result.exit_code, result.output) == (0, f"installed: {allure_command.script}\n")


@pytest.mark.usefixtures("no_node")
def test_without_node_it_is_a_finding_and_said_once(folder: Path) -> None:
    """With the remedy; all other pages are there."""
    write_summary(RUN, folder.with_name("qa"))
    result = report()
    assert result.exit_code == 1
    assert result.stdout == "trial/dev: no Allure report\ntrial/qa: no Allure report\n"
    assert result.stderr.count("Node.js, which makes the Allure report, was not found") == 1
    assert 'pip install "pytest-iflow[report]"' in result.stderr
    assert (folder / "summary.html").is_file()


@pytest.mark.usefixtures("folder", "no_node")
def test_a_machine_reads_it_as_json() -> None:
    """The same facts, the same exit code."""
    result = report("--json", "--tenant=trial", "--environment=dev")
    assert result.exit_code == 1
    (outcome,) = json.loads(result.stdout)
    assert (outcome["tenant"], outcome["environment"], outcome["page"]) == ("trial", "dev", None)
    assert "Node.js" in outcome["trouble"]


@pytest.mark.usefixtures("no_node")
def test_installing_without_node_is_a_finding() -> None:
    """It says what is missing."""
    result = report("--install")
    assert result.exit_code == 1
    assert "does not run" in result.stderr


@pytest.mark.usefixtures("folder")
def test_a_run_that_is_not_there_is_a_usage_error() -> None:
    """Named with those that are."""
    for arguments in (("--tenant=prod",), (f"--reports={os.devnull}",)):
        result = report(*arguments)
        assert result.exit_code == 2
        assert "there is no run of" in result.stderr


def test_the_help_has_an_example() -> None:
    """Ready to copy."""
    assert "pytest-iflow report --tenant=trial --environment=dev" in report("--help").output
