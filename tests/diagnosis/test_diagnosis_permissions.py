"""Callers that are known, but may not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.diagnosis.cause import Certainty
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.oauth.request import basic
from tests.diagnosis.refusing import RefusingTenant, Sender, token_of
from tests.loopback_server import Reply

if TYPE_CHECKING:
    from tests.diagnosis.conftest import Recognise

PAGE_403 = "<!doctype html><html><body><h1>HTTP Status 403 \N{EN DASH} Forbidden</h1></body></html>".encode()
HTML = {"Content-Type": "text/html;charset=utf-8"}


def test_sender_that_wants_a_csrf_token(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The answer says so in a header."""
    exchange = tenant.runtime.call(tenant.token(), "/http/products/details/csrf")
    recognise(Facts(exchange, key=tenant.key()), "csrf-required")


def test_recorded_answer_that_wants_a_csrf_token(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """Whatever the page says."""
    exchange = recorded(Reply(403, PAGE_403, {**HTML, "X-CSRF-Token": "required"})).call(token_of())
    recognise(Facts(exchange), "csrf-required", by="recorded")


def test_client_without_any_role(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The scopes of the token show it."""
    exchange = tenant.runtime.call(tenant.token("integration-flow-without-role"), "/http/echo")
    (found,) = recognise(Facts(exchange), "missing-role")
    assert "scopes of the token: uaa.resource" in found.evidence


def test_flow_with_a_role_of_its_own(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The client has the usual role: the other one is likely, a change of late is possible."""
    exchange = tenant.runtime.call(tenant.token(), "/http/products/details/role")
    recognise(Facts(exchange), "missing-role", "role-just-changed", certainty=Certainty.LIKELY)


def test_role_that_the_runtime_does_not_know_yet(
    tenant: RefusingTenant, recognise: Recognise, record_property: Callable[[str, object], None]
) -> None:
    """From outside it cannot be told from a role that is missing, so it is named as possible."""
    tenant.emulator.set_faults({"role_delay": 3600})
    found = recognise(
        Facts(tenant.runtime.call(tenant.token(), "/http/echo")),
        "missing-role",
        "role-just-changed",
        certainty=Certainty.LIKELY,
    )
    assert found[1].certainty is Certainty.POSSIBLE
    record_property("recognised cause", "role-just-changed:emulator")


def test_recorded_page_without_a_readable_token(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """Without scopes to look at it is likely, no more."""
    exchange = recorded(Reply(403, PAGE_403, HTML)).call("opaque-token")
    recognise(Facts(exchange), "missing-role", by="recorded", certainty=Certainty.LIKELY)


@pytest.mark.parametrize(("body", "certainty"), [(b"", "LIKELY"), (b'{"error":"forbidden"}', "POSSIBLE")])
def test_refusal_without_a_page(
    recorded: Callable[[Reply], Sender], recognise: Recognise, body: bytes, certainty: str
) -> None:
    """A body may be the iFlow's own, so that the role is one reason of several."""
    exchange = recorded(Reply(403, body)).call("opaque-token")
    recognise(Facts(exchange), "missing-role", by="recorded", certainty=Certainty[certainty])


@pytest.mark.parametrize("user", ["jane.doe@example.com", "S0012345678", "P123456"])
def test_personal_user(recorded: Callable[[Reply], Sender], recognise: Recognise, user: str) -> None:
    """An e-mail address or the number of a person."""
    sent = {"Authorization": basic(user, "a password")}
    exchange = recorded(Reply(403, PAGE_403, HTML)).send("POST", "/http/x", sent)
    recognise(Facts(exchange), "personal-user", by="recorded", certainty=Certainty.LIKELY)


def test_api_client_that_may_only_read(tenant: RefusingTenant, recognise: Recognise) -> None:
    """It asks for a deployment."""
    sent = {"Authorization": f"Bearer {tenant.token('api-read-only')}", "Accept": "application/json"}
    exchange = tenant.api.send(
        "POST", "/api/v1/DeployIntegrationDesigntimeArtifact?Id='Echo'&Version='active'", sent
    )
    recognise(Facts(exchange, key=tenant.key("api-read-only")), "missing-api-role")
