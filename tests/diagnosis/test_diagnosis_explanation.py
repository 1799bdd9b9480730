"""The block of text that a failure shows."""

from __future__ import annotations

from collections.abc import Callable

from pytest_iflow.diagnosis.explanation import explain
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.errors import CallError
from pytest_iflow.oauth.request import basic
from pytest_iflow.secrets.registry import register_basic
from tests.diagnosis.refusing import RefusingTenant, Sender, service_key, token_of
from tests.loopback_server import Reply

INVALID = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


def test_block_says_what_happened_why_what_to_do_and_what_shows_it(tenant: RefusingTenant) -> None:
    """In this order, each with its label."""
    exchange = tenant.runtime.call(tenant.token("api"), "/http/echo?a=b")
    lines = explain(Facts(exchange, key=tenant.key())).splitlines()
    assert lines[0] == f"what happened  POST {tenant.runtime.url}/http/echo: 401 Unauthorized"
    assert lines[1].startswith("why            certain: wrong-audience. The token is for the API")
    assert lines[2] == "what to do     Use a key of plan integration-flow."
    assert lines[3] == "evidence       status 401 Unauthorized"
    assert all(line.startswith("     ") for line in lines[4:])


def test_several_candidates_are_ranked(tenant: RefusingTenant) -> None:
    """Each says how sure it is."""
    block = explain(Facts(tenant.runtime.call(tenant.token(), "/http/products/details/role")))
    assert block.index("likely: missing-role.") < block.index("possible: role-just-changed.")
    assert "certain:" not in block


def test_refusal_that_nothing_explains_is_compared(recorded: Callable[[Reply], Sender]) -> None:
    """Audience, scopes and times side by side."""
    exchange = recorded(Reply(401, headers=INVALID)).call(token_of(exp=4102444800))
    block = explain(Facts(exchange, key=service_key()))
    assert "why            not recognised; compare:" in block
    assert "  audience       it-rt-acme!b117912 " in block
    for shown in ("uaa.resource, it-rt-acme!b117912.ESBMessaging.send", "2100-01-01 00:00:00 UTC", "wanted"):
        assert shown in block


def test_other_refusal_that_nothing_explains_has_no_block(recorded: Callable[[Reply], Sender]) -> None:
    """There is nothing to say of it."""
    assert explain(Facts(recorded(Reply(418)).call())) == ""
    assert explain(Facts(recorded(Reply(200)).call())) == ""


def test_missing_answer_is_told_by_its_error() -> None:
    """The first line is what was raised."""
    error = CallError("the host x.invalid is not known", where="POST https://x.invalid", cause="dns")
    block = explain(Facts(error=error))
    assert block.startswith("what happened  the host x.invalid is not known\nwhy            certain: dns.")
    assert "where: POST https://x.invalid" in block


def test_token_alone_can_be_judged() -> None:
    """Where nothing was called, and nothing raised."""
    block = explain(Facts(token=token_of(grant_type="client_x509")))
    assert block.startswith("what happened  nothing was called\n")


def test_no_secret_is_in_a_block(recorded: Callable[[Reply], Sender]) -> None:
    """Not even one that the tenant repeats."""
    register_basic("sb-someone", "a-secret-to-hide")
    body = b'{"error":"unauthorized","error_description":"Bad credentials: a-secret-to-hide"}'
    headers = {"Authorization": basic("sb-someone", "a-secret-to-hide")}
    sender = recorded(Reply(401, body, {"Content-Type": "application/json"}))
    block = explain(Facts(sender.send("POST", "/oauth/token?grant_type=client_credentials", headers)))
    assert "its words: Bad credentials: ***" in block
    assert "a-secret-to-hide" not in block
