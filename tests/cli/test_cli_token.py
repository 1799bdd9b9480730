"""``pytest-iflow token``, and tokens that are not as they should be, explained."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

import jwt
import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from pytest_iflow.cli.token import explained, token_document
from pytest_iflow.oauth.token import Token
from pytest_iflow.tenants.service_key import Plan, ServiceKey
from tests.emulated_tenant import name_tenant, received
from tests.emulator.emulator_process import Emulator
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

VARIABLES = ("IFLOW_TENANT", "IFLOW_ENVIRONMENT", "IFLOW_SERVICE_KEY", "IFLOW_API_KEY", "FORCE_COLOR")


@pytest.fixture(autouse=True)
def project(
    new_project: Callable[[], InnerProject], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> InnerProject:
    """The folder that the command works in, with the emulator as tenant "acme"."""
    project = new_project()
    monkeypatch.chdir(project.root)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    name_tenant(project, emulator)
    return project


def token(*arguments: str) -> Result:
    """Return what the command says about the tenant acme."""
    return CliRunner().invoke(app, ["token", "--tenant=acme", *arguments])


def test_a_token_is_explained_and_not_shown(emulator: Emulator) -> None:
    """Plan, client, audience, scopes, times and what is left; one request."""
    result = token("--environment=dev")
    assert result.exit_code == 0, result.output
    assert "client       default\nplan         integration-flow: calls iFlows at the runtime" in result.output
    assert f"client id    {emulator.key()['clientid']}\n" in result.output
    assert "(the tenant takes it)" in result.output
    assert "it-rt-local-trial!b117912.ESBMessaging.send\n" in result.output
    assert re.search(r"valid until  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} here, .* UTC\n", result.output)
    assert re.search(r"left +(1 h 00 min 00|0 h 59 min \d\d) s\n", result.output)
    assert "grant_type = client_credentials" in result.output
    assert "token        *** (--show prints it)" in result.output
    assert "eyJ" not in result.output
    assert emulator.key()["clientsecret"] not in result.output
    assert received(emulator) == {"token": 1, "messages": 0}


def test_the_value_is_printed_on_demand(emulator: Emulator) -> None:
    """It is the one that the claims are of."""
    value = token("--show").output.splitlines()[-1].split()[-1]
    assert jwt.decode(value, options={"verify_signature": False})["cid"] == emulator.key()["clientid"]


def test_json_is_for_scripts(emulator: Emulator) -> None:
    """All claims, times as numbers, and the value only where it is asked for."""
    said = json.loads(token("--json", "--client=monitoring").stdout)
    assert (said["environment"], said["client"], said["plan"]) == ("acme/dev", "monitoring", "api")
    assert said["client_id"] == said["claims"]["cid"] == emulator.key("api")["clientid"]
    assert said["valid_until"] - said["issued_at"] == said["claims"]["exp"] - said["claims"]["iat"]
    assert said["seconds_left"] > 0
    assert said["access_token"] == "***"
    shown = json.loads(token("--json", "--show").stdout)["access_token"]
    assert shown.count(".") == 2


def test_a_refused_token_is_explained(project: InnerProject, emulator: Emulator) -> None:
    """Exit code 1, with the diagnosis, and without the secret."""
    name_tenant(project, emulator, default="integration-flow-revoked")
    result = token()
    secret = emulator.key("integration-flow-revoked")["clientsecret"]
    assert (result.exit_code, result.stdout) == (1, "")
    assert "refused the request with status 401" in result.stderr
    assert "bad-credentials" in result.stderr
    assert secret not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--client=nobody",), 'There is no client "nobody"'), (("--environment=moon",), "moon")],
)
def test_what_cannot_be_used_is_a_usage_error(arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, and the remedy."""
    result = token(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "what to do" in result.stderr


def test_help_has_an_example() -> None:
    """As every command's."""
    assert "Example: pytest-iflow token" in " ".join(token("--help").output.split())


CLIENT_ID = "sb-1!b1|it-rt-acme!b2"
SEND = "it-rt-acme!b2.ESBMessaging.send"


def key(client_id: str = CLIENT_ID, plan: Plan = Plan.INTEGRATION_FLOW) -> ServiceKey:
    """Return a key of that client."""
    return ServiceKey(client_id, "s", "https://t.example", "https://rt.example", plan, None, None, "here")


def token_with(claims: dict[str, object] | None, *scopes: str, seconds: float = 3600.0) -> Token:
    """Return a token with these claims; without any it is opaque."""
    value = jwt.encode(claims, "k" * 32, "HS256") if claims is not None else "opaque"
    now = time.time()
    return Token(value, CLIENT_ID, "https://t.example", scopes, now, now + seconds)


@pytest.mark.parametrize(
    ("audience", "said"),
    [
        ("it-rt-acme!b2", "it-rt-acme!b2 (the tenant takes it)"),
        (["uaa", "it-rt-acme!b2.ESBMessaging"], "(the tenant takes it)"),
        (["uaa", CLIENT_ID], f"{CLIENT_ID} (the tenant takes it)"),
        (["uaa", "it!b44075"], "uaa, it!b44075 (it-rt-acme!b2 is not among them: expect a 401)"),
        ([], "audience     not told"),
    ],
)
def test_the_audience_is_compared_with_the_key(audience: object, said: str) -> None:
    """It is the usual reason of a 401."""
    assert said in explained(token_with({"aud": audience}, SEND), key())


def test_a_key_that_names_no_application_wants_no_audience() -> None:
    """Then nothing is said about it."""
    assert "audience     uaa\n" in explained(token_with({"aud": ["uaa"]}), key("sb-1"))


def test_a_token_of_another_client_is_told() -> None:
    """The service did not give what was asked for."""
    assert f"client id    other, and not {CLIENT_ID} of" in explained(token_with({"cid": "other"}), key())


def test_missing_roles_are_told() -> None:
    """A token without the role that most iFlows ask for; of plan api nothing is expected."""
    assert "(without ESBMessaging.send: 403," in explained(token_with({"aud": "uaa"}), key())
    assert "ESBMessaging" not in explained(token_with({"aud": "uaa"}), key(plan=Plan.API))


def test_an_opaque_token_has_no_claims() -> None:
    """What the token service said stands in their place."""
    text = explained(token_with(None, SEND), key())
    assert "none: the token is no JWT" in text
    assert f"scopes       {SEND}" in text
    assert token_document(token_with(None, SEND), key())["claims"] == {}


def test_times_that_cannot_be() -> None:
    """One that has passed, and one that no calendar has."""
    text = explained(token_with({"exp": 10**18}, seconds=-5), key())
    assert "left         nothing" in text
    assert "valid until  1e+18\n" in text
