"""The sender adapters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from pytest_iflow.emulator.flows.message import FlowFailureError, Reply, SoapFaultError
from pytest_iflow.emulator.flows.responses import FLOWS
from pytest_iflow.emulator.runtime.senders import (
    SOAP_11,
    SOAP_12,
    NoEnvelopeError,
    ODataSender,
    PlainSender,
    SoapSender,
    SoapVersion,
    asks_for_wsdl,
    sender_of,
    wsdl_answer,
)
from pytest_iflow.emulator.wire_answer import WireAnswer

ERROR = FlowFailureError("cause", "a.B")


def test_sender_follows_the_protocol() -> None:
    """SOAP for cxf, OData for odata, plain for http."""
    assert isinstance(sender_of(replace(FLOWS[0], protocol="cxf")), SoapSender)
    assert isinstance(sender_of(replace(FLOWS[0], protocol="odata")), ODataSender)
    assert isinstance(sender_of(FLOWS[0]), PlainSender)


def test_plain_sender_changes_nothing() -> None:
    """Bodies and replies pass."""
    reply = Reply(b"x", "text/plain")
    sender = sender_of(FLOWS[0])
    assert sender.payload(b"body") == b"body"
    assert sender.reply(reply) is reply


def test_exception_is_returned_only_if_the_flow_says_so() -> None:
    """The class of the exception is what differs."""
    hidden = sender_of(FLOWS[0]).failure(ERROR, "AG1", "r")
    returned = sender_of(replace(FLOWS[0], returns_exception=True)).failure(ERROR, "AG1", "r")
    assert b"a.B" not in bytes(hidden.body)  # type: ignore[arg-type] # a failure's body is no iterable of chunks
    assert bytes(returned.body).startswith(b"a.B: An internal server error")  # type: ignore[arg-type] # the same


BOTH = pytest.mark.parametrize("version", [SOAP_11, SOAP_12])


def _envelope(version: SoapVersion, content: str) -> bytes:
    return f'<e:Envelope xmlns:e="{version.namespace}"><e:Body>{content}</e:Body></e:Envelope>'.encode()


def _fault(answer: WireAnswer, version: SoapVersion) -> etree._Element:
    assert answer.status == 500
    assert dict(answer.headers)["content-type"] == version.content_type
    fault = etree.fromstring(bytes(answer.body)).find(f".//{{{version.namespace}}}Fault")  # type: ignore[arg-type] # a fault's body is no iterable of chunks
    assert fault is not None
    return fault


def _text(element: etree._Element) -> str:
    return " ".join(str(each) for each in element.itertext())


@BOTH
def test_payload_goes_in_and_comes_out_of_an_envelope(version: SoapVersion) -> None:
    """The flow sees nothing of it; the answer is in the version of the call."""
    sender = SoapSender()
    assert etree.fromstring(sender.payload(_envelope(version, "<a>1</a>"))).tag == "a"
    reply = sender.reply(Reply(iter([b"<b>", b"</b>"]), "text/xml"))
    assert reply.content_type == version.content_type
    assert (
        reply.body
        == (
            f'<soap:Envelope xmlns:soap="{version.namespace}"><soap:Body><b></b></soap:Body></soap:Envelope>'
        ).encode()
    )


@pytest.mark.parametrize("body", [b"", b"no xml", b"<a/>", _envelope(SOAP_11, "")])
def test_body_without_an_envelope_is_the_callers_fault(body: bytes) -> None:
    """Nothing, no XML, other XML, nothing in it."""
    sender = SoapSender()
    with pytest.raises(NoEnvelopeError) as caught:
        sender.payload(body)
    fault = _fault(sender.failure(caught.value, "AG1", "r"), SOAP_11)
    assert fault.findtext("faultcode") == "soap:Client"
    assert fault.findtext("faultstring") == str(caught.value)


def test_entity_of_the_caller_is_not_followed() -> None:
    """A document cannot make the tenant read files."""
    attack = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + _envelope(SOAP_11, "<a>&x;</a>")
    payload = etree.fromstring(SoapSender().payload(attack), etree.XMLParser(recover=True))
    assert payload.text is None


@BOTH
def test_failure_is_a_fault_of_the_receiver_with_the_usual_text(version: SoapVersion) -> None:
    """The id of the message is in it."""
    sender = SoapSender()
    sender.payload(_envelope(version, "<a/>"))
    fault = _fault(sender.failure(FlowFailureError("a < b"), "AG1", "r"), version)
    assert f"soap:{version.receiver}" in _text(fault)
    assert "occured: a < b\nThe MPL ID for the failed message is : AG1" in _text(fault)


@BOTH
def test_declared_fault_has_its_detail(version: SoapVersion) -> None:
    """The element of the WSDL stands in the detail."""
    sender = SoapSender()
    sender.payload(_envelope(version, "<a/>"))
    fault = _fault(
        sender.failure(SoapFaultError("No such thing.", b"<Nothing>7</Nothing>"), "AG1", "r"), version
    )
    assert "No such thing." in _text(fault)
    assert fault.findtext(".//Nothing") == "7"


def test_wsdl_is_asked_for_with_get() -> None:
    """In any case; a POST is a call."""
    assert asks_for_wsdl("GET", {"wsdl": ""})
    assert asks_for_wsdl("GET", {"WSDL": ""})
    assert not asks_for_wsdl("POST", {"wsdl": ""})
    assert not asks_for_wsdl("GET", {"xsd": "1"})


def test_wsdl_names_the_address_that_it_was_asked_for_at() -> None:
    """As an attribute can hold it."""
    answer = wsdl_answer('<a l="@ADDRESS@"/>', 'https://h/cxf/a?"&', "r")
    assert answer.body == b'<a l="https://h/cxf/a?&quot;&amp;"/>'


def test_one_way_message_is_answered_with_202_and_no_envelope() -> None:
    """Whatever the flow leaves; a fault is told all the same."""
    sender = sender_of(replace(FLOWS[0], protocol="cxf", one_way=True))
    reply = sender.reply(Reply(b"<b/>", "text/xml"))
    assert (reply.status, reply.body) == (202, b"")
    assert sender.failure(ERROR, "AG1", "r").status == 500


@pytest.mark.parametrize(
    ("accept", "begin"),
    [
        (
            "application/json",
            '{"error":{"code":"Internal Server Error","message":{"lang":"en","value":"An internal server ',
        ),
        ("*/*", '<?xml version="1.0" encoding="utf-8"?><error xmlns='),
    ],
)
def test_failure_of_an_odata_message_is_an_odata_error(accept: str, begin: str) -> None:
    """In the form that the caller accepts; the id of the message is in it."""
    answer = sender_of(replace(FLOWS[0], protocol="odata"), accept).failure(ERROR, "AG1", "r")
    text = bytes(answer.body).decode()  # type: ignore[arg-type] # a failure's body is no iterable of chunks
    assert answer.status == 500
    assert text.startswith(begin)
    assert "The MPL ID for the failed message is : AG1" in text
