"""What stands between caller and tenant, and what limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.diagnosis.cause import Certainty
from pytest_iflow.diagnosis.facts import Facts
from tests.diagnosis.refusing import RefusingTenant, Sender
from tests.loopback_server import Reply

if TYPE_CHECKING:
    from tests.diagnosis.conftest import Recognise

HTML = {"Content-Type": "text/html"}
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@pytest.mark.parametrize(("plane", "path"), [("token", "/oauth/token"), ("runtime", "/http/echo")])
def test_too_many_requests(tenant: RefusingTenant, recognise: Recognise, plane: str, path: str) -> None:
    """The evidence says how long to wait."""
    tenant.emulator.set_faults({f"{plane}.status_429": 1})
    sender = tenant.token_service if plane == "token" else tenant.runtime
    (found,) = recognise(Facts(sender.send("POST", path)), "rate-limited")
    assert "retry-after: 1" in found.evidence


def test_too_many_calls_of_the_api(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The API has limits of its own."""
    tenant.emulator.set_faults({"api.status_429": 1})
    recognise(Facts(tenant.api.send("GET", "/api/v1/MessageProcessingLogs")), "api-rate-limited")


@pytest.mark.parametrize("status", [502, 503])
def test_runtime_that_does_not_run(tenant: RefusingTenant, recognise: Recognise, status: int) -> None:
    """The router says so."""
    tenant.emulator.set_faults({f"runtime.status_{status}": 1})
    recognise(Facts(tenant.runtime.call()), "runtime-unavailable")


def test_time_out_of_a_gateway_without_a_page(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """Nobody says who gave up."""
    facts = Facts(recorded(Reply(504)).call())
    recognise(facts, "runtime-unavailable", by="recorded", certainty=Certainty.LIKELY)


def test_page_of_a_gateway(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """HTML that is no page of the runtime."""
    facts = Facts(recorded(Reply(502, PAGE, HTML)).call())
    (found,) = recognise(facts, "gateway-html", by="recorded", certainty=Certainty.LIKELY)
    assert "title of the page: 502 Bad Gateway" in found.evidence


def test_page_of_a_proxy(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """It leaves its traces in the headers."""
    reply = Reply(403, b"<html><body>Blocked</body></html>", {**HTML, "Via": "1.1 proxy.example (squid)"})
    facts = Facts(recorded(reply).call())
    (found,) = recognise(facts, "proxy-answered", by="recorded", certainty=Certainty.LIKELY)
    assert "via: 1.1 proxy.example (squid)" in found.evidence


def test_proxy_that_wants_a_password(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """No tenant answers 407."""
    reply = Reply(407, b"<html></html>", {**HTML, "Proxy-Authenticate": "Basic"})
    recognise(Facts(recorded(reply).call()), "proxy-answered", by="recorded")


def test_api_proxy_that_gets_no_token(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """API Management in front of the runtime."""
    body = (
        b'{"fault":{"faultstring":"Execution of ServiceCallout getoauthtoken failed. '
        b'Reason: ResponseCode 400 is treated as error"}}'
    )
    exchange = recorded(Reply(500, body, {"Content-Type": "application/json"})).call()
    recognise(Facts(exchange), "api-proxy-token-request", by="recorded")
