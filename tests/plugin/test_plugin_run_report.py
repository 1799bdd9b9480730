"""What a run leaves in its folder."""

from __future__ import annotations

import json
import re

import pytest

from pytest_iflow.results.history import History, PastRun
from tests.inner_project import InnerProject, InnerRun
from tests.reporting.mixed_suite import ENVIRONMENT, FATES
from tests.reporting.offline_suite import arguments, environ, feature

pytest_plugins = ["tests.inner_project", "tests.reporting.mixed_suite", "tests.reporting.offline_suite"]

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


def test_a_folder_without_a_name_is_the_usual_one(project: InnerProject) -> None:
    """As where a variable of a CI job is not set; else the suite itself would be left out as reports."""
    project.write("features/a.feature", FEATURE)
    run = project.run("--tenant=local", "-q", "-o", "iflow_reports=", "-o", "testpaths=")
    assert run.code == 0, run.text
    assert (project.root / "reports/local/dev/summary.html").is_file()
    assert not (project.root / "index.html").exists()


def test_the_summary_tells_what_is_deployed(mixed_run: InnerRun) -> None:
    """Nobody can say without a service key of plan api; the whole suite ran, for the first time."""
    summary = mixed_run.summary()
    assert (summary["artifacts"], summary["runtime_version"], summary["selection"]) == ({}, "", "")
    assert summary["changes"] is None
    assert not list((mixed_run.root / "reports").rglob("journal.jsonl"))
    assert not list((mixed_run.root / "reports").rglob("plan.jsonl"))


def past_runs(project: InnerProject, place: str) -> list[PastRun]:
    """Return the history of a tenant's environment, the oldest run first."""
    return [*History(project.root / "reports" / place).newest_first()][::-1]


def test_each_environment_has_a_history_of_its_own(offline: InnerProject) -> None:
    """Two tenants with two environments: what fails in one is news in each, once."""
    offline.write("features/orders.feature", feature('"first" is good', '"second" is good'))
    places = [(tenant, name) for tenant in ("acme", "nadir") for name in ("dev", "qa")]
    runs = [
        (arguments(f"--environment={name}", tenant=tenant), environ(bad if name == "qa" else ""))
        for bad in ("", "second")
        for tenant, name in places
    ]
    outcomes = offline.run_several(*runs)
    assert [run.code for run in outcomes] == [0, 0, 0, 0, 0, 1, 0, 1]
    assert ["changes since" in run.out for run in outcomes] == [False] * 4 + [True] * 4
    assert ["newly failing: 1" in run.out for run in outcomes[4:]] == [False, True, False, True]
    for tenant, name in places:
        letters = [past.results for past in past_runs(offline, f"{tenant}/{name}")]
        assert letters == ["PP", "PF" if name == "qa" else "PP"]
    index = (offline.root / "reports" / "index.html").read_text(encoding="utf-8")
    assert all(f"{tenant}/{name}/summary.html" in index for tenant, name in places)


def test_known_failures_can_be_forgiven(offline: InnerProject) -> None:
    """With --fail-on=new the exit code is 1 for news only, whatever pytest itself makes of the failures."""
    offline.write("features/orders.feature", feature('"first" is good', '"second" is good'))
    offline.write("test_other.py", "def test_other(): assert False\n")
    new = arguments("--fail-on=new", "features")
    history = offline.root / "reports" / "acme" / "dev" / "history.jsonl"
    first, known, news, partial, others, bounded = offline.run_several(
        (new, environ("second")),
        (new, environ("second", IFLOW_RUNTIME_VERSION="8.22")),
        (new, environ("first second")),
        ([*new, "-k", "second"], environ("second")),
        ([*new, "test_other.py"], environ("first second")),
        ([*new, "-o", "iflow_history=2"], environ("first second")),
    )
    assert [run.code for run in (first, known, news, partial, others, bounded)] == [1, 0, 1, 0, 1, 0]
    assert "the tenant's runtime is 8.22, was 8.21" in known.out
    assert "All failures are known from before: the exit code is 0 (--fail-on=new)." in known.out
    assert "  newly failing: first\n    fails since " in news.out
    assert "All failures are known" not in news.out + others.out
    kept = past_runs(offline, "acme/dev")
    assert [past.results for past in kept] == ["FFF", "FF"]
    with history.open("a", encoding="utf-8") as file:
        file.write("half a li")
    again = offline.run(*new, **environ())
    assert "line 5 of history.jsonl is damaged and was left out" in again.out
    assert "fixed: 2" in again.out


@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["one process", "worker"])
def test_what_kept_a_run_from_its_scenarios_is_on_its_page(
    project: InnerProject, workers: tuple[str, ...]
) -> None:
    """As the terminal says it: a local tenant that did not start, a module that cannot be collected."""
    emulator = '[environments.dev.emulator]\nprofile = "1999"\n'
    project.write("tenants/local.toml", ENVIRONMENT.replace("NAME", "dev") + emulator)
    project.write("features/a.feature", FEATURE)
    project.write("features/test_a.py", "import no_such_module\n")
    run = project.run("--tenant=local", *workers, "features/a.feature")
    assert run.code == 4
    summary = run.summary()
    assert summary["verdict"] == "nothing ran"
    (problem,) = summary["environment_problems"]
    assert "There is no profile" in problem
    assert problem in run.err
    page = run.files()["reports/local/dev/summary.html"]
    assert "Broken environment" in page
    assert "There is no profile" in page
    project.write("tenants/local.toml", ENVIRONMENT.replace("NAME", "dev"))
    run = project.run("--tenant=local", "-q", *workers)
    assert run.code == (1 if workers else 2)
    assert run.summary()["verdict"] == "failed"
    assert "no_such_module" in run.summary()["collection_errors"][0]
    page = run.files()["reports/local/dev/summary.html"]
    assert "Not collected" in page
    assert "No module named &#39;no_such_module&#39;" in page
    missing = project.run("--tenant=local", "-q", "no-such-folder")
    assert missing.code == 4
    assert "not found: no-such-folder" in missing.summary()["collection_errors"][0]
