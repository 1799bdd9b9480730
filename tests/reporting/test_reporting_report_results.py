"""What is kept of a scenario for its page: of one that passed and of one that did not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_iflow.reporting.report_results import PASSED_CALLS
from pytest_iflow.results.scenario_result import PASSED_ROWS
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: Kept
      Scenario Outline: Row <row>
        Given an access token
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"orderId": "<row>"}
          \"\"\"
        Then the response has these values:
          | $.orderId | is | "<row>" |

        Examples:
          | row |
          %s

      Scenario: Much
        Given the request header "X-Long" is "%s"
        When I send a POST request to the iFlow "/echo" with the body:
          \"\"\"
          %s
          \"\"\"

      Scenario: Rows that do not hold
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"orderId": "Scan"}
          \"\"\"
        Then the response has these values:
          | $.orderId | is | Scann |
          | $.id      | is | 2     |

      Scenario: A message that differs
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"orderId": "Scan"}
          \"\"\"
        Then the response contains:
          \"\"\"
          {"orderId": "Scann", "id": 2}
          \"\"\"

      @soft
      Scenario: Checks that fail softly
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"orderId": "Scan"}
          \"\"\"
        Then the response status is 201
        And the response value at "$.orderId" is "Scann"
"""


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """An outline with more rows than are kept, a scenario with much to keep, and two that fail."""
    project = new_project()
    rows = "\n          ".join(f"| {row} |" for row in range(PASSED_ROWS + 2))
    project.write("features/kept.feature", FEATURE % (rows, "x" * (PASSED_CALLS - 500), "y" * 2_000))
    return project.run("--tenant=local", "-q")


def test_of_an_outline_the_first_rows_are_kept(run: InnerRun) -> None:
    """Their calls, doc strings and tables; of the others the steps."""
    scenarios = run.scenarios()
    kept = [scenarios[f"Row {row}"] for row in range(PASSED_ROWS + 2)]
    assert [bool(each["exchange"]) for each in kept] == [True] * PASSED_ROWS + [False] * 2
    first, last = kept[0]["steps"], kept[-1]["steps"]
    assert first[1]["doc_string"] == '{"orderId": "0"}'
    assert first[2]["table"] == [["$.orderId", "is", '"0"']]
    assert [step["text"] for step in first][:2] == [step["text"] for step in last][:2]
    assert not any("doc_string" in step or "table" in step for step in last)
    assert "/oauth/token" not in kept[0]["exchange"]
    assert kept[0]["exchange"].startswith("POST https://127.0.0.1")


def test_what_is_long_is_cut_and_says_so(run: InnerRun) -> None:
    """Calls all together, and a doc string."""
    much = run.scenarios()["Much"]
    assert much["status"] == "passed"
    assert f"\n… cut here: {PASSED_CALLS:,} of " in much["exchange"]
    assert len(much["exchange"]) < PASSED_CALLS + 100
    assert much["steps"][-1]["doc_string"].endswith("… cut here: 1,000 of 2,000 characters are shown")


def test_what_a_check_expected_and_found_is_kept(run: InnerRun) -> None:
    """Of each row of a table, of each part of a message, and of each check of a soft scenario."""
    scenarios = run.scenarios()
    name = {"place": "response value at $.orderId", "expected": '"Scann"', "found": '"Scan"'}
    assert scenarios["Rows that do not hold"]["differences"] == [
        name,
        {"place": "response value at $.id", "expected": "2", "found": "nothing"},
    ]
    assert scenarios["A message that differs"]["differences"] == [
        {"place": "$.orderId", "expected": 'the text "Scann"', "found": '"Scan"'},
        {"place": "$.id", "expected": "2", "found": "nothing"},
    ]
    status, again = scenarios["Checks that fail softly"]["differences"]
    assert (status["place"], status["expected"], again) == ("response status", "201", name)
