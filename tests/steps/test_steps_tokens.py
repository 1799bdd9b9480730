"""Phrases about access tokens, in a real run against the local tenant."""

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
    [environments.dev.clients.second]
    service-key = "emulator:integration-flow-second.json"
    [environments.dev.clients.absent]
    service-key = "env:NO_SUCH_KEY"
"""

FEATURE = """
    Feature: Tokens

      Scenario: the default token
        Given an access token
        Then the token grants the scope "ESBMessaging.send"
        And the token is valid for at least 60 seconds

      Scenario: the token of a client
        Given an access token for client "second"
        Then the token grants the scope "ESBMessaging.send"

      Scenario: a token request
        When I request an access token for client "default"
        Then the response status is 200
        And the token is valid for at least 60 seconds

      Scenario: a new token request
        When I request a new access token for client "default"
        Then the response status is 200
        And the response header "content-type" contains "application/json"

      Scenario: a refused request
        When I request an access token for client "default" with the secret "wrong | secret = !"
        Then the token request is refused with status 401
        And the response status is 401

      Scenario: a client without credentials here
        Given an access token for client "absent"
        Then the token grants the scope "ESBMessaging.send"

      Scenario: a request for a client without credentials here
        When I request an access token for client "absent"

      Scenario: a client that nobody knows
        Given an access token for client "secnd"

      Scenario: a scope that is not granted
        Given an access token
        Then the token grants the scope "Other.scope"

      Scenario: too short
        Given an access token
        Then the token is valid for at least 99999999 seconds

      Scenario: granted though a refusal was expected
        When I request a new access token for client "default"
        Then the token request is refused with status 401

      Scenario: refused with another status
        When I request an access token for client "default" with the secret "wrong secret"
        Then the token request is refused with status 403

      Scenario: no request at all
        Then the token request is refused with status 401

      Scenario: no token at all
        Then the token grants the scope "ESBMessaging.send"

      Scenario: a refused token is looked at
        When I request an access token for client "default" with the secret "wrong secret"
        Then the token grants the scope "ESBMessaging.send"
"""

OUTCOMES = {
    "the default token": ("passed", ""),
    "the token of a client": ("passed", ""),
    "a token request": ("passed", ""),
    "a new token request": ("passed", ""),
    "a refused request": ("passed", ""),
    "a client without credentials here": ("skipped", 'client "absent" has no credentials for local/dev'),
    "a request for a client without credentials here": (
        "skipped",
        'client "absent" has no credentials for local/dev',
    ),
    "a client that nobody knows": (
        "broken",
        'There is no client "secnd" (local/dev, environments.dev.clients',
    ),
    "a scope that is not granted": (
        "failed",
        'the token does not grant the scope "Other.scope"; it grants: ',
    ),
    "too short": ("failed", "the token is valid for "),
    "granted though a refusal was expected": (
        "failed",
        "the token request was granted, expected a refusal with status 401",
    ),
    "refused with another status": ("failed", "the token request was refused with status 401, expected 403"),
    "no request at all": ("failed", "this scenario made no token request"),
    "no token at all": ("failed", "this scenario has no token yet"),
    "a refused token is looked at": (
        "broken",
        "the token service refused the request with status 401: ",
    ),
}


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """One run of the feature."""
    project = new_project()
    project.write("tenants/local.toml", TENANT)
    project.write("features/tokens.feature", FEATURE)
    return project.run("--tenant=local", "-q")


@pytest.mark.parametrize("title", OUTCOMES)
def test_a_phrase_about_tokens_says_what_is(run: InnerRun, title: str) -> None:
    """It passes, or says what was found; a client that has no key here skips."""
    status, message = OUTCOMES[title]
    scenario = run.scenarios()[title]
    assert (scenario["status"], scenario["message"][: len(message)]) == (status, message), scenario["message"]


def test_no_secret_of_a_request_is_shown(run: InnerRun) -> None:
    """Not even one that was made up for a refusal."""
    assert "wrong secret" not in run.text
    for path, text in run.files().items():
        assert "wrong secret" not in text, path
        assert "eyJ" not in text, path
