"""Phrases about message logs, in real runs against the local tenant."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.emulated_tenant import name_tenant, received
from tests.emulator.emulator_process import Emulator
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

TENANT = """
    [environments.dev]
    ca-bundle = "emulator:ca.pem"
    [environments.dev.timeouts]
    log = 20
    [environments.dev.clients.default]
    service-key = "emulator:integration-flow.json"
    [environments.dev.clients.monitoring]
    service-key = "emulator:api.json"
    [environments.dev.iflows.orders]
    address = "/orders"
    artifact = "Orders"
    application-id = true
    [environments.dev.iflows.order-fulfilment]
    address = "/orders/fulfilment"
    artifact = "Order_Fulfilment"

    [environments.blind]
    ca-bundle = "emulator:ca.pem"
    [environments.blind.clients.default]
    service-key = "emulator:integration-flow.json"

    [environments.strict]
    ca-bundle = "emulator:ca.pem"
    require-monitoring = true
    [environments.strict.clients.default]
    service-key = "emulator:integration-flow.json"
"""

FEATURE = """
    Feature: Messages

      Scenario: it is completed
        Given the query parameter "seconds" is "0.2"
        And the request header "SAP_MessageProcessingLogLevel" is "DEBUG"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        Then the message is completed
        And the message status becomes "COMPLETED" within 5 seconds
        And the iFlow "order-fulfilment" processed the message with status "COMPLETED"
        And the message passed through 2 iFlows
        And the message has the custom header "orderId" with "4711"
        And the message has the adapter attribute "Address" with "/http/orders"
        And the message has the attachment "order.json"
        And the attachment "order.json" of the message contains "4711"
        And the message has an entry in the message store "Orders"
        And the message passed the step "ServiceTask_1"

      Scenario: its parts are values
        Given the query parameter "seconds" is "0.2"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        And I remember the id of the message as "id"
        And I remember the custom header "orderId" of the message as "order"
        And I name the last call "order"
        And I send a GET request to the iFlow "/echo"
        Then remembered "order" is 4711
        And remembered "id" equals the id of the message of the call "order"
        And the id of the message does not equal remembered "id"
        And the id of the message of the call "order" matches "[\\w-]{28}"
        And the custom header "orderId" of the message of the call "order" is the text "4711"
        And the custom header "orderId" of the message of the call "order" is between 4000 and 5000
        And the custom header "orderId" of the message of the call "order" is not "4712"
        And the custom header "orderid" of the message of the call "order" does not exist
        And the length of the custom header "orderId" of the message of the call "order" is 4
        And the adapter attribute "Address" of the message of the call "order" starts with "/http"
        And the attachment "order.json" of the message of the call "order" exists
        And the attachment "order.json" of the message of the call "order" matches the schema "order.json"
        And the attachment "order.json" of the message of the call "order" equals:
          '''
          {"orderId": "${text}"}
          '''
        And the response has these values:
          | path                                                            | relation | value |
          | $.method                                                        | is       | GET   |
          | the custom header "orderId" of the message of the call "order"  | is       | 4711  |

      Scenario: a custom header with another value
        Given the query parameter "seconds" is "0"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        Then the custom header "orderId" of the message is greater than 5000

      Scenario: a custom header that is not there
        Given the query parameter "seconds" is "0"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        Then the custom header "orderid" of the message is "4711"

      Scenario: an attachment that should not be there
        Given the query parameter "seconds" is "0"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        Then the attachment "order.json" of the message does not exist

      Scenario: an attachment with another text
        Given the query parameter "seconds" is "0"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        Then the attachment "order.json" of the message contains "4712"

      Scenario: an adapter attribute to remember that is not there
        Given the query parameter "seconds" is "0"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        Then I remember the adapter attribute "Host" of the message as "host"

      Scenario: what waits by itself is not repeated for
        When I send a GET request to the iFlow "/echo"
        And I repeat the last call within 2 seconds until the custom header "a" of the message is "b"

      Scenario: a value of a message of a call without a name
        When I send a GET request to the iFlow "/echo"
        Then the id of the message of the call "order" is "1"

      Scenario: several calls, each by its name
        Given the query parameter "seconds" is "0.2"
        And the request header "SAP_MessageProcessingLogLevel" is "DEBUG"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        And I name the last call "order"
        And I send a POST request to the iFlow "/errors/uncaught"
        And I name the last call 'a "bad" one'
        And I send a GET request to the iFlow "/echo"
        Then the message is completed
        And the message of the call 'a "bad" one' failed with an error containing "Exception"
        And the message of the call "order" is completed
        And the message of the call "order" status becomes "COMPLETED" within 5 seconds
        And the iFlow "order-fulfilment" processed the message of the call "order" with status "COMPLETED"
        And the message of the call "order" passed through 2 iFlows
        And the message of the call "order" has the custom header "orderId" with "4711"
        And the message of the call "order" has the adapter attribute "Address" with "/http/orders"
        And the message of the call "order" has the attachment "order.json"
        And the attachment "order.json" of the message of the call "order" contains "4711"
        And the message of the call "order" has an entry in the message store "Orders"
        And the message of the call "order" passed the step "ServiceTask_1"
        And the response value at "$.method" is "GET"

      Scenario: a named call whose message failed
        When I send a POST request to the iFlow "/errors/uncaught"
        And I name the last call "bad"
        And I send a GET request to the iFlow "/echo"
        Then the message of the call "bad" is completed

      Scenario: a name that no call has
        When I send a GET request to the iFlow "/echo"
        And I name the last call "order"
        Then the message of the call "ordre" is completed

      Scenario: no call to name
        When I name the last call "order"

      Scenario: it has failed as expected
        Given the query parameter "seconds" is "0"
        And the query parameter "outcome" is "FAILED"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        Then the response status is 202
        And the message failed with an error containing "could not be passed on"

      Scenario: it failed behind a 202
        Given the query parameter "seconds" is "0"
        And the query parameter "outcome" is "FAILED"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        Then the message is completed

      Scenario: it still retries
        Given the query parameter "seconds" is "0"
        And the query parameter "outcome" is "RETRY"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        Then the message status becomes "COMPLETED" within 1 second

      Scenario: something else is wrong
        When I send a POST request to the iFlow "/errors/uncaught"
        Then the response status is 200

      Scenario: something is wrong and nothing was asked about the log
        Given the query parameter "seconds" is "0"
        When I send a POST request to the iFlow "orders" with the file "order.json"
        Then the response status is 200

      Scenario: no call of an iFlow
        When I request a new access token for client "default"
        Then the message is completed

      Scenario: no call at all
        Then the message is completed

      Scenario: an address that no iFlow has
        When I send a POST request to the iFlow "/no/such/address"
        Then the message is completed
"""

BLIND = """
    Feature: Without a key of plan api

      Scenario: about the answer
        When I send a GET request to the iFlow "/echo"
        Then the response status is 200

      Scenario: about the message
        When I send a GET request to the iFlow "/echo"
        Then the message is completed

      Scenario: about the message again
        When I send a GET request to the iFlow "/echo"
        Then the message passed through 1 iFlow

      Scenario: a wrong answer
        When I send a GET request to the iFlow "/echo"
        Then the response status is 201
"""

REASON = "message logs and artifacts cannot be read: there is no service key of plan api for logs/blind"


@pytest.fixture(scope="module")
def project_with_orders(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite with a tenant file."""
    project = new_project()
    project.write("tenants/logs.toml", TENANT)
    project.write("features/messages.feature", FEATURE.replace("'''", '"""'))
    project.write("schemas/order.json", '{"required": ["orderId"]}')
    project.write("features/order.json", '{"orderId": "4711"}')
    project.write("blind/blind.feature", BLIND)
    return project


@pytest.fixture(scope="module")
def run(project_with_orders: InnerProject) -> InnerRun:
    """The run of all phrases."""
    return project_with_orders.run("--tenant=logs", "--environment=dev", "--no-preflight", "features")


def test_each_call_is_judged_by_its_name(run: InnerRun) -> None:
    """Every phrase about the message exists for that of a named call; nothing else changes."""
    found = run.scenarios("logs/dev")["several calls, each by its name"]
    assert (found["status"], found["message"]) == ("passed", "")


def test_parts_of_a_message_are_values(run: InnerRun) -> None:
    """With every relation; what fails names place, what is wanted and what was found."""
    found = run.scenarios("logs/dev")
    assert found["its parts are values"]["message"] == ""
    for step in run.results("logs/dev")["its parts are values"]["steps"]:
        attached = [each["name"] for each in step.get("attachments", ())]
        assert ("verdict" in attached) is (
            " of the message" in step["name"] or "these values" in step["name"]
        )
    said = {title: each["message"] for title, each in found.items()}
    assert said["a custom header with another value"].startswith(
        'The custom header "orderId" of the message is not greater than 5000\n'
        '  expected:   greater than 5000\n  found:      "4711"\n  where:      message log AG'
    )
    assert said["a custom header that is not there"].startswith(
        'There is no custom header "orderid" of the message\n  expected:   "4711"\n  found:      nothing\n'
        '  nearest:    the message has: "orderId" with "4711"'
    )
    assert said["an attachment that should not be there"].startswith(
        'There is an attachment "order.json" of the message\n  expected:   nothing'
    )
    assert (
        '\n  expected:   contains "4712"\n  found:      "{\\"orderId\\": \\"4711\\"}"'
        in said["an attachment with another text"]
    )
    assert (
        'There is no adapter attribute "Host" of the message'
        in said["an adapter attribute to remember that is not there"]
    )
    for title, words in (
        ("what waits by itself is not repeated for", "what a message log gets is waited for by itself"),
        ("a value of a message of a call without a name", 'no call before this step is named "order"'),
    ):
        assert (found[title]["status"], found[title]["calls"]) == ("broken", [])
        assert words in said[title]


def test_a_failure_shows_the_log_of_the_call_that_was_judged(run: InnerRun) -> None:
    """Not of the last call, which is completed; request and answer are those of the judged one, too."""
    failed = run.scenarios("logs/dev")["a named call whose message failed"]
    assert failed["status"] == "failed"
    assert failed["message"].startswith("the message failed, expected COMPLETED")
    assert "Uncaught" in failed["message_log"]
    assert "Echo" not in failed["message_log"]
    assert "/http/errors/uncaught" in failed["exchange"].partition("\n")[0]


def test_a_name_that_no_call_has_is_found_before_anything_is_sent(run: InnerRun) -> None:
    """With the names that are there; a call that there is not has none."""
    unknown = run.scenarios("logs/dev")["a name that no call has"]
    assert (unknown["status"], unknown["calls"]) == ("broken", [])
    assert unknown["message"].startswith(
        'no call before this step is named "ordre": the names are: order\n  where:      features/messages'
    )
    assert 'name the call behind its step: And I name the last call "ordre"' in unknown["message"]
    nothing = run.scenarios("logs/dev")["no call to name"]["message"]
    assert nothing.startswith("no call was made yet in this scenario")


@pytest.fixture(scope="module")
def blind_run(project_with_orders: InnerProject) -> InnerRun:
    """The run without a key of plan api."""
    return project_with_orders.run("--tenant=logs", "--environment=blind", "--no-preflight", "blind")


@pytest.mark.parametrize(
    ("title", "status"),
    [
        ("it is completed", "passed"),
        ("it has failed as expected", "passed"),
        ("it failed behind a 202", "failed"),
        ("it still retries", "failed"),
        ("something else is wrong", "failed"),
        ("no call of an iFlow", "failed"),
        ("no call at all", "failed"),
        ("an address that no iFlow has", "failed"),
    ],
)
def test_the_verdict(run: InnerRun, title: str, status: str) -> None:
    """By the message log, not by the answer."""
    assert run.statuses("logs/dev")[title] == status


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("it failed behind a 202", "com.example.orders.OrderException: The order could not be passed on."),
        ("it still retries", "the message is still retrying after "),
        ("no call of an iFlow", "the last exchange of this scenario was no call of an iFlow"),
        ("no call at all", "no call was made yet in this scenario"),
        ("an address that no iFlow has", "nothing tells which message log belongs to the call"),
    ],
)
def test_what_was_wrong_is_in_terminal_and_allure(run: InnerRun, title: str, words: str) -> None:
    """In the tenant's words, where it has some."""
    assert words in run.scenarios("logs/dev")[title]["message"]
    assert f"E   {words}" in run.text
    assert words in run.results("logs/dev")[title]["statusDetails"]["message"]


def test_the_message_comes_into_the_report_by_itself(run: InnerRun) -> None:
    """Also where a step failed that asked about the answer, and for an answer with status 2xx.

    Where nobody waits for the end of a message, it may still be under way.
    """
    for title, status in (
        ("it failed behind a 202", "FAILED"),
        ("something else is wrong", "FAILED"),
        ("something is wrong and nothing was asked about the log", "COMPLETED|PROCESSING"),
    ):
        shown = run.scenarios("logs/dev")[title]["message_log"]
        assert shown.startswith("message log  AG")
        assert re.search(rf"\nstatus       (?:{status})\n", shown)
        assert "- message log -" in run.out
        failed = [step for step in run.results("logs/dev")[title]["steps"] if step["status"] == "failed"]
        assert "message log" in [each["name"] for each in failed[0]["attachments"]]
    assert run.scenarios("logs/dev")["it is completed"]["message_log"] == ""


def test_how_the_log_was_found_is_in_the_evidence(run: InnerRun) -> None:
    """And how sure that is, for a scenario that passed, too."""
    folder = run.root / "reports/logs/dev/allure-results"
    verdicts = {
        step["name"]: (folder / each["source"]).read_text(encoding="utf-8")
        for step in run.results("logs/dev")["it is completed"]["steps"]
        for each in step.get("attachments", ())
        if each["name"] == "verdict"
    }
    assert len(verdicts) == 10  # each phrase about the message
    for verdict in verdicts.values():
        assert verdict.startswith("COMPLETED: message log AG")
        assert "(certain: named by the header of the answer) after" in verdict
    assert "\n+- Order_Fulfilment  COMPLETED" in verdicts["And the message passed through 2 iFlows"]
    with_header = verdicts['And the message has the custom header "orderId" with "4711"']
    assert with_header.endswith('\ncustom header "orderId" with "4711"')


def test_the_questions_are_no_exchanges_of_the_scenario(run: InnerRun) -> None:
    """The last exchange is the call, and the looks at the log do not fill the report."""
    assert "/http/orders" in run.scenarios("logs/dev")["it still retries"]["exchange"]
    assert "MessageProcessingLogs" not in "".join(run.files().values())


def test_without_a_key_the_scenario_is_skipped_with_the_reason(blind_run: InnerRun) -> None:
    """And counted by it; all else works."""
    assert blind_run.statuses("logs/blind") == {
        "about the answer": "passed",
        "about the message": "skipped",
        "about the message again": "skipped",
        "a wrong answer": "failed",
    }
    assert blind_run.summary("logs/blind")["skip_reasons"] == {REASON: 2}
    assert f"({REASON})" in blind_run.out


def test_where_monitoring_is_required_it_fails(project_with_orders: InnerProject) -> None:
    """A sign-off cannot do without."""
    run = project_with_orders.run(
        "--tenant=logs", "--environment=strict", "--no-preflight", "blind", "--scenario=about the message"
    )
    assert set(run.statuses("logs/strict").values()) == {"failed"}
    assert "there is no service key of plan api for logs/strict" in run.out


SIDE_BY_SIDE = """
    Feature: Orders
      Scenario Outline: order <number>
        Given the query parameter "seconds" is "0"
        And the query parameter "outcome" is "<outcome>"
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"orderId": "<number>"}
          \"\"\"
        Then the message is completed

        Examples:
          | number | outcome |
"""


def test_scenarios_side_by_side_wait_for_their_logs_together(
    project: InnerProject, emulator: Emulator
) -> None:
    """Few requests, by the emulator's own count; each is judged by its own log and shows no other one."""
    rows = "".join(
        f"          | {number} | {'FAILED' if number % 20 == 0 else 'COMPLETED'} |\n" for number in range(60)
    )
    orders = '[environments.dev.iflows.orders]\naddress = "/orders"\nartifact = "Orders"\n'
    name_tenant(project, emulator, iflows=orders)
    project.write("features/orders.feature", SIDE_BY_SIDE + rows)
    emulator.set_faults({"log_delay": 1.0})
    run = project.run("--tenant=acme", "--environment=dev", "--no-preflight", "--parallel=16")
    scenarios = run.scenarios("acme/dev")
    assert {name for name, each in scenarios.items() if each["status"] == "failed"} == {
        name for name in scenarios if int(name.split()[1].rstrip("]")) % 20 == 0
    }
    assert len(scenarios) == 60
    folder = project.root / "reports/acme/dev/allure-results"
    logs = [
        (folder / each["source"]).read_text(encoding="utf-8").split()[3]
        for result in run.results("acme/dev").values()
        for step in result["steps"]
        for each in step.get("attachments", ())
        if each["name"] == "verdict"
    ]
    assert len(logs) == len(set(logs)) == 57
    assert received(emulator)["api"] < 60
