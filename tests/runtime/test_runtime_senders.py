"""Which answer means that a sender adapter accepted a message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pytest_iflow.errors import CheckError
from pytest_iflow.runtime.senders import refusal, sender_of
from pytest_iflow.runtime.soap import IDOC_NAMESPACE
from pytest_iflow.transport.exchange import Exchange, Headers, Request, Response

ODATA = "/gw/odata/SAP/ORDERS;v=1/"
IDOC = f'<ORDERS05 xmlns="{IDOC_NAMESPACE}"/>'
FAULT = (
    '<e:Envelope xmlns:e="urn:e"><e:Body><e:Fault><faultcode>e:Server</faultcode>'
    "<faultstring>No.</faultstring></e:Fault></e:Body></e:Envelope>"
)
ERROR = '{"error": {"code": "400", "message": {"value": "No key."}}}'
PART = "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 "
ALL_WELL = f"{PART}200 OK\r\n\r\n--b--"
SECOND_FAILED = f"{PART}200 OK\r\n\r\n{PART}404 Not Found\r\n\r\n--b--"


def exchange(
    method: str, path: str, status: int, body: str = "", kind: str = "text/plain", sent: str = ""
) -> Exchange:
    """Return a call and its answer."""
    request = Request(method, f"https://rt{path}", {}, sent.encode())
    answer = Response(status, "Reason", Headers({"content-type": kind}), body.encode())
    return Exchange(request, answer, datetime.now(UTC), 0.1)


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("POST", "/http/orders", {200, 201, 202, 204}),
        ("GET", "/http/gw/odata", {200, 201, 202, 204}),
        ("POST", "/cxf/orders", {200, 202}),
        ("GET", f"{ODATA}Orders", {200}),
        ("POST", f"{ODATA}Orders", {201}),
        ("PATCH", f"{ODATA}Orders('1')", {204}),
        ("MERGE", f"{ODATA}Orders('1')", {204}),
        ("delete", f"{ODATA}Orders('1')", {204}),
    ],
)
def test_status_with_which_a_message_is_accepted(method: str, path: str, statuses: set[int]) -> None:
    """By address and method."""
    tried = (200, 201, 202, 204, 302, 400, 500)
    assert {each for each in tried if refusal(exchange(method, path, each)) is None} == statuses


def test_idoc_is_told_by_what_is_sent() -> None:
    """Its address is like that of any SOAP sender."""
    assert sender_of(exchange("POST", "/cxf/idoc", 200, sent=IDOC)).name == "IDoc sender"
    assert sender_of(exchange("POST", "/cxf/idoc", 200)).name == "SOAP sender"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            exchange("POST", "/http/a", 500, "An internal server error\noccured"),
            "the response status is 500 Reason; the HTTPS sender accepts a message with 200, 204 "
            "without content, or another status of 200 to 299 that the flow sets; it said: "
            "An internal server error occured",
        ),
        (
            exchange("POST", "/cxf/a", 500, FAULT, "text/xml"),
            "the response status is 500 Reason; the SOAP sender accepts a message with 200 and a reply, "
            "or with 202 where it is one-way; it said: SOAP fault e:Server: No.",
        ),
        (exchange("POST", "/cxf/a", 200, FAULT, "text/xml"), "the answer is a SOAP fault e:Server: No."),
        (
            exchange("POST", f"{ODATA}Orders", 400, ERROR, "application/json"),
            "the response status is 400 Reason; the OData sender accepts a message with 200 (a query), "
            "201 (a create) or 204 (a change, a delete); it said: OData error 400: No key.",
        ),
        (
            exchange("POST", f"{ODATA}$batch", 202, SECOND_FAILED, "multipart/mixed; boundary=b"),
            "answer 2 of the batch is 404 Not Found",
        ),
    ],
)
def test_refusal_is_told_with_what_the_sender_answers_when_it_accepts(call: Exchange, said: str) -> None:
    """And with what it said of itself."""
    assert refusal(call) == said


def test_batch_is_accepted_where_each_part_is() -> None:
    """An answer that is no batch is an error."""
    assert refusal(exchange("POST", f"{ODATA}$batch", 202, ALL_WELL, "multipart/mixed; boundary=b")) is None
    with pytest.raises(CheckError, match="the answer of the batch is text/plain, not multipart/mixed"):
        refusal(exchange("POST", f"{ODATA}$batch", 202, ""))
