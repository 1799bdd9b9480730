"""Messages that arrived and failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.diagnosis.facts import Certainty, Facts
from tests.diagnosis.refusing import RefusingTenant, Sender
from tests.loopback_server import Reply

if TYPE_CHECKING:
    from tests.diagnosis.conftest import Recognise

from pytest_iflow.transport.exchange import Exchange


def post(tenant: RefusingTenant, path: str, body: bytes) -> Exchange:
    """Post to an iFlow as a client that may."""
    return tenant.runtime.send("POST", path, {"Authorization": f"Bearer {tenant.token()}"}, body)


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "empty-body"),
        (b"<product/>", "body-not-json"),
        (b'{"product": 1}', "missing-field"),
        (b"x" * (41 * 1024 * 1024), "body-too-large"),
    ],
    ids=["empty", "no JSON", "no field", "too large"],
)
def test_message_that_the_product_flow_cannot_use(
    tenant: RefusingTenant, recognise: Recognise, body: bytes, cause: str
) -> None:
    """The evidence has the words of the answer, and the message log that it names."""
    exchange = post(tenant, "/http/products/details", body)
    (found,) = recognise(Facts(exchange), cause)
    assert any(line.startswith("An internal server error occured") for line in found.evidence)
    assert f"message log: {exchange.mpl_id}" in found.evidence


@pytest.mark.parametrize(
    ("query", "cause"),
    [
        ("?code=503", "receiver-unavailable"),
        ("?code=404", "receiver-not-reached"),
        ("?receiver=down", "receiver-not-reached"),
        ("?code=500", "flow-failed"),
    ],
)
def test_receiver_that_fails(tenant: RefusingTenant, recognise: Recognise, query: str, cause: str) -> None:
    """Down, moved, or with an error of its own."""
    recognise(Facts(post(tenant, f"/http/receiver{query}", b"x")), cause)


@pytest.mark.parametrize("path", ["/http/errors/end-event", "/http/errors/uncaught"])
def test_flow_that_fails_by_itself(tenant: RefusingTenant, recognise: Recognise, path: str) -> None:
    """With a cause in the answer or without."""
    recognise(Facts(post(tenant, path, b"x")), "flow-failed")


def test_failure_that_only_the_message_log_tells(recognise: Recognise) -> None:
    """An asynchronous flow answered long before."""
    text = "HTTP operation failed invoking http://erp.example with statusCode: 503"
    recognise(Facts(log_error=text), "receiver-unavailable", by="recorded")


def test_error_that_the_flow_answers_itself_is_not_judged(
    tenant: RefusingTenant, recognise: Recognise
) -> None:
    """What its words mean is the flow's own affair."""
    recognise(Facts(post(tenant, "/http/errors/handled", b"x")))


FAILED = "An internal server error occured: {}\nThe MPL ID for the failed message is : AGMDlHCX0eur2oFSGr\n"
TEXT = {"Content-Type": "text/plain;charset=ISO-8859-1"}


def test_body_that_was_lost_on_the_way(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """The iFlow read nothing, though something was sent."""
    reply = Reply(500, FAILED.format("End of input at line 1 column 1 path $.").encode(), TEXT)
    facts = Facts(recorded(reply).call())
    recognise(facts, "empty-body", by="recorded", certainty=Certainty.LIKELY)
    later = Reply(500, FAILED.format("End of input at line 1 column 17 path $.").encode(), TEXT)
    recognise(Facts(recorded(later).call()), "flow-failed", by="recorded")


@pytest.mark.parametrize("status", [400, 413, 500])
def test_size_that_is_refused_with_any_status(
    recorded: Callable[[Reply], Sender], recognise: Recognise, status: int
) -> None:
    """Which one it is, is not on record (wire-facts 4.6)."""
    reply = Reply(status, b"Message body exceeds configured size limit (1.0 MB)...", TEXT)
    recognise(Facts(recorded(reply).call()), "body-too-large", by="recorded")


def test_size_that_a_gateway_refuses(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """The limit may be that of the gateway or of the sender."""
    page = b"<html><title>413 Request Entity Too Large</title></html>"
    facts = Facts(recorded(Reply(413, page, {"Content-Type": "text/html"})).call())
    recognise(facts, "gateway-html", "body-too-large", by="recorded", certainty=Certainty.LIKELY)


def test_error_of_a_receiver_over_two_lines(recognise: Recognise) -> None:
    """Logs break lines where they like."""
    text = "HTTP operation failed invoking http://erp.example\n  with statusCode: 502"
    recognise(Facts(log_error=text), "receiver-unavailable", by="recorded")


def test_id_that_exists_already(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """The API answers 500 (wire-facts 5.1)."""
    body = (
        b'{"error":{"code":"Internal Server Error","message":{"lang":"en",'
        b'"value":"An integration flow Orders already exists in the Sales package."}}}'
    )
    exchange = recorded(Reply(500, body, {"Content-Type": "application/json"})).send(
        "POST", "/api/v1/IntegrationDesigntimeArtifacts"
    )
    recognise(Facts(exchange), "duplicate-id", by="recorded")
