"""Tokens of servers that grant what they are told; runtime and API that answer oddly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_iflow.diagnosis.doctor.probe import State
from pytest_iflow.diagnosis.doctor.tokens import (
    ask_token,
    judge_api_role,
    judge_claims,
    judge_clock,
    judge_rate,
    judge_role,
    reach_api,
    reach_runtime,
)
from pytest_iflow.errors import TokenError
from pytest_iflow.run import Run
from pytest_iflow.tenants.service_key import Plan
from tests.diagnosis.refusing import token_of
from tests.loopback_server import LoopbackServer, Received, Reply, Serve
from tests.loopback_tenant import LoopbackTenant, calls_of_iflows, token_reply

Granted = Callable[..., Run]


@pytest.fixture
def granted(serve: Serve, loopback_tenant: LoopbackTenant) -> Granted:
    """Make a run whose token service grants a token with these claims, or this very token."""

    def with_claims(token: str | None = None, **claims: object) -> Run:
        reply = token_reply(token or token_of(**claims))
        loopback_tenant.client(host=serve(lambda _received: reply).url, auth="post")
        return loopback_tenant.run()

    return with_claims


def test_token_of_a_form(granted: Granted) -> None:
    """The way that the tenant file asks for is named."""
    assert ask_token(granted(), "default").said.startswith("by secret in the form: good for ")


def test_token_that_is_none(granted: Granted) -> None:
    """It cannot be judged."""
    run = granted("opaque")
    for judge in (judge_role, judge_api_role):
        with pytest.raises(TokenError):
            judge(run, "default")


def test_audience_of_neither_plan_is_not_judged(granted: Granted) -> None:
    """It may be one that is not known here."""
    look = judge_claims(granted(aud=["uaa"], scope=[]), "default", Plan.API)
    assert look.said == "for an audience that is not known here, with 0 scopes"


def test_audience_of_the_runtime_on_the_api(granted: Granted) -> None:
    """The other way round than most."""
    look = judge_claims(granted(), "default", Plan.API)
    assert [one.cause for one in look.advice] == ["runtime-key-on-api"]


def test_grant_that_is_deprecated(granted: Granted) -> None:
    """The token tells how it was granted."""
    look = judge_claims(granted(grant_type="client_x509"), "default", Plan.INTEGRATION_FLOW)
    assert [one.cause for one in look.advice] == ["grant-client-x509"]


@pytest.mark.parametrize(
    ("scope", "state"),
    [
        (["uaa.resource", "it-rt-acme!b1.ESBMessaging.send"], State.PASSED),
        ([], State.PASSED),
        (["uaa.resource"], State.FAILED),
        (["it-rt-acme!b1.Other"], State.WARNED),
    ],
)
def test_role_at_the_runtime(granted: Granted, scope: list[str], state: State) -> None:
    """What is not told is not held against the client."""
    assert judge_role(granted(scope=scope), "default").state is state


@pytest.mark.parametrize(
    ("scope", "state"),
    [(["it!b1.MonitoringDataRead"], State.PASSED), ([], State.PASSED), (["it!b1.Other"], State.FAILED)],
)
def test_role_at_the_api(granted: Granted, scope: list[str], state: State) -> None:
    """Logs, endpoints and artifacts need the same one."""
    assert judge_api_role(granted(scope=scope), "default").state is state


def test_clock_that_nobody_told(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """There is nothing to compare with before the first answer."""
    loopback_tenant.client(host=serve(lambda _received: Reply(404)).url)
    assert judge_clock(loopback_tenant.run()).state is State.SKIPPED


HTML = {"Content-Type": "text/html;charset=utf-8"}
Answering = Callable[..., tuple[Run, LoopbackServer]]


@pytest.fixture
def answering(serve: Serve, loopback_tenant: LoopbackTenant) -> Answering:
    """Make a run against a server that answers everything but token requests with one reply."""

    def with_reply(reply: Reply, **settings: str) -> tuple[Run, LoopbackServer]:
        def answer(received: Received) -> Reply:
            return token_reply("a-token") if received.target.startswith("/oauth") else reply

        server = serve(answer)
        loopback_tenant.client(host=server.url, **settings)
        return loopback_tenant.run(), server

    return with_reply


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (Reply(503, b"<html><h1>Service Unavailable</h1></html>", HTML), "gateway-html"),
        (Reply(404, b"404 Not Found: Requested route ('x') does not exist.\n"), "unknown-route"),
        (Reply(418), None),
        (Reply(200, b"hello"), None),
    ],
)
def test_runtime_that_is_none(answering: Answering, reply: Reply, cause: str | None) -> None:
    """The table knows the usual reasons; for others the answer is shown."""
    run, _ = answering(reply)
    look = reach_runtime(run, "default")
    assert look.state is State.FAILED
    assert cause is None or cause in {one.cause for one in look.advice}
    assert cause is not None or "why is not recognised" in look.advice[0].why


def test_client_with_basic_credentials_calls_with_them(answering: Answering) -> None:
    """As its calls of iFlows do; the page of the container means that the runtime is there."""
    page = Reply(404, "<h1>HTTP Status 404 – Not Found</h1>".encode(), HTML)  # noqa: RUF001, as it is written
    run, server = answering(page, runtime_auth="basic")
    assert reach_runtime(run, "default").state is State.PASSED
    assert str(calls_of_iflows(server)[0].headers["Authorization"]).startswith("Basic ")


def test_api_that_answers_with_a_page(answering: Answering) -> None:
    """It is no API."""
    run, _ = answering(Reply(200, b"<html>oauth/authorize</html>", HTML))
    for look in (reach_api(run, "default"), judge_rate(run, "default")):
        assert (look.state, look.advice[0].cause) == (State.FAILED, "login-page")
