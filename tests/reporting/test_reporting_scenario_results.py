"""The results of a run as they come in: workers that crash, second tries, and what the end cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.reporting.report_results import SCENARIO
from pytest_iflow.reporting.scenario_results import ScenarioResults
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.journal import Journal
from pytest_iflow.results.run_folder import PLAN
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.secrets.registry import register_secret
from tests.inner_project import InnerProject, InnerRun
from tests.reporting.offline_suite import arguments, environ, feature
from tests.results.runs import node, scenario

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]

ROWS = [f'"{number}" is good' for number in range(5)]


def fates(run: InnerRun, place: str = "acme/dev") -> dict[str, tuple[str, str]]:
    """Return status and message of each scenario, by title."""
    return {title: (each["status"], each["message"]) for title, each in run.scenarios(place).items()}


def test_what_the_end_of_a_run_kept_from_running_is_not_run(offline: InnerProject) -> None:
    """Ctrl-C and -x, with the reason; the scenario that Ctrl-C cut off is there, too."""
    offline.write("features/a.feature", feature('"first" is good', "Ctrl-C is pressed", '"third" is good'))
    offline.write("features/b.feature", feature('"bad" is good', '"last" is good'))
    offline.run_several(
        ([*arguments("features/a.feature")], environ()),
        ([*arguments("-x", "--environment=qa", "features/b.feature")], environ("bad")),
    )
    outcome = InnerRun(offline.root, 0, "", "")
    assert fates(outcome) == {
        "first": ("passed", ""),
        "Ctrl-C is pressed": ("not run", "the run was interrupted while it ran; it had sent no message"),
        "third": ("not run", "the run was interrupted before it ran"),
    }
    assert outcome.summary("acme/dev")["verdict"] == "interrupted"
    stopped = "the run stopped after a failure (-x, --maxfail) before it ran"
    assert fates(outcome, "acme/qa")["last"] == ("not run", stopped)


def test_a_worker_that_is_killed_breaks_its_scenario_only(offline: InnerProject) -> None:
    """What it was to run next runs in another one; with none left it is not run."""
    offline.write("features/a.feature", feature('"first" is good', "the process is killed", *ROWS))
    for more, rest in (
        ([], ("passed", "")),
        (["--max-worker-restart=0"], ("not run", "worker gw0 crashed before it ran")),
    ):
        run = offline.run(*arguments("-n1", *more), **environ())
        assert run.code == 1
        assert fates(run) == {
            "first": ("passed", ""),
            "the process is killed": (
                "broken",
                "worker 'gw0' crashed while running 'features/a.feature::the process is killed'",
            ),
            **{str(number): rest for number in range(5)},
        }
        crashed = run.scenarios("acme/dev")["the process is killed"]
        assert (crashed["feature"], crashed["tags"], crashed["line"]) == ("Orders", ["REQ-1"], 8)


def test_the_last_try_of_a_scenario_stands(offline: InnerProject) -> None:
    """With the number of those before; one that passed then is flaky."""
    offline.write("features/a.feature", feature("it is good at the second try", '"bad" is good'))
    twice = [(arguments("--reruns=2", "-v"), environ("bad"))] * 2
    *_, run = offline.run_several(*twice)
    assert [(each["status"], each["reruns"]) for each in run.summary("acme/dev")["scenarios"]] == [
        ("passed", 1),
        ("failed", 2),
    ]
    assert "still failing: 1, flaky: 1" in run.out
    assert [run.out.count(f"  {word}  ") for word in ("rerun  ", "FAILED ")] == [3, 1]
    assert "1 failed, 1 passed, 3 rerun in " in run.out.splitlines()[-1]


def test_a_plan_of_names_will_do_where_no_worker_wrote_one(tmp_path: Path) -> None:
    """As on another machine; with Python tests."""
    results = ScenarioResults(tmp_path, Journal(tmp_path), lambda: None, lambda: 0.0, Troubles())
    results.pytest_xdist_node_collection_finished(
        ["features/a.feature::A call[1]", "tests/test_a.py::test_a"]
    )
    row, test = results.not_run("worker gw0 crashed")
    assert (row.file, row.scenario, row.kind) == ("features/a.feature", "A call[1]", "scenario")
    assert (test.file, test.scenario, test.kind) == ("tests/test_a.py", "test_a", "test")
    assert (tmp_path / PLAN).is_file()


def test_a_secret_that_came_in_since_the_report_is_masked(tmp_path: Path) -> None:
    """As one that the tear-down of a scenario brings, or another scenario beside it."""
    written: list[str] = []

    class Written(Journal):
        def finish(self, result: ScenarioResult, at: float) -> None:
            written.append(f"{result.message} {at}")

    results = ScenarioResults(tmp_path, Written(tmp_path), lambda: None, lambda: 1.5, Troubles())
    report = pytest.TestReport(node("a"), ("", 0, "a"), {}, "failed", None, "call")
    setattr(report, SCENARIO, scenario("a", "F", message="it is s3cret-of-the-tear-down"))
    results.pytest_runtest_logreport(report)
    register_secret("s3cret-of-the-tear-down")
    results.pytest_runtest_logfinish(node("a"))
    assert written == ["it is *** 1.5"]
    assert results.finished[node("a")].message == "it is ***"
