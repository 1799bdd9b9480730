"""Flows that receive orders and IDocs."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import requests

from pytest_iflow.emulator.flows.business_documents import (
    NOT_PASSED_ON,
    fulfil,
    place_order,
    receive_idocs,
    take_order,
)
from pytest_iflow.emulator.flows.message import Completion, FlowFailureError, Message, Surroundings
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from tests.emulator.emulator_process import Emulator

SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())
CHILD = "/http/orders/fulfilment"


def test_order_is_accepted_at_once(emulator: Emulator) -> None:
    """The answer is a 202, before the message has its final status."""
    answer = emulator.call("/orders?seconds=600", '{"orderId": "4711"}')
    assert answer.status_code == 202
    assert answer.json() == {"orderId": "4711", "status": "ACCEPTED"}
    assert "sap_messageprocessinglogid" in answer.headers


CALL = ("ServiceTask_1", "Request Reply")


@pytest.mark.parametrize(
    ("headers", "completion"),
    [
        ({}, Completion(1.0, "COMPLETED", None, CHILD)),
        ({"seconds": "0.5", "outcome": "FAILED"}, Completion(0.5, "FAILED", NOT_PASSED_ON, CHILD)),
        ({"Seconds": "1e9", "Outcome": "RETRY"}, Completion(600.0, "RETRY", NOT_PASSED_ON, CHILD)),
        ({"retries": "1"}, Completion(1.0, "COMPLETED", None, CHILD, ((CALL,),))),
    ],
)
def test_caller_says_how_it_ends_and_when(headers: dict[str, str], completion: Completion) -> None:
    """Outcome and seconds may be headers or query parameters."""
    placed = place_order(Message("POST", {}, headers, b"{}"), SURROUNDINGS).completion
    assert placed == replace(completion, retry_error=NOT_PASSED_ON)


@pytest.mark.parametrize(
    ("body", "headers", "cause"),
    [
        (b"", {}, "The order is not JSON."),
        (b"<order/>", {}, "The order is not JSON."),
        (b"[" * 100_000, {}, "The order is not JSON."),
        (b"[]", {}, "The order is no JSON object."),
        (b"{}", {"outcome": "LOST"}, "The outcome of an order is one of COMPLETED, FAILED, RETRY."),
    ],
)
def test_order_that_is_none_fails(body: bytes, headers: dict[str, str], cause: str) -> None:
    """The caller gets the failure in the answer."""
    with pytest.raises(FlowFailureError) as failed:
        place_order(Message("POST", {}, headers, body), SURROUNDINGS)
    assert failed.value.cause == cause


def test_log_describes_the_order() -> None:
    """Ids, partners, payload, and a copy in the message store."""
    message = Message("POST", {}, {}, b'{"orderId": 4711}')
    message.log.log_level = "DEBUG"
    place_order(message, SURROUNDINGS)
    log = message.log.record("PROCESSING")
    assert (log.application_message_id, log.application_message_type) == ("4711", "Order")
    assert (log.sender, log.receiver) == ("WebShop", "Warehouse")
    assert log.custom_headers == (("orderId", "4711"),)
    assert [(each.name, each.content) for each in log.attachments] == [("order.json", message.body)]
    assert [(each.store_id, each.content) for each in log.store_entries] == [("Orders", message.body)]
    assert [each.activity for each in log.run_steps] == ["Start Message", "Persist", "Request Reply"]


def test_what_the_sender_says_of_the_message_stands() -> None:
    """The id in a header outweighs the id of the order."""
    message = Message("POST", {}, {}, b'{"orderId": 4711}')
    message.log.application_message_id = "from-the-header"
    fulfil(message, SURROUNDINGS)
    assert message.log.application_message_id == "from-the-header"


def test_order_id_that_no_text_can_hold_is_replaced() -> None:
    """A lone surrogate is JSON, but no text."""
    reply = fulfil(Message("POST", {}, {}, b'{"orderId": "\\ud800"}'), SURROUNDINGS)
    assert reply.body == b'{"orderId": "?", "status": "FULFILLED"}'


IDOC = (
    '<IDOC BEGIN="1"><EDI_DC40 SEGMENT="1"><DOCNUM>{number}</DOCNUM><MESTYP>ORDERS</MESTYP>'
    "<SNDPRN>SHOP</SNDPRN><RCVPRN>ERP</RCVPRN></EDI_DC40></IDOC>"
)
TWO = f"<ORDERS05>{IDOC.format(number='0001')}{IDOC.format(number='0002')}</ORDERS05>"
SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())


def test_every_idoc_is_answered_with_its_number(emulator: Emulator) -> None:
    """A message may hold two IDocs."""
    answer = emulator.call("/idoc", TWO, headers={"Content-Type": "application/xml"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.text == "<IDocResponse><DOCNUM>0001</DOCNUM><DOCNUM>0002</DOCNUM></IDocResponse>"


def test_control_record_describes_the_message() -> None:
    """Number, type, partners, and the document itself."""
    message = Message("POST", {}, {}, TWO.encode())
    receive_idocs(message, SURROUNDINGS)
    log = message.log.record("COMPLETED")
    assert (log.application_message_id, log.application_message_type) == ("0001", "ORDERS")
    assert (log.sender, log.receiver) == ("SHOP", "ERP")
    assert log.custom_headers == (("DOCNUM", "0001"), ("DOCNUM", "0002"))
    assert [each.name for each in log.attachments] == ["idoc.xml"]


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "The body is no XML: "),
        (b'{"DOCNUM": 1}', "The body is no XML: "),
        (b"<ORDERS05><IDOC/></ORDERS05>", "The message has no IDoc with a control record EDI_DC40."),
    ],
)
def test_what_is_no_idoc_fails_the_message(body: bytes, cause: str) -> None:
    """The cause says why."""
    with pytest.raises(FlowFailureError, match=cause):
        receive_idocs(Message("POST", {}, {}, body), SURROUNDINGS)


def test_idoc_of_a_soap_message_is_in_its_namespace() -> None:
    """The log has what the sender's headers say of it."""
    body = TWO.replace("<ORDERS05>", '<ORDERS05 xmlns="urn:sap-com:document:sap:idoc:soap:messages">')
    message = Message("POST", {}, {}, body.encode(), url="https://rt/cxf/idocs")
    receive_idocs(message, SURROUNDINGS)
    headers = dict(message.log.record("COMPLETED").custom_headers)
    assert headers == {"SapIDocType": "", "SapIDocTransferId": "0001", "DOCNUM": "0002"}


def test_order_in_xml_is_known_by_its_id() -> None:
    """An element of any namespace, else an attribute; without one the message fails."""
    for body in (b'<o xmlns="urn:o"><orderId>4711</orderId></o>', b'<o id="4711"/>'):
        message = Message("POST", {}, {}, body)
        take_order(message, SURROUNDINGS)
        assert message.log.record("COMPLETED").application_message_id == "4711"
    with pytest.raises(FlowFailureError, match="The order has no orderId"):
        take_order(Message("POST", {}, {}, b"<o/>"), SURROUNDINGS)


def test_one_way_order_is_accepted_without_a_body(emulator: Emulator) -> None:
    """202, and the message is logged."""
    envelope = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><o id="1"/></s:Body>'
        "</s:Envelope>"
    )
    answer = emulator.request(
        "POST",
        f"{emulator.runtime}/cxf/purchase-orders",
        data=envelope,
        headers={"Authorization": f"Bearer {emulator.token()}", "Content-Type": "text/xml"},
    )
    assert (answer.status_code, answer.content) == (202, b"")
    assert "sap_messageprocessinglogid" in answer.headers


def test_method_may_be_in_a_header(emulator: Emulator) -> None:
    """A POST with X-HTTP-Method is a MERGE, for clients that cannot send one."""
    root = f"{emulator.runtime}/gw/odata/SAP/ORDERS;v=1/"
    with requests.Session() as session:
        session.verify, session.trust_env = str(emulator.ca), False
        session.headers["Authorization"] = f"Bearer {emulator.token()}"
        token = session.get(root, headers={"X-CSRF-Token": "Fetch"}).headers["x-csrf-token"]
        session.headers.update({"X-CSRF-Token": token, "Accept": "application/json"})
        changed = session.post(
            f"{root}Orders('4713')", json={"Quantity": 7}, headers={"X-HTTP-Method": "MERGE"}
        )
        assert changed.status_code == 204
        assert session.get(f"{root}Orders('4713')").json()["d"]["Quantity"] == 7
