"""Phrases that repeat the last call until something is so, in real runs against a flow that takes a while."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_iflow.steps.polling import read_condition

from pytest_iflow.errors import ConfigurationError
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FLOW = '''
    """/progress is DONE when it is asked for the third time, by the parameter "order"."""
    import json
    from collections import Counter

    from pytest_iflow.emulator.flows.message import Reply

    ASKED = Counter()


    def progress(message, surroundings):
        order = message.query["order"]
        ASKED[order] += 1
        if order == "mute" and ASKED[order] < 3:
            return Reply(b"", "text/plain", 202)
        state = {"status": "DONE" if ASKED[order] >= 3 else "OPEN", "asked": ASKED[order]}
        return Reply(json.dumps(state | {"method": message.method}).encode(), "application/json")
    '''

FEATURE = """
    Feature: Polling

      Scenario: until it is done
        Given the query parameter "order" is "one"
        And the request header "X-Order" is "4711"
        When I send a GET request to the iFlow "/progress"
        And I repeat the last call within 20 seconds until the response value at "$.status" is "DONE"
        Then the response value at "$.asked" is 3
        And the response status is 200

      Scenario: an answer that is no JSON yet
        Given the query parameter "order" is "mute"
        When I send a GET request to the iFlow "/progress"
        And I repeat the last call within 20 seconds until the response value at "$.status" is "DONE"
        Then the message is completed

      Scenario: what is so at once is not repeated
        Given the query parameter "order" is "once"
        When I send a GET request to the iFlow "/progress"
        And I repeat the last call within 20 seconds until the response status is a success
        Then the response value at "$.asked" is 1

      Scenario: a POST that may be processed again
        Given the query parameter "order" is "post"
        When I send a POST request to the iFlow "/progress"
        And I repeat the last call within 9.5 seconds, although it may be processed again, until the response value at "$.asked" is at least 2
        Then the response value at "$.method" is "POST"
        And the response value at "$.asked" is 2

      Scenario: it never is
        Given the query parameter "order" is "never"
        When I send a GET request to the iFlow "/progress"
        And I repeat the last call within 0.3 seconds until the response value at "$.status" is "GONE"

      Scenario: a POST
        Given the query parameter "order" is "refused"
        When I send a POST request to the iFlow "/progress"
        And I repeat the last call within 5 seconds until the response value at "$.status" is "DONE"

      Scenario: nothing was called
        When I repeat the last call within 5 seconds until the response value at "$.status" is "DONE"

      Scenario: a token was asked for
        When I request a new access token for client "default"
        And I repeat the last call within 5 seconds until the response status is 201

      Scenario: nothing that can be waited for
        Given the query parameter "order" is "none"
        When I send a GET request to the iFlow "/progress"
        And I repeat the last call within 5 seconds until the sun shines

      Scenario: a path that is none
        Given the query parameter "order" is "path"
        When I send a GET request to the iFlow "/progress"
        And I repeat the last call within 5 seconds until the response value at "$.[" is "DONE"

      Scenario: until a schema fits
        Given the query parameter "order" is "schema"
        When I send a GET request to the iFlow "/progress"
        And I repeat the last call within 20 seconds until the response matches the schema "done.schema.json"

      Scenario: a schema that is not there
        Given the query parameter "order" is "no schema"
        When I send a GET request to the iFlow "/progress"
        And I repeat the last call within 20 seconds until the response matches the schema "none.schema.json"
"""  # noqa: E501, a step is a line
PASS = (
    "until it is done",
    "an answer that is no JSON yet",
    "what is so at once is not repeated",
    "a POST that may be processed again",
    "until a schema fits",
)


@pytest.fixture(scope="module", params=["in turn", "side by side"])
def run(request: pytest.FixtureRequest, new_project: Callable[[], InnerProject]) -> InnerRun:
    """The run of all of them."""
    project = new_project()
    project.write("features/polling.feature", FEATURE)
    project.write("schemas/done.schema.json", '{"properties": {"status": {"const": "DONE"}}}')
    project.write("tenants/local-flows/progress.py", FLOW)
    project.write(
        "tenants/local-flows/progress.toml",
        'artifact = "Progress_Of_Orders"\naddress = "/progress"\nfunction = "progress:progress"\n',
    )
    return project.run("--tenant=local", *(["--parallel=8"] if request.param == "side by side" else []))


def test_a_call_is_repeated_until_something_is_so(run: InnerRun) -> None:
    """The last answer is the one that is judged afterwards."""
    found = run.scenarios()
    assert {title: found[title]["message"] for title in PASS} == dict.fromkeys(PASS, "")


def test_each_repetition_is_in_the_evidence(run: InnerRun) -> None:
    """And one line says how many there were."""
    steps = run.results()["until it is done"]["steps"]
    (repeated,) = (step for step in steps if "I repeat" in step["name"])
    names = [each["name"] for each in repeated["attachments"]]
    assert [name for name in names if name.startswith("GET ")] == [names[0]] * 2
    assert names.count("repeated call") == 1
    assert any(
        "2 times in " in text and "until the response value at" in text for text in run.files().values()
    )


def test_what_never_is_so_says_what_was_found_last_and_how_often_it_was_asked(run: InnerRun) -> None:
    """It is the failure of the check itself, with a line more."""
    failed = run.scenarios()["it never is"]
    assert failed["status"] == "failed"
    repeated = len(failed["calls"]) - 1  # twice, or once on a machine that is busy
    assert failed["message"] == (
        'The response value at $.status is not "GONE"\n'
        '  expected:   "GONE"\n'
        f'  found:      "{"DONE" if repeated > 1 else "OPEN"}"\n'
        f"  repeated:   {f'{repeated} times' if repeated > 1 else 'once'} within 0.3 s, "
        'until the response value at "$.status" is "GONE"'
    )


def test_a_post_is_not_repeated_unasked(run: InnerRun) -> None:
    """The reason is said, and the words that allow it; it was sent once."""
    failed = run.scenarios()["a POST"]
    assert failed["status"] == "failed"
    assert failed["message"].startswith(
        "a POST request is not repeated: the iFlow may process its message each time\n"
    )
    assert "within 5 seconds, although it may be processed again, until" in failed["message"]
    assert len(failed["calls"]) == 1


def test_what_is_no_call_is_not_repeated(run: InnerRun) -> None:
    """Nothing, and a request for a token."""
    found = run.scenarios()
    assert found["nothing was called"]["message"].startswith("no call was made yet in this scenario")
    assert found["a token was asked for"]["message"].startswith(
        "the last exchange of this scenario was no call of an iFlow, and is not repeated"
    )


def test_what_cannot_be_waited_for_is_found_before_anything_is_sent(run: InnerRun) -> None:
    """Words that are no check, and a check that cannot be read."""
    found = run.scenarios()
    for title in ("nothing that can be waited for", "a path that is none", "a schema that is not there"):
        assert (found[title]["status"], found[title]["calls"]) == ("broken", [])
    assert (
        "the sun shines is nothing that can be waited for"
        in found["nothing that can be waited for"]["message"]
    )
    assert "3 scenarios cannot run, and nothing is sent for them:" in run.out


@pytest.mark.parametrize(
    "text",
    [
        'the response value at "$.status" is "DONE"',
        "the response status is a success",
        'the response has at least 2 values at "$.items"',
        'every response value at "$.items[*].state" is one of "A", "B"',
        'the response header "X-State" does not exist',
        'the response values at "$.items" are "1", "2" in any order',
        'the response body contains "done"',
        'the response matches the schema "a.json"',
    ],
)
def test_checks_of_the_response_can_be_waited_for(text: str) -> None:
    """Those that stand in one line and need nothing but the response, and schemas."""
    assert read_condition(text).written == text


@pytest.mark.parametrize(
    "text",
    [
        "the response contains:",
        'I remember the response body as "x"',
        "the message is completed",
        'I send a GET request to the iFlow "/echo"',
        "",
    ],
)
def test_other_steps_cannot_be_waited_for(text: str) -> None:
    """What needs more than the response, and what is no check."""
    with pytest.raises(ConfigurationError, match="is nothing that can be waited for"):
        read_condition(text)


def test_what_is_misspelt_is_told_with_the_closest_check() -> None:
    """As any step is."""
    with pytest.raises(ConfigurationError) as caught:
        read_condition('the response value at "$.a" is biger than 5')
    assert "such as: the response value at {string} is greater than {n} (" in str(caught.value.remedy)
