"""Flows that receive business documents: orders as JSON, by SOAP and by OData, and IDocs as XML.

The order flow is asynchronous: it answers at once and goes on with a child flow. ``outcome`` (COMPLETED,
FAILED or RETRY) says what becomes of the message, ``seconds`` when, and ``retries`` how many runs fail
before. Each may be a query parameter or a header. The step ServiceTask_1 runs once for each item of the
order.

Of IDocs the answer is not on record, and assumed. The names of the segments are SAP's, and so are the
namespace of an IDoc in a SOAP message and the headers that the sender sets (wire-facts 4.9).
"""

from __future__ import annotations

import json
from http import HTTPStatus
from importlib import resources
from typing import Any, cast

from lxml import etree

from pytest_iflow.emulator.flows.converters import NotXmlError, parse_xml
from pytest_iflow.emulator.flows.message import (
    SAP_HEADERS,
    Completion,
    Flow,
    FlowFailureError,
    Message,
    Reply,
    Surroundings,
)
from pytest_iflow.emulator.message_logs.message_log import MessageStatus
from pytest_iflow.emulator.odata.service import ODataCall

MOST_SECONDS = 600.0
MOST_RETRIES = 5
MOST_ITEMS = 20
OUTCOMES = ("COMPLETED", "FAILED", "RETRY")
ORDER_EXCEPTION = "com.example.orders.OrderException"
NOT_PASSED_ON = f"{ORDER_EXCEPTION}: The order could not be passed on."
IDOC_EXCEPTION = "com.sap.idoc.soap.IDocException"


def place_order(message: Message, _surroundings: Surroundings) -> Reply:
    """Accept an order, any JSON object, with 202; its ``orderId`` becomes the application's message id."""
    outcome = message.header("outcome", "COMPLETED")
    if outcome not in OUTCOMES:
        raise FlowFailureError(f"The outcome of an order is one of {', '.join(OUTCOMES)}.")
    order_id, items = _describe(message)
    message.log.step("MessageStore_1", "Persist")
    message.log.store("Orders", message.body)
    calls = (("ServiceTask_1", "Request Reply"),) * items
    for call in calls:
        message.log.step(*call)
    completion = Completion(
        seconds=message.number("seconds", MOST_SECONDS),
        status=cast("MessageStatus", outcome),
        error=None if outcome == "COMPLETED" else NOT_PASSED_ON,
        child=FULFILMENT.path,
        retries=(calls,) * int(message.number("retries", MOST_RETRIES, "0")),
        retry_error=NOT_PASSED_ON,
    )
    body = json.dumps({"orderId": order_id, "status": "ACCEPTED"}, ensure_ascii=False).encode()
    return Reply(body, "application/json", HTTPStatus.ACCEPTED, completion=completion)


def fulfil(message: Message, _surroundings: Surroundings) -> Reply:
    """Take over an order; the order flow calls this one, and so may a client."""
    order_id, _ = _describe(message)
    return Reply(json.dumps({"orderId": order_id, "status": "FULFILLED"}).encode(), "application/json")


def _describe(message: Message) -> tuple[str, int]:
    """Note in the log what is known of the order; return its id, and how many items it has (1 to 20)."""
    message.log.step("StartEvent_1", "Start Message")
    order = _order(message.body)
    # A lone surrogate is JSON, but no text that could be sent on.
    order_id = str(order.get("orderId", "")).encode("utf-8", "replace").decode()
    items = order.get("items")
    message.log.application_message_id = message.log.application_message_id or order_id or None
    message.log.application_message_type = message.log.application_message_type or "Order"
    message.log.sender = message.log.sender or "WebShop"
    message.log.receiver = message.log.receiver or "Warehouse"
    message.log.custom_header("orderId", order_id)
    message.log.attach("order.json", message.body, "application/json")
    return order_id, min(len(items), MOST_ITEMS) or 1 if isinstance(items, list) else 1


def _order(body: bytes) -> dict[str, Any]:
    try:
        order = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FlowFailureError("The order is not JSON.", ORDER_EXCEPTION) from error
    if not isinstance(order, dict):
        raise FlowFailureError("The order is no JSON object.", ORDER_EXCEPTION)
    return order


def take_order(message: Message, _surroundings: Surroundings) -> Reply:
    """Take over an order in XML, which is sent one-way: nobody gets to read what this answers."""
    message.log.step("StartEvent_1", "Start Message")
    order = parse_xml(message.body)
    order_id = order.findtext("{*}orderId") or order.get("id") or ""
    if not order_id:
        raise FlowFailureError("The order has no orderId.", ORDER_EXCEPTION)
    message.log.application_message_id = message.log.application_message_id or order_id
    message.log.custom_header("orderId", order_id)
    message.log.attach("order.xml", message.body, "application/xml")
    return Reply(b"", "text/xml")


def answer_odata(message: Message, surroundings: Surroundings) -> Reply:
    """Let the order service answer: queries, creates, changes, deletes, and batches of them."""
    message.log.step("StartEvent_1", "Start Message")
    method = message.header("X-HTTP-Method") if message.method == "POST" else ""
    call = ODataCall(
        method or message.method,
        message.path,
        dict(message.query),
        message.header("accept"),
        message.body,
        message.header("content-type"),
    )
    answer = surroundings.orders.answer(call, message.url.removesuffix(f"/{message.path}").rstrip("/"))
    if answer.key:
        message.log.custom_header("orderId", answer.key)
        message.log.application_message_id = message.log.application_message_id or answer.key
    headers = dict(answer.wire.headers)
    shown = tuple(pair for pair in answer.wire.headers if pair[0] in {"dataserviceversion", "location"})
    return Reply(answer.wire.body, headers.get("content-type", ""), answer.wire.status, shown)


FULFILMENT = Flow(
    "Order_Fulfilment", "Order Fulfilment", "/orders/fulfilment", fulfil, allowed_headers=SAP_HEADERS
)


def receive_idocs(message: Message, _surroundings: Surroundings) -> Reply:
    """Answer with the number of each IDoc; the first one's control record describes the message."""
    message.log.step("StartEvent_1", "Start Message")
    controls = _control_records(message.body)
    first = controls[0]
    log = message.log
    log.application_message_id = log.application_message_id or first.findtext("{*}DOCNUM")
    log.application_message_type = log.application_message_type or first.findtext("{*}MESTYP")
    log.sender = log.sender or first.findtext("{*}SNDPRN")
    log.receiver = log.receiver or first.findtext("{*}RCVPRN")
    if message.url.partition("/cxf/")[1]:
        log.custom_header("SapIDocType", first.findtext("{*}IDOCTYP") or "")
        log.custom_header("SapIDocTransferId", first.findtext("{*}DOCNUM") or "")
    log.attach("idoc.xml", message.body, "application/xml")
    answer = etree.Element("IDocResponse")
    for control in controls:
        number = control.findtext("{*}DOCNUM") or ""
        log.custom_header("DOCNUM", number)
        etree.SubElement(answer, "DOCNUM").text = number
    return Reply(etree.tostring(answer), "application/xml")


def _control_records(body: bytes) -> list[etree._Element]:
    try:
        records = parse_xml(body).findall("{*}IDOC/{*}EDI_DC40")
    except NotXmlError as error:
        raise FlowFailureError(f"The body is no XML: {error}", IDOC_EXCEPTION) from error
    if not records:
        raise FlowFailureError("The message has no IDoc with a control record EDI_DC40.", IDOC_EXCEPTION)
    return records


FLOWS = (
    Flow(
        "Orders", "Orders", "/orders", place_order, allowed_headers=f"{SAP_HEADERS}|outcome|seconds|retries"
    ),
    FULFILMENT,
    Flow(
        "Order_SOAP",
        "Orders by SOAP, one-way",
        "/purchase-orders",
        take_order,
        protocol="cxf",
        one_way=True,
        allowed_headers=SAP_HEADERS,
        wsdl=resources.files(__package__).joinpath("order_soap.wsdl").read_text(encoding="utf-8"),
    ),
    Flow(
        "Orders_OData",
        "Orders by OData",
        "/ORDERS;v=1/*",
        answer_odata,
        protocol="odata",
        csrf_protected=True,
        allowed_headers=SAP_HEADERS,
    ),
    Flow("IDoc_Inbound", "IDoc inbound", "/idoc", receive_idocs, allowed_headers=SAP_HEADERS),
    Flow("IDoc_SOAP", "IDoc by SOAP", "/idocs", receive_idocs, protocol="cxf", allowed_headers=SAP_HEADERS),
)
