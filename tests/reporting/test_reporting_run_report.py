"""What a run leaves in its folder."""

from __future__ import annotations

import json
import re

from tests.inner_project import InnerProject, InnerRun
from tests.reporting.mixed_suite import FATES

pytest_plugins = ["tests.inner_project", "tests.reporting.mixed_suite"]

FEATURE = "Feature: F\n  Scenario: a\n    Given an access token\n"


def test_a_run_leaves_summary_junit_and_allure_results(mixed_run: InnerRun) -> None:
    """In the folder of its tenant and environment; over all, the index."""
    files = set(mixed_run.files())
    folder = "reports/local/dev"
    assert {
        "reports/index.html",
        f"{folder}/summary.html",
        f"{folder}/summary.json",
        f"{folder}/junit.xml",
        f"{folder}/allure-results/environment.properties",
    } <= files
    assert not any("tmp" in path.rpartition("/")[2] for path in files)


def test_the_summary_counts_and_judges(mixed_run: InnerRun) -> None:
    """With the hosts and versions that it ran against."""
    summary = mixed_run.summary()
    assert (summary["tenant"], summary["environment"], summary["verdict"]) == ("local", "dev", "failed")
    assert summary["counts"] == {"passed": 3, "failed": 2, "broken": 3, "skipped": 2, "not run": 0}
    assert re.fullmatch(r"127\.0\.0\.1:\d+", summary["hosts"]["token"])
    assert summary["hosts"]["token"] != summary["hosts"]["runtime"]
    assert {"pytest-iflow", "pytest", "pytest-bdd", "Python"} <= set(summary["versions"])
    assert summary["interrupted"] is False


def test_allure_shows_environment_and_versions(mixed_run: InnerRun) -> None:
    """Beside the results."""
    lines = mixed_run.files()["reports/local/dev/allure-results/environment.properties"].splitlines()
    assert lines[:2] == ["tenant=local", "environment=dev"]
    names = {line.partition("=")[0] for line in lines}
    assert {"token\\ host", "runtime\\ host", "pytest-iflow", "requests"} <= names


def test_junit_names_the_scenarios(mixed_run: InnerRun) -> None:
    """With the words of the failure."""
    junit = mixed_run.files()["reports/local/dev/junit.xml"]
    for title in set(FATES) - {"product HT-1080"}:
        assert f'name="{title}"' in junit
    assert 'message="the response status is 200 OK, expected 201"' in junit
    assert 'name="product &lt;id&gt;[HT-1080-Scan#2]"' in junit


def test_collecting_leaves_nothing_and_other_runs_what_was_asked_for(project: InnerProject) -> None:
    """To collect needs no credentials; reports and JUnit may go elsewhere; CI leaves its address."""
    project.write("features/a.feature", FEATURE)
    project.write("tenants/empty.toml", '[environments.dev.clients.default]\nservice-key = "env:NO_KEY"\n')
    job = {"GITLAB_CI": "true", "CI_JOB_URL": "https://gitlab.example.com/job/1"}
    local = ["--tenant=local", "-q"]
    collected, nothing, run = project.run_several(
        (["--tenant=empty", "--collect-only", "-q"], {}),
        ([*local, "-o", "iflow_reports=nothing", "-k", "nobody"], {}),
        ([*local, "-o", "iflow_reports=out/of/it", "--junitxml=results.xml"], job),
    )
    assert (collected.code, collected.collected()) == (0, ["a.feature::a"])
    assert "reports of" not in collected.out
    assert not (project.root / "reports").exists()
    assert nothing.code == 5
    summary = json.loads((project.root / "nothing/local/dev/summary.json").read_text(encoding="utf-8"))
    assert summary["verdict"] == "nothing ran", "an empty run must not look green"
    folder = project.root / "out" / "of" / "it" / "local" / "dev"
    assert (folder / "summary.html").is_file()
    assert not (folder / "junit.xml").exists()
    assert (project.root / "results.xml").is_file()
    assert "JUnit:          results.xml" in run.out
    executor = json.loads((folder / "allure-results" / "executor.json").read_text(encoding="utf-8"))
    assert (executor["reportName"], executor["buildUrl"]) == ("local/dev", job["CI_JOB_URL"])
