"""What a call does for the steps ahead that ask about its message: lost answers, logs found by time."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

TENANT = """
    [environments.dev]
    ca-bundle = "emulator:ca.pem"
    [environments.dev.timeouts]
    log = 4
    [environments.dev.clients.default]
    service-key = "emulator:integration-flow.json"
    [environments.dev.clients.monitoring]
    service-key = "emulator:api.json"
    [environments.dev.iflows.orders]
    address = "/orders"
    artifact = "Orders"
    application-id = true
    [environments.dev.iflows.by-time]
    address = "/orders"
    artifact = "Orders"
    [environments.dev.iflows.echo-by-time]
    address = "/echo"
    artifact = "Echo"
    [environments.dev.emulator]
    profile = "2026"
"""

CALL = """
        Given the query parameter "seconds" is "0"
        When I send a POST request to the iFlow "{iflow}" with the body:
          '''
          {{"orderId": "4711"}}
          '''"""

NOTHING = 'Given the query parameter "a" is "b"'


def scenario(title: str, iflow: str, *steps: str, before: str = NOTHING) -> str:
    """Return a scenario that places an order and goes on with ``steps``."""
    lines = "".join(f"\n        {step}" for step in steps)
    return f"\n      Scenario: {title}\n        {before}{CALL.format(iflow=iflow)}{lines}\n"


DONE = "Then the message is completed"
FAILS = 'Given the query parameter "outcome" is "FAILED"'
OWN_ID = 'Given the request header "SAP_ApplicationID" is "order-{}"'

NAMED = 'When I name the last call "order"'
LATER = 'Then the message of the call "order" is completed'
ECHO = 'When I request a new access token for client "default"'

LOST = "Feature: Lost answers\n" + "".join(
    (
        scenario("about the message", "orders", DONE),
        scenario("about the message with an id of the feature", "by-time", DONE, before=OWN_ID.format(1)),
        scenario(
            "about its failure",
            "orders",
            'Then the message failed with an error containing "passed on"',
            before=FAILS,
        ),
        scenario("about a message that failed", "orders", DONE, before=FAILS),
        scenario("about both", "orders", DONE, "And the response status is 202"),
        scenario("about the answer first", "orders", "Then the response status is 202", DONE),
        scenario("about the answer", "orders", 'Then the response body contains "orderId"'),
        scenario("about nothing", "orders"),
        scenario("about the next call", "orders", 'When I send a GET request to the iFlow "/echo"', DONE),
        scenario("without an id", "by-time", DONE),
        scenario(
            "named, and asked about later", "orders", NAMED, ECHO, "And the response status is 200", LATER
        ),
        scenario("named, and never asked about", "orders", NAMED, ECHO, DONE),
        scenario("named anew before it is asked about", "orders", NAMED, ECHO, NAMED, LATER),
        scenario("about the message in words of its own", "orders", "Then my own step looks at the message"),
    )
)

AGAIN = 'When I send a POST request to the iFlow "echo-by-time"'

SILENT = (
    "Feature: By time\n"
    + "".join(scenario(f"judged {number}", "by-time", DONE) for number in range(2))
    + "".join(
        scenario(f"unasked {number}", "by-time", "Then the response status is 202") for number in range(2)
    )
    + "".join(scenario(f"one id {number}", "by-time", DONE, before=OWN_ID.format("x")) for number in range(2))
    + "".join(
        scenario(f"own step {number}", "by-time", "Then my own step looks at the message")
        for number in range(2)
    )
    + scenario("named, then another call", "echo-by-time", NAMED, AGAIN, LATER)
)

OWN_STEP = """
    from pytest_iflow.gherkin.vocabulary import then
    from pytest_iflow.monitoring.verdict import expect_status

    @then("my own step looks at the message")
    def looks(conversation):
        expect_status(conversation.message, "COMPLETED", 4)
"""


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite for a tenant that names no message log."""
    project = new_project()
    for name, fault in (("silent", ""), ("after", "reset_after"), ("before", "reset_before")):
        faults = f'    [environments.dev.emulator.faults]\n    "runtime.{fault}" = 1\n' if fault else ""
        project.write(f"tenants/{name}.toml", TENANT + faults)
    project.write("lost/lost.feature", LOST.replace("'''", '"""'))
    project.write("silent/silent.feature", SILENT.replace("'''", '"""'))
    project.write("steps/own.py", OWN_STEP)
    return project


@pytest.fixture(scope="module")
def lost(suite: InnerProject) -> InnerRun:
    """The run in which each message is processed and no answer arrives."""
    return suite.run("--tenant=after", "--no-preflight", "lost")


def test_a_message_without_an_answer_is_judged_by_its_log(lost: InnerRun) -> None:
    """Where an application id identifies it, of the product or of the feature."""
    found = lost.statuses("after/dev")
    assert found["about the message"] == "passed"
    assert found["about the message with an id of the feature"] == "passed"
    assert found["about its failure"] == "passed"
    assert found["named, and asked about later"] == "passed"
    assert found["about a message that failed"] == "failed"
    failed = lost.scenarios("after/dev")["about a message that failed"]["message"]
    assert failed.startswith("the message failed, expected COMPLETED")


@pytest.mark.parametrize(
    ("title", "step"),
    [
        ("about both", "the response status is 202"),
        ("about the answer first", "the response status is 202"),
        ("about the answer", 'I send a POST request to the iFlow "orders" with the body:'),
        ("about nothing", 'I send a POST request to the iFlow "orders" with the body:'),
        ("about the next call", 'I send a POST request to the iFlow "orders" with the body:'),
        ("named, and never asked about", 'I send a POST request to the iFlow "orders" with the body:'),
        ("named anew before it is asked about", 'I send a POST request to the iFlow "orders" with the body:'),
        ("without an id", 'I send a POST request to the iFlow "by-time" with the body:'),
        (
            "about the message in words of its own",
            'I send a POST request to the iFlow "orders" with the body:',
        ),
    ],
)
def test_whatever_needs_the_answer_fails_with_what_broke_it(lost: InnerRun, title: str, step: str) -> None:
    """And so does a scenario that would end without a look at answer or message."""
    told = lost.scenarios("after/dev")[title]
    assert told["status"] == "broken"
    assert [each["text"] for each in told["steps"] if each["status"] == "failed"] == [step]
    assert "broke the connection before the answer was complete" in told["message"]


def test_a_lost_answer_stands_in_the_evidence(lost: InnerRun) -> None:
    """Of a scenario that passed, too."""
    steps = lost.results("after/dev")["about the message"]["steps"]
    assert "no answer" in [each["name"] for each in steps[2].get("attachments", ())]


def test_a_message_that_never_arrived_is_not_found(suite: InnerProject) -> None:
    """The failure tells of the answer that broke off; nothing is green."""
    run = suite.run("--tenant=before", "--no-preflight", "lost", "--scenario=about the message")
    scenarios = run.scenarios("before/dev")
    assert scenarios["about the message"]["status"] == "failed"
    message = scenarios["about the message"]["message"]
    assert message.startswith(
        "no message log was found after 4 s, looked for by the application id pytest-iflow-"
    )
    assert "not answered: 127.0.0.1:" in message
    assert "broke the connection" in message
    assert "passed" not in run.statuses("before/dev").values()


def test_calls_keep_the_distance_that_tells_their_logs_apart(suite: InnerProject) -> None:
    """All are green; who asks about no message does not wait; what makes it fast is said once, at the top."""
    run = suite.run("--tenant=silent", "--no-preflight", "silent")
    scenarios = run.scenarios("silent/dev")
    assert {each["status"] for each in scenarios.values()} == {"passed"}
    took = {title: each["steps"][2]["seconds"] for title, each in scenarios.items()}
    assert all(took[f"unasked {number}"] < 0.9 for number in range(2))
    assert all(took[title] < 4 for title in took)
    first, advice = run.out.find("judged 0"), run.out.find("application-id = true")
    assert 0 < advice < first
    assert run.out.count("application-id = true") == 1
    assert re.search(r'\niflow: the answers of silent/dev name no .* for the iFlow "by-time"', run.out)


def test_workers_that_call_one_iflow_guess_nothing(suite: InnerProject) -> None:
    """What is ambiguous says the remedy, and the advice reaches the controller."""
    run = suite.run("--tenant=silent", "--no-preflight", "silent", "-n2", "--scenario=judged")
    found = run.scenarios("silent/dev").values()
    assert all(
        each["status"] == "passed"
        or ("message logs fit the call" in each["message"] and "application-id = true" in each["message"])
        for each in found
    )
    assert "\niflow: the answers of silent/dev name no message log" in run.out
