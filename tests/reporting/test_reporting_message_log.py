"""What the tenant knows about a message comes into the report of a failure, from a real run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

TENANT = """
    [environments.dev]
    ca-bundle = "emulator:ca.pem"
    [environments.dev.clients.default]
    service-key = "emulator:integration-flow.json"
    [environments.dev.clients.monitoring]
    service-key = "file:KEY"
    [environments.dev.iflows.orders]
    address = "/orders"
    artifact = "Orders"
"""

FEATURE = """
    Feature: Failures

      Scenario: a log that is not as expected
        When I send a POST request to the iFlow "/errors/uncaught"
        Then the message is completed

      Scenario: a wrong status
        When I send a POST request to the iFlow "/errors/uncaught"
        Then the response status is 200

      Scenario: a step of the suite's own that breaks
        Given the query parameter "seconds" is "0"
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"orderId": "4711"}
          \"\"\"
        Then it breaks

      Scenario: before any call
        Given it breaks

      Scenario: no message
        When I send a POST request to the iFlow "/no/such/address"
        Then the response status is 200

      Scenario: turned away, a moment after another call of the iFlow
        When I call the iFlow "/errors/uncaught" without a token
        Then the response status is 200

      Scenario: not about an iFlow
        When I request a new access token for client "default"
        Then the response status is 201

      Scenario: good
        Given the query parameter "seconds" is "0"
        When I send a POST request to the iFlow "orders" with the body:
          \"\"\"
          {"orderId": "4711"}
          \"\"\"
        Then the message is completed
"""

STEPS = """
    from pytest_iflow.gherkin.vocabulary import step

    @step("it breaks")
    def breaks():
        raise RuntimeError("no oil")
"""


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """The run of all failures."""
    project = new_project()
    project.write("tenants/logs.toml", TENANT.replace("file:KEY", "emulator:api.json"))
    project.write("features/failures.feature", FEATURE)
    project.write("conftest.py", STEPS)
    return project.run("--tenant=logs", "--no-preflight", "features")


@pytest.mark.parametrize(
    ("title", "beginning"),
    [
        ("a log that is not as expected", "message log  AG"),
        ("a wrong status", "message log  AG"),
        ("a step of the suite's own that breaks", "message log  AG"),
        ("before any call", ""),
        ("no message", ""),
        ("turned away, a moment after another call of the iFlow", ""),
        ("not about an iFlow", ""),
        ("good", ""),
    ],
)
def test_a_failure_brings_its_message(run: InnerRun, title: str, beginning: str) -> None:
    """Where there is one, whatever it was that failed."""
    shown = run.scenarios("logs/dev")[title]["message_log"]
    assert shown.startswith(beginning)
    assert bool(shown) == bool(beginning)


def test_it_is_in_the_terminal_and_on_the_page(run: InnerRun) -> None:
    """With the tenant's own error text."""
    error = "java.lang.IllegalStateException: An internal server error occured"
    assert run.out.count("- message log -") == 3
    assert error in run.out
    assert "Message processing log" in run.files()["reports/logs/dev/summary.html"]


def test_the_call_stays_what_the_failure_shows(run: InnerRun) -> None:
    """Not the token request that the first question to the API needed after it."""
    shown = run.scenarios("logs/dev")["a log that is not as expected"]["exchange"]
    assert "/http/errors/uncaught" in shown.partition("\n")[0]


def test_it_is_attached_to_the_step_that_failed(run: InnerRun) -> None:
    """In Allure."""
    step = run.results("logs/dev")["a wrong status"]["steps"][1]
    assert "message log" in [each["name"] for each in step["attachments"]]


def test_what_cannot_be_read_is_said(new_project: Callable[[], InnerProject]) -> None:
    """And the failure stays the one that it is."""
    project = new_project()
    project.write("tenants/broken.json", "{}")
    project.write("tenants/logs.toml", TENANT.replace("KEY", "broken.json"))
    project.write("features/failures.feature", FEATURE)
    project.write("conftest.py", STEPS)
    run = project.run("--tenant=logs", "--no-preflight", "features", "--scenario=a wrong status")
    scenario = run.scenarios("logs/dev")["a wrong status"]
    assert scenario["message"].startswith("the response status is 500")
    assert scenario["message_log"].startswith("it could not be read: ")
