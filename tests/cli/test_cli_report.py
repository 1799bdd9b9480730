"""``pytest-iflow report``."""

from __future__ import annotations

import json
import os
import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from pytest_iflow.reporting.allure.html_report import AllureCommand
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.results.history import History
from pytest_iflow.results.journal import Journal
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.secrets.registry import REGISTRY, SecretRegistry
from tests.reporting.finished_runs import finished, scenario
from tests.results.test_results_run_result import RUN

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


@pytest.fixture(autouse=True)
def own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know no secret of the tests before: as words they may stand in a page, too."""
    for name, value in vars(SecretRegistry()).items():
        monkeypatch.setattr(REGISTRY, name, value)


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
    assert "pytest-iflow report --tenant=trial" in report("--help").output


def test_shards_are_merged_into_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What became of it is said, and stands on the page of a job on GitHub."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    for number in (1, 2):
        run = replace(finished(scenario(number)), selection=f"--shard {number}/2")
        write_summary(run, tmp_path / f"machine-{number}" / "trial" / "dev")
    result = report("--merge", "machine-1", "machine-2")
    said, seal = result.output.splitlines()
    assert (result.exit_code, said) == (0, "trial/dev: 2 scenarios ran, and nothing failed.")
    assert re.fullmatch("seal: [0-9a-f]{64}", seal)
    assert "### trial/dev: passed" in (tmp_path / "page.md").read_text(encoding="utf-8")
    merged = RunResult.read(tmp_path / "reports" / "trial" / "dev" / "summary.json")
    assert (merged.selection, len(merged.scenarios)) == ("", 2)


@pytest.mark.usefixtures("no_node")
def test_secrets_that_the_settings_give_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In merged reports, and again later; the summary has them, and their values are shown nowhere."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants" / "trial.toml").write_text(
        '[environments.dev.clients.default]\nservice-key = "file:../key.json"\n', encoding="utf-8"
    )
    key = {"clientid": "sb-1", "clientsecret": "of-the-settings-0815", "url": "https://a.example"}
    (tmp_path / "key.json").write_text(json.dumps({**key, "tokenurl": key["url"]}), encoding="utf-8")
    (tmp_path / ".env.trial").write_text("OTHER_TOKEN=of-a-file-4711\n", encoding="utf-8")
    shard = tmp_path / "one" / "trial" / "dev"
    write_summary(finished(scenario(1)), shard)
    (shard / "allure-results").mkdir()
    (shard / "allure-results" / "a-attachment.txt").write_text("of-the-settings-0815", encoding="utf-8")
    result = report("--merge", "one")
    leak = "reports/trial/dev/allure-results/a-attachment.txt:1:1: a registered secret"
    assert (result.exit_code, leak in result.stderr) == (1, True)
    (tmp_path / "reports" / "trial" / "dev" / "b.txt").write_text("of-a-file-4711", encoding="utf-8")
    result = report("--json")
    leaks = [leak, "reports/trial/dev/b.txt:1:1: a registered secret"]
    assert result.exit_code == 1
    assert json.loads(result.stdout)[0]["leaks"] == leaks
    assert RunResult.read(tmp_path / "reports" / "trial" / "dev" / "summary.json").leaks == tuple(leaks)
    assert "of-the-settings" not in result.output
    assert RunResult.read(tmp_path / "reports" / "trial" / "dev" / "summary.json").verdict == "failed"


def test_a_merged_run_says_which_shard_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That nothing failed in the others is not all there is to say."""
    monkeypatch.chdir(tmp_path)
    write_summary(replace(finished(scenario(1)), selection="--shard 1/2"), tmp_path / "one" / "trial" / "dev")
    (tmp_path / "two").mkdir()
    result = report("--merge", "one", "two")
    said = "trial/dev: 1 scenario ran, and nothing failed. Only a part: without shard 2/2."
    assert (result.exit_code, result.output.splitlines()[0]) == (0, said)


@pytest.fixture
def two_runs(folder: Path) -> None:
    """One that passed, and one a day later that failed."""
    good = finished(scenario(3))
    bad = replace(finished(scenario(3, "failed", "status 500")), started=good.started + timedelta(days=1))
    for run in (good, bad):
        History(folder).append(run)
    write_summary(bad, folder)


@pytest.mark.usefixtures("two_runs")
def test_changes_since_a_day_are_told() -> None:
    """The latest run is compared with what was before that day."""
    result = report("--since", "2026-11-04")
    assert result.exit_code == 0
    assert result.output.startswith("trial/dev:\n  newly failing: 1\n    newly failing: s3\n")
    (told,) = json.loads(report("--since=2026-11-04", "--json").output)
    assert told["scenarios"] == {"features/a.feature::s3": "newly failing"}
    assert (told["tenant"], told["environment"]) == ("trial", "dev")


@pytest.mark.usefixtures("two_runs")
def test_a_day_before_the_first_run_is_a_finding() -> None:
    """There is nothing to compare with."""
    result = report("--since=2020-01-01")
    assert result.exit_code == 1
    assert "there is no run before" in result.output


@pytest.mark.usefixtures("two_runs")
def test_an_environment_without_an_earlier_run_hides_no_other(folder: Path) -> None:
    """It is told of, as a finding, and the changes of all others are, too."""
    write_summary(replace(finished(scenario(3)), environment="added"), folder.with_name("added"))
    result = report("--since=2026-11-04")
    assert result.exit_code == 1
    assert result.stdout.startswith("trial/dev:\n  newly failing: 1\n")
    assert "there is no run before 2026-11-04" in result.stderr
    assert str(Path("reports/trial/added/history.jsonl")) in result.stderr
    (told,) = json.loads(report("--since=2026-11-04", "--json").stdout)
    assert told["environment"] == "dev"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--merge"], "--merge takes the folders"),
        (["machine-1"], "--merge takes the folders"),
        (["--merge", "none"], "holds no report of a run"),
        (["--install", "--since=7d"], "exclude each other"),
        (["--since=yesterday"], "is no moment"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_options_that_cannot_be_used(arguments: list[str], said: str) -> None:
    """Each says why, and exits with 2."""
    result = report(*arguments)
    assert said in result.output
    assert result.exit_code == 2


@pytest.mark.usefixtures("no_node")
def test_a_run_that_was_killed_gets_its_summary(folder: Path) -> None:
    """From its journal, and that it is not whole stands on it."""
    (folder / "summary.json").unlink()
    journal = Journal(folder)
    journal.begin(finished())
    journal.finish(scenario(3), 1.0)
    journal.close()
    assert report().exit_code == 1
    run = RunResult.read(folder / "summary.json")
    assert (run.verdict, run.counts["passed"]) == ("interrupted", 1)
    assert "interrupted" in (folder / "summary.html").read_text(encoding="utf-8")
