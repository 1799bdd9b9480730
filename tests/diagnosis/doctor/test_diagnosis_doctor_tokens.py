"""Tokens of servers that grant what they are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_iflow.diagnosis.doctor.outcome import State
from pytest_iflow.diagnosis.doctor.tokens import (
    ask_token,
    judge_api_role,
    judge_claims,
    judge_clock,
    judge_role,
)
from pytest_iflow.errors import TokenError
from pytest_iflow.run import Run
from pytest_iflow.tenants.service_key import Plan
from tests.diagnosis.refusing import token_of
from tests.loopback_server import Reply, Serve
from tests.loopback_tenant import LoopbackTenant, token_reply

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
