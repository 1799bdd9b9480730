"""Scenarios tagged @soft: all checks behind one that fails are judged, and nothing more is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

CALL = 'When I send a POST request to the iFlow "/echo"'
FEATURE = f"""
    Feature: soft

      @soft
      Scenario: all that is wrong
        {CALL}
        Then the response status is 201
        And the response value at "$.method" is "POST"
        And the response value at "$.method" is "GET"
        {CALL}
        Then the response status is 204

      @soft
      Scenario: one thing
        {CALL}
        Then the response status is 201
        And the response value at "$.method" is "POST"

      @soft
      Scenario Outline: a row
        {CALL}
        Then the response status is <status>
        And the response value at "$.method" is <method>

        Examples:
          | status | method |
          | 201    | "GET"  |
          | 200    | "POST" |

      @soft
      Scenario: a call that cannot be made
        When I send a POST request to the iFlow "no such flow"
        Then the response status is 200

      @soft
      Scenario: refused
        When I call the iFlow "/echo" without a token
        Then the response status is 200
        And the response body contains "method"

      Scenario: not soft
        {CALL}
        Then the response status is 201
        And the response value at "$.method" is "GET"
    """


@pytest.fixture(scope="module", params=[(), ("--parallel=2",)], ids=["one after the other", "in threads"])
def run(request: pytest.FixtureRequest, new_project: Callable[[], InnerProject]) -> InnerRun:
    """One run of all scenarios."""
    project = new_project()
    project.write("features/soft.feature", FEATURE)
    return project.run("--tenant=local", *request.param)


def statuses(run: InnerRun, title: str) -> list[str]:
    """Return what became of each step of a scenario."""
    return [step["status"] for step in run.scenarios()[title]["steps"]]


def test_all_checks_behind_one_that_fails_are_judged(run: InnerRun) -> None:
    """Each with its line; the call behind them is not made."""
    scenario = run.scenarios()["all that is wrong"]
    assert scenario["status"] == "failed"
    assert scenario["message"].startswith(
        "2 checks failed:\n  line 6, Then the response status is 201\n"
        "    the response status is 200 OK, expected 201\n"
        '  line 8, And the response value at "$.method" is "GET"\n'
        '    The response value at $.method is not "GET"\n      expected:   "GET"\n      found:      "POST"'
    )
    assert statuses(run, "all that is wrong") == [
        "passed", "failed", "passed", "failed", "skipped", "skipped",
    ]  # fmt: skip
    assert len(scenario["calls"]) == 1


def test_rows_are_soft_as_their_outline_is(run: InnerRun) -> None:
    """Each by itself."""
    rows = [each for each in run.summary()["scenarios"] if each["scenario"].startswith("a row")]
    assert sorted(each["status"] for each in rows) == ["failed", "passed"]
    assert next(each for each in rows if each["status"] == "failed")["message"].startswith("2 checks failed:")


def test_one_check_that_fails_is_told_as_ever(run: InnerRun) -> None:
    """Nothing is put around it."""
    message = run.scenarios()["one thing"]["message"]
    assert message.startswith("the response status is 200 OK, expected 201")
    assert statuses(run, "one thing") == ["passed", "failed", "passed"]


def test_what_is_no_check_ends_a_soft_scenario_as_any_other(run: InnerRun) -> None:
    """A call that cannot be made leaves nothing to judge; the reason of a refusal is told once."""
    assert statuses(run, "a call that cannot be made")[1:] == ["skipped"]
    refused = run.scenarios()["refused"]
    assert (refused["status"], refused["cause"]) == ("failed", "no-authorization-header")
    assert statuses(run, "refused") == ["passed", "failed", "failed"]


def test_other_scenarios_end_at_the_first_failure(run: InnerRun) -> None:
    """As they did."""
    assert statuses(run, "not soft") == ["passed", "failed", "skipped"]
