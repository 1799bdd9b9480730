"""Names of calls that later steps speak of: what is known of them before anything is sent."""

from __future__ import annotations

from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: Names of calls

      Background:
        When I send a GET request to the iFlow "/echo"
        And I name the last call "first"

      Scenario: named before
        Then the message of the call "first" is completed

      Scenario: a typing error
        Then the message of the call "frist" is completed
        And the attachment "a" of the message of the call "other" contains "b"

      Scenario: named too late
        When I send a GET request to the iFlow "/echo"
        Then the message of the call "second" is completed
        When I name the last call "second"

      Scenario Outline: named by a column
        When I name the last call "<name>"
        Then the message of the call "any" is completed

        Examples:
          | name |
          | any  |

      Scenario: named by a variable
        Given I remember the text "x" as "x"
        When I name the last call "order ${x}"
        Then the message of the call "order x" is completed

      Scenario: named by a step of the suite
        When I call and name it
        Then the message of the call "mine" is completed
"""
OWN_STEP = """
    from pytest_iflow.gherkin.vocabulary import when

    @when("I call and name it")
    def calls(conversation, iflow_caller):
        conversation.send(iflow_caller, "GET", "/echo", b"")
        conversation.name_last_call("mine")
"""


def test_a_name_that_no_call_has_breaks_the_scenario(project: InnerProject) -> None:
    """What a column, a variable or a step of the suite may name is left to the run, and found there."""
    project.write("features/names.feature", FEATURE)
    project.write("steps/own.py", OWN_STEP)
    run = project.run("--tenant=local")
    found = run.statuses()
    assert {title for title, status in found.items() if status == "broken"} == {
        "a typing error",
        "named too late",
    }
    assert {status for status in found.values() if status != "broken"} == {"passed"}
    assert "2 scenarios cannot run, and nothing is sent for them:" in run.out
    message = run.scenarios()["a typing error"]["message"]
    assert 'no call before this step is named "frist": the names are: first' in message
    assert 'no call before this step is named "other": the names are: first' in message
