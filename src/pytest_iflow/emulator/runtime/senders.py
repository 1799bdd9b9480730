"""The sender adapters: how a call becomes a flow's input, and its output an answer.

The SOAP sender speaks SOAP 1.1 and 1.2. Its wire form is assumed throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Protocol
from xml.sax.saxutils import escape

from lxml import etree

from pytest_iflow.emulator.flows.converters import NotXmlError, parse_xml
from pytest_iflow.emulator.flows.message import Flow, FlowFailureError, Reply, SoapFaultError
from pytest_iflow.emulator.odata.model import ODataError
from pytest_iflow.emulator.odata.service import error_answer
from pytest_iflow.emulator.runtime.answers import TRANSPORT_SECURITY, failure, failure_headers, failure_text
from pytest_iflow.emulator.wire_answer import WireAnswer


@dataclass(frozen=True, slots=True)
class SoapVersion:
    """What the versions differ in: ``fault`` is a template; ``sender`` and ``receiver`` are its codes."""

    namespace: str
    content_type: str
    fault: str
    sender: str
    receiver: str


SOAP_11 = SoapVersion(
    "http://schemas.xmlsoap.org/soap/envelope/",
    "text/xml;charset=UTF-8",
    "<faultcode>soap:{code}</faultcode><faultstring>{reason}</faultstring><detail>{detail}</detail>",
    "Client",
    "Server",
)
SOAP_12 = SoapVersion(
    "http://www.w3.org/2003/05/soap-envelope",
    "application/soap+xml;charset=UTF-8",
    "<soap:Code><soap:Value>soap:{code}</soap:Value></soap:Code>"
    '<soap:Reason><soap:Text xml:lang="en">{reason}</soap:Text></soap:Reason>'
    "<soap:Detail>{detail}</soap:Detail>",
    "Sender",
    "Receiver",
)


class NoEnvelopeError(FlowFailureError):
    """A body that is no SOAP envelope with a payload: the caller's fault, and it is told why."""


class SoapSender:
    """Takes the payload out of the caller's envelope, and answers in one of the same version."""

    def __init__(self, *, one_way: bool = False) -> None:
        self._version = SOAP_11
        self._one_way = one_way

    def payload(self, body: bytes) -> bytes:
        """Return the only element in the envelope's body; raises NoEnvelopeError."""
        try:
            envelope = parse_xml(body)
        except NotXmlError as error:
            raise NoEnvelopeError(f"Error reading XMLStreamReader: {error}") from error
        for version in (SOAP_11, SOAP_12):
            if envelope.tag == f"{{{version.namespace}}}Envelope":
                self._version = version
                payload = envelope.find(f"{{{version.namespace}}}Body/*")
                if payload is None:
                    raise NoEnvelopeError("The SOAP body is empty.")
                return etree.tostring(payload, with_tail=False)
        raise NoEnvelopeError(f"{envelope.tag!s} is no SOAP envelope.")

    def reply(self, reply: Reply) -> Reply:
        """Put the reply, XML as it is, into an envelope; to a one-way message answer 202 (wire-facts 4.8)."""
        if self._one_way:
            return replace(reply, body=b"", status=HTTPStatus.ACCEPTED)
        payload = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
        return replace(reply, body=self._envelope(payload), content_type=self._version.content_type)

    def failure(self, error: FlowFailureError, message_id: str, request_id: str) -> WireAnswer:
        """Answer with a fault: the caller's, the one that the flow declares, or what an HTTPS sender says."""
        if isinstance(error, NoEnvelopeError):
            return self._fault(self._version.sender, str(error), request_id)
        if isinstance(error, SoapFaultError):
            return self._fault(self._version.receiver, error.reason, request_id, error.detail)
        return self._fault(self._version.receiver, failure_text(error, message_id).strip(), request_id)

    def _fault(self, code: str, reason: str, request_id: str, detail: bytes = b"") -> WireAnswer:
        content = self._version.fault.format(code=code, reason=escape(reason), detail=detail.decode())
        headers = (
            ("content-type", self._version.content_type),
            *failure_headers(request_id),
        )
        body = self._envelope(f"<soap:Fault>{content}</soap:Fault>".encode())
        return WireAnswer(HTTPStatus.INTERNAL_SERVER_ERROR, headers, body)

    def _envelope(self, content: bytes) -> bytes:
        return (
            f'<soap:Envelope xmlns:soap="{self._version.namespace}"><soap:Body>'.encode()
            + content
            + b"</soap:Body></soap:Envelope>"
        )


def asks_for_wsdl(method: str, query: Mapping[str, str]) -> bool:
    """Tell whether a call wants the WSDL: GET with ``?wsdl``, in any case."""
    return method == "GET" and any(name.lower() == "wsdl" for name in query)


def wsdl_answer(wsdl: str, url: str, request_id: str) -> WireAnswer:
    """Answer with a WSDL that names the URL it was asked for at."""
    headers = (
        ("content-type", SOAP_11.content_type),
        ("server", "SAP"),
        ("x-vcap-request-id", request_id),
        TRANSPORT_SECURITY,
    )
    body = wsdl.replace("@ADDRESS@", escape(url, {'"': "&quot;"})).encode("utf-8", "replace")
    return WireAnswer(HTTPStatus.OK, headers, body)


class Sender(Protocol):
    """One sender for one call."""

    def payload(self, body: bytes) -> bytes:
        """Return what the flow gets of a body; raises FlowFailureError."""
        ...

    def reply(self, reply: Reply) -> Reply:
        """Return what is answered for the reply of the flow."""
        ...

    def failure(self, error: FlowFailureError, message_id: str, request_id: str) -> WireAnswer:
        """Return the answer for a message that failed."""
        ...


class PlainSender:
    """HTTPS: bodies pass as they are."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def payload(self, body: bytes) -> bytes:
        """Return the body."""
        return body

    def reply(self, reply: Reply) -> Reply:
        """Return the reply."""
        return reply

    def failure(self, error: FlowFailureError, message_id: str, request_id: str) -> WireAnswer:
        """Answer with the text of wire-facts 4.3."""
        return failure(error, message_id, request_id, full=self._flow.returns_exception)


class ODataSender(PlainSender):
    """Bodies pass as they are; a message that failed is told as an OData error, in the form that is accepted.

    Status and text are those of an HTTPS sender, the code is the status: all of that is assumed.
    """

    def __init__(self, flow: Flow, accept: str) -> None:
        super().__init__(flow)
        self._accept = accept

    def failure(self, error: FlowFailureError, message_id: str, request_id: str) -> WireAnswer:
        """Answer with the text of wire-facts 4.3 in an error of wire-facts 5.1."""
        told = ODataError(HTTPStatus.INTERNAL_SERVER_ERROR, failure_text(error, message_id).strip())
        answer = error_answer(told, {}, self._accept)
        return replace(answer, headers=(*answer.headers, *failure_headers(request_id)))


def sender_of(flow: Flow, accept: str = "") -> Sender:
    """Return the sender for a call of a flow; ``accept`` is the header of that name."""
    match flow.protocol:
        case "cxf":
            return SoapSender(one_way=flow.one_way)
        case "odata":
            return ODataSender(flow, accept)
        case "http":
            return PlainSender(flow)
