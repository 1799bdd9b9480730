"""The folder of Allure results."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

from allure_commons import model2

from pytest_iflow.reporting.allure.results import ResultsFolder, empty_results
from pytest_iflow.results.files import Troubles
from pytest_iflow.secrets.registry import REGISTRY, register_secret
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: F
      Scenario: a
        When I call the iFlow "product-details" with the token "eyJhbGciOiJub25lIn0.eyJhIjoiYiJ9.c2ln"
        Then the response status is 401
"""


def test_results_of_an_earlier_run_are_removed_and_no_others(project: InnerProject) -> None:
    """Allure would take them for retries; another tenant's folder is none of this run's business."""
    project.write("features/a.feature", FEATURE)
    old = project.write("reports/local/dev/allure-results/old-result.json", "{}")
    other = project.write("reports/trial/dev/allure-results/old-result.json", "{}")
    run = project.run("--tenant=local", "-q")
    assert run.statuses() == {"a": "passed"}
    assert not old.exists()
    assert other.exists()
    assert list(run.results()) == ["a"]


def test_a_folder_that_is_named_by_hand_gets_the_results_masked(project: InnerProject) -> None:
    """What is in it stays, unless --clean-alluredir says otherwise, as in Allure."""
    project.write("features/a.feature", FEATURE)
    kept = project.write("kept/mine.txt", "mine")
    cleaned = project.write("cleaned/mine.txt", "mine")
    options = ["--tenant=local", "-q"]
    run, _ = project.run_several(
        ([*options, "--alluredir=kept"], {}), ([*options, "--alluredir=cleaned", "--clean-alluredir"], {})
    )
    assert "Allure results: kept" in run.out
    assert kept.exists()
    assert not cleaned.exists()
    assert not (project.root / "reports" / "local" / "dev" / "allure-results").exists()
    for folder in (kept.parent, cleaned.parent):
        written = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
        assert sum(name.endswith("-result.json") for name in written) == 1
        assert not any("eyJ" in text for text in written.values())
        assert any("***" in text for text in written.values())


def test_a_run_without_allure_leaves_the_rest(project: InnerProject) -> None:
    """The plugin of Allure may be switched off."""
    project.write("features/a.feature", "@ABC-1 @critical\n" + FEATURE.replace("\n    ", "\n"))
    run = project.run("--tenant=local", "-q", "-p", "no:allure_pytest")
    assert run.code == 0, run.text
    assert run.statuses() == {"a": "passed"}
    assert not any("allure" in path for path in run.files())
    assert "Allure" not in run.out


def test_attachments_are_masked_whatever_they_are(tmp_path: Path) -> None:
    """Texts, bytes, files."""
    register_secret("s3cret-of-the-results")
    logger = ResultsFolder(tmp_path, Troubles())
    logger.report_attached_data("a s3cret-of-the-results", "text.txt")
    logger.report_attached_data(b"\xff s3cret-of-the-results", "bytes.bin")
    source = tmp_path / "source.txt"
    source.write_text("ä s3cret-of-the-results", encoding="utf-8")
    logger.report_attached_file(str(source), "copy.txt")
    assert (tmp_path / "text.txt").read_bytes() == b"a ***"
    assert (tmp_path / "bytes.bin").read_bytes() == b"\xff ***"
    assert (tmp_path / "copy.txt").read_text(encoding="utf-8") == "ä ***"


def test_a_rule_for_business_data_leaves_names_of_results(tmp_path: Path) -> None:
    """By them Allure finds the attachment of a step, and a scenario's history."""
    names = {"uuid": "1d-4711", "historyId": "4711", "testCaseId": "4711"}
    attached = model2.Attachment(name="of 4711", source="4711-attachment.txt", type="text/plain")
    step = model2.TestStepResult(name="sends 4711", attachments=[attached])
    REGISTRY.set_patterns([re.compile("4711")])
    try:
        ResultsFolder(tmp_path, Troubles()).report_result(
            model2.TestResult(name="a 4711", steps=[step], **names)
        )
    finally:
        REGISTRY.set_patterns([])
    result = json.loads(next(tmp_path.iterdir()).read_text(encoding="utf-8"))
    assert {name: result[name] for name in names} == names
    assert (result["name"], result["steps"][0]["name"]) == ("a ***", "sends ***")
    assert result["steps"][0]["attachments"] == [
        {"name": "of ***", "source": "4711-attachment.txt", "type": "text/plain"}
    ]


def test_a_container_without_fixtures_is_not_written(tmp_path: Path) -> None:
    """A thousand scenarios would leave thousands of them."""
    container = SimpleNamespace(befores=[], afters=[SimpleNamespace(name="finish::<lambda>", stop=None)])
    ResultsFolder(tmp_path, Troubles()).report_container(container)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_made_and_emptied(tmp_path: Path) -> None:
    """Whether it was there or not."""
    folder = tmp_path / "a" / "b"
    empty_results(folder, Troubles())
    (folder / "x").mkdir()
    (folder / "x" / "y.json").write_text("{}", encoding="utf-8")
    empty_results(folder, Troubles())
    assert list(folder.iterdir()) == []
