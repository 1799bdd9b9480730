"""What a run leaves to be read, written by one function."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from pytest_iflow.reporting.publish import ReportPlaces, publish
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.history import History
from pytest_iflow.results.journal import Journal
from pytest_iflow.results.run_folder import RunFolder, read_run
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.secrets.registry import register_secret
from tests.results.runs import run, scenario

SECRET = "s3cret-past-all-reports"
JUNIT = """<testsuites><testsuite name="pytest"><properties><property name="p" value="{secret}"/></properties>
<testcase classname="a" name="a"/></testsuite></testsuites>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a run, with Allure results and JUnit."""
    register_secret(SECRET)
    folder = tmp_path / "reports" / "trial" / "dev"
    (folder / "allure-results").mkdir(parents=True)
    (folder / "junit.xml").write_text(JUNIT.format(secret=SECRET), encoding="utf-8")
    return folder


def published(result: RunResult, folder: Path, journal: Journal | None = None) -> Troubles:
    """Publish a run and return what could not be written."""
    troubles = Troubles()
    publish(result, ReportPlaces.within(folder), troubles, journal)
    return troubles


def test_all_that_tells_of_a_run_is_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Summary, page, history, page over all runs, environment and job for Allure; JUnit is masked."""
    monkeypatch.setenv("JENKINS_URL", "https://ci.example")
    junit = (folder / "junit.xml").read_text(encoding="utf-8")
    journal = Journal(folder)
    journal.begin(run(1))
    (folder / "junit.xml").write_text(junit, encoding="utf-8")
    assert published(run(1, scenarios="a=P"), folder, journal).sentences == []
    assert read_run(folder) == run(1, scenarios="a=P")
    names = {path.relative_to(folder.parent.parent).as_posix() for path in folder.parent.parent.rglob("*.*")}
    assert names == {
        "index.html",
        *(f"trial/dev/{name}" for name in ("summary.json", "summary.html", "history.jsonl", "junit.xml")),
        "trial/dev/sealed-journal.jsonl",
        *(f"trial/dev/allure-results/{name}" for name in ("environment.properties", "executor.json")),
    }
    executor = json.loads((folder / "allure-results" / "executor.json").read_text(encoding="utf-8"))
    assert executor["reportName"] == "trial/dev"
    junit = (folder / "junit.xml").read_text(encoding="utf-8")
    assert ('name="a"' in junit, SECRET in junit) == (True, False)


def test_what_is_published_again_is_replaced(folder: Path) -> None:
    """As of a run whose leaks were found, or that a signal ended, when all was written."""
    published(run(1, scenarios="a=P"), folder)
    published(replace(run(1, scenarios="a=P"), leaks=("a.txt: a token",)), folder)
    assert read_run(folder).leaks == ("a.txt: a token",)
    assert [past.verdict for past in History(folder).newest_first()] == ["failed"]
    assert "leaked secret" in (folder.parent.parent / "index.html").read_text(encoding="utf-8")


def test_what_cannot_be_written_keeps_nothing_else_from_it(folder: Path) -> None:
    """Each is noted; the journal stays where the summary does not stand, and the run counts as killed."""
    journal = Journal(folder)
    journal.begin(run(1))
    journal.finish(scenario("a", "P"), 1.0)
    (folder / "summary.json").mkdir()
    troubles = published(run(1, scenarios="a=P"), folder, journal)
    journal.close()
    assert [sentence.partition(" cannot")[0] for sentence in troubles.sentences] == ["the summary"]
    assert RunFolder(folder).journal.is_file()
    assert [past.results for past in History(folder).newest_first()] == ["P"]
    assert (folder.parent.parent / "index.html").is_file()


def test_a_run_without_allure_and_junit_has_neither(tmp_path: Path) -> None:
    """Nothing is made for it."""
    folder = tmp_path / "trial" / "dev"
    published(run(1), folder)
    assert {path.name for path in folder.iterdir()} == {"summary.json", "summary.html", "history.jsonl"}
