"""Reports of everything below ``reports``, and the pages that link to them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.allure.all_reports import find_runs, make_reports
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.results.json_format import to_plain
from tests.results.test_results_run_result import RUN

pytest_plugins = ["tests.allure_command"]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Runs of two tenants with no Allure results, and a folder that is none."""
    for tenant, environment in (("local", "dev"), ("local", "qa"), ("trial", "dev")):
        folder = tmp_path / tenant / environment
        write_summary(replace(RUN, tenant=tenant, environment=environment), folder)
    (tmp_path / "local" / "notes").mkdir()
    return tmp_path


def places(folders: list[Path]) -> list[str]:
    """Return tenant and environment of each folder."""
    return [f"{folder.parent.name}/{folder.name}" for folder in folders]


def test_without_a_name_every_run_is_meant(reports: Path) -> None:
    """A folder without a run is none of them, one with results only is."""
    (reports / "trial" / "killed" / "allure-results").mkdir(parents=True)
    assert places(find_runs(reports, None, None)) == ["local/dev", "local/qa", "trial/dev", "trial/killed"]


def test_tenant_and_environment_choose(reports: Path) -> None:
    """One of them or both."""
    assert places(find_runs(reports, "local", None)) == ["local/dev", "local/qa"]
    assert places(find_runs(reports, None, "dev")) == ["local/dev", "trial/dev"]
    assert places(find_runs(reports, "local", "qa")) == ["local/qa"]


def test_a_run_that_is_not_there_is_answered_with_those_that_are(reports: Path) -> None:
    """And an empty folder with the way to fill it."""
    with pytest.raises(ConfigurationError, match="runs of: local/dev, local/qa, trial/dev"):
        find_runs(reports, "prod", None)
    with pytest.raises(ConfigurationError, match="runs of: none"):
        find_runs(reports / "nowhere", None, None)


def test_without_node_all_other_pages_are_written(reports: Path, tmp_path: Path) -> None:
    """And each outcome says why there is no report."""
    for page in reports.rglob("*.html"):
        page.unlink()
    environ = {**os.environ, "IFLOW_NODE": str(tmp_path / "none")}
    outcomes = make_reports(reports, find_runs(reports, None, None), environ)
    assert [(outcome.page, "Node.js" in (outcome.trouble or "")) for outcome in outcomes] == [
        (None, True)
    ] * 3
    assert len(list(reports.glob("*/*/summary.html"))) == 3
    assert (reports / "index.html").is_file()


def test_a_summary_that_cannot_be_read_is_told_and_left_as_it_is(reports: Path, tmp_path: Path) -> None:
    """The others are made nevertheless."""
    broken = reports / "local" / "dev" / "summary.json"
    broken.write_text("{", encoding="utf-8")
    environ = {**os.environ, "IFLOW_NODE": str(tmp_path / "none")}
    first, *others = make_reports(reports, find_runs(reports, None, None), environ)
    assert to_plain(first) == {
        "tenant": "local",
        "environment": "dev",
        "page": None,
        "trouble": first.trouble,
        "damage": (),
    }
    assert "summary of a run cannot be read" in (first.trouble or "")
    assert broken.read_text(encoding="utf-8") == "{"
    assert len(others) == 2


@pytest.mark.usefixtures("allure_command")
def test_a_run_that_left_no_results_keeps_no_other_from_its_report(reports: Path) -> None:
    """Be it one without a summary."""
    (reports / "trial" / "killed" / "allure-results").mkdir(parents=True)
    outcomes = make_reports(reports, find_runs(reports, "trial", None), os.environ)
    assert [outcome.environment for outcome in outcomes] == ["dev", "killed"]
    assert ["no Allure results" in (outcome.trouble or "") for outcome in outcomes] == [True, True]
    assert not (reports / "trial" / "killed" / "summary.html").exists()
