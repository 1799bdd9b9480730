"""Why a call was refused: the phrase, and the block that a failed step shows in terminal and Allure."""

from __future__ import annotations

import json
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
    service-key = "emulator:api.json"
    [environments.dev.clients.revoked]
    service-key = "emulator:integration-flow-revoked.json"
    auth = "post"
"""

FEATURE = """
    Feature: Diagnosis

      Scenario: the right cause
        When I call the iFlow "/echo" without a token
        Then the call is refused because "no-authorization-header"

      Scenario: the cause of a token request
        When I request an access token for client "default" with the secret "wrong secret"
        Then the call is refused because "bad-credentials"

      Scenario: another cause
        When I call the iFlow "/echo" with the token of client "monitoring"
        Then the call is refused because "token-expired"

      Scenario: a cause that is only possible
        When I send a POST request to the iFlow "/no/such/flow"
        Then the call is refused because "wrong-case-in-address"

      Scenario: no known cause
        When I send a POST request to the iFlow "/status?code=418"
        Then the call is refused because "wrong-audience"

      Scenario: a cause that does not exist
        When I call the iFlow "/echo" without a token
        Then the call is refused because "wrong-audiense"

      Scenario: a cause like no other
        When I call the iFlow "/echo" without a token
        Then the call is refused because "xyzxyzxyz"

      Scenario: not refused at all
        When I send a POST request to the iFlow "/echo" with the body:
          \"\"\"
          hello
          \"\"\"
        Then the call is refused because "wrong-audience"

      Scenario: another status
        When I call the iFlow "/echo" with the token of client "monitoring"
        Then the response status is 200

      Scenario: another content
        When I send a POST request to the iFlow "/echo" with the body:
          \"\"\"
          hello
          \"\"\"
        Then the response body contains "good bye"

      Scenario: no token
        Given an access token for client "revoked"
        When I send a POST request to the iFlow "/echo"

      Scenario: still no token
        Given an access token for client "revoked"

      Scenario: a step of the suite
        When I call the iFlow "/echo" without a token
        Then the suite expects 200
"""

STEPS = """
    from pytest_iflow.gherkin.vocabulary import then

    @then("the suite expects {int}")
    def expects(status, conversation):
        assert conversation.exchange.response.status == status
"""

OUTCOMES = {
    "the right cause": ("passed", ""),
    "the cause of a token request": ("passed", ""),
    "another cause": (
        "failed",
        'the call was not refused because "token-expired"; found: wrong-audience (certain)',
    ),
    "a cause that is only possible": (
        "failed",
        'the call was not refused because "wrong-case-in-address"; found: flow-not-deployed (possible), ',
    ),
    "no known cause": (
        "failed",
        'the call was not refused because "wrong-audience"; found: no known cause',
    ),
    "a cause that does not exist": ("broken", 'there is no cause "wrong-audiense"\n  where:      features/'),
    "a cause like no other": ("broken", 'there is no cause "xyzxyzxyz"\n  where:      features/'),
    "not refused at all": (
        "failed",
        'the call was not refused: the response status is 200 OK, expected "wrong-audience"',
    ),
    "another status": ("failed", "the response status is 401 Unauthorized, expected 200"),
    "another content": ("failed", 'The response body does not contain "good bye"'),
    "no token": ("broken", "the token service refused the request with status 401: Bad credentials"),
    "still no token": ("broken", "the token service refused the request with status 401: Bad credentials"),
    "a step of the suite": ("failed", "AssertionError: assert 401 == 200"),
}

BLOCKS = {
    "another cause": "wrong-audience",
    "another status": "wrong-audience",
    "a cause that is only possible": "flow-not-deployed",
    "no token": "bad-credentials",
    "still no token": "bad-credentials",
    "a step of the suite": "no-authorization-header",
}
"""The scenarios that show a block, with the cause that it names first."""


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """Every scenario, run once."""
    project = new_project()
    project.write("tenants/local.toml", TENANT)
    project.write("features/diagnosis.feature", FEATURE)
    project.write("conftest.py", STEPS)
    return project.run("--tenant=local", "-v")


@pytest.mark.parametrize("title", OUTCOMES)
def test_outcome(run: InnerRun, title: str) -> None:
    """A failure names what was found instead."""
    status, message = OUTCOMES[title]
    scenario = run.scenarios()[title]
    assert scenario["status"] == status
    assert scenario["message"].startswith(message)


def _terminal(run: InnerRun, title: str) -> str:
    """Return what the terminal shows of a scenario that failed."""
    shown = run.out.partition(f" {title} ___")[2]
    return shown.partition("\n____")[0]


@pytest.mark.parametrize("title", [title for title in OUTCOMES if OUTCOMES[title][0] != "passed"])
def test_block_in_the_terminal(run: InnerRun, title: str) -> None:
    """Once, where a call was refused; never where only a content is wrong."""
    shown = _terminal(run, title)
    assert title == "a step of the suite" or OUTCOMES[title][1].splitlines()[0] in shown
    if title in BLOCKS:
        assert shown.count("what happened  POST https://127.0.0.1:") == 1
        first = shown.partition("why            ")[2]
        assert first.partition(": ")[2].startswith(f"{BLOCKS[title]}.")
        assert "what to do     " in shown


@pytest.mark.parametrize("title", ["another content", "not refused at all", "no known cause"])
def test_no_block_where_nothing_was_refused(run: InnerRun, title: str) -> None:
    """A wrong content has no cause in the table, and neither has the status of a flow's own."""
    assert "what happened" not in _terminal(run, title)
    assert "what happened" not in json.dumps(run.results()[title])


@pytest.mark.parametrize("title", BLOCKS)
def test_block_in_allure(run: InnerRun, title: str) -> None:
    """With the scenario and with the step that failed."""
    result = run.results()[title]
    failed = next(step for step in result["steps"] if step["status"] in {"failed", "broken"})
    for details in (result["statusDetails"], failed["statusDetails"]):
        assert BLOCKS[title] in details["message"]
        assert details["message"].count("what happened  POST") == 1


def test_cause_in_the_summary(run: InnerRun) -> None:
    """Its id, where a call was refused and the scenario failed; each iFlow that was called, once."""
    causes = {title: each["cause"] for title, each in run.scenarios().items() if each["cause"]}
    assert causes == BLOCKS
    assert run.scenarios()["a cause that is only possible"]["iflows"] == ["/no/such/flow"]
    assert run.scenarios()["another content"]["iflows"] == ["Echo"], "known by the list of endpoints"
    assert run.scenarios()["no token"]["iflows"] == []


def test_no_secret_in_terminal_and_reports(run: InnerRun) -> None:
    """The token that was refused is in none of them."""
    assert "eyJ" not in run.text
    assert [name for name, text in run.files().items() if "eyJ" in text] == []


def test_once_in_ci(new_project: Callable[[], InnerProject]) -> None:
    """Where pytest's short summary holds whole messages: the error in it, the block only above."""
    project = new_project()
    project.write("tenants/local.toml", TENANT)
    project.write("features/diagnosis.feature", FEATURE)
    project.write("conftest.py", STEPS)
    in_ci = project.run("--tenant=local", "-k", "suite", CI="true")
    assert in_ci.text.count("what happened  POST https://127.0.0.1:") == 1
    assert "- AssertionError: assert 401 == 200" in in_ci.text.partition("short test summary")[2]
