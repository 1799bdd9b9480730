"""HTTP and SOAP receivers: the request that leaves, and the message that its answer makes."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from lxml import etree

from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import Attachment, Headers, Message, parsed_xml
from pytest_iflow.iflow_engine.processing import Processing
from pytest_iflow.iflow_engine.receivers.receivers import Answer, Request
from pytest_iflow.iflow_engine.settings import Settings, header_fits
from pytest_iflow.iflow_model.flow import Adapter

HTTP_ERROR = "org.apache.camel.component.ahc.AhcOperationFailedException"
"""SAP's page "Script Example for Exception Handling in HTTP Receiver"."""

SOAP_FAULT = "org.apache.cxf.binding.soap.SoapFault"
ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
_NEVER_SENT = re.compile(r"(?:Camel|org\.apache\.camel)", re.IGNORECASE)
_OF_THE_CONNECTION = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_NO_BODY = frozenset({"GET", "HEAD", "DELETE"})


def sent_headers(message: Message, allowed: str | None) -> Headers:
    """Return the headers that leave: those that the adapter allows, and the content type.

    ``allowed`` is a list with ``|``, ``*`` for all; None (a version without that setting) is all of them.
    Headers of Camel never leave. That the content type leaves in any case is assumed.
    """
    kept = Headers()
    for name, value in message.headers.items():
        if value is None or _NEVER_SENT.match(name) or name.lower() in _OF_THE_CONNECTION:
            continue
        if allows(allowed, name) or name.lower() == "content-type":
            kept[name] = as_text(value)
    return kept


def allows(allowed: str | None, name: str) -> bool:
    """Tell whether a list of headers with ``|`` between them has a name; patterns are allowed."""
    if allowed is None or allowed.strip() == "*":
        return True
    wanted = (one.strip() for one in allowed.split("|"))
    return any(one and header_fits(one, name) for one in wanted)


def take_answer(message: Message, answer: Answer, allowed: str | None) -> None:
    """Make an answer the message; headers that were there before stay, as in Camel."""
    for name, value in answer.headers.items():
        if allows(allowed, name) and name.lower() not in _OF_THE_CONNECTION:
            message.headers[name] = value
    message.headers["CamelHttpResponseCode"] = answer.status
    if answer.reason:
        message.headers["CamelHttpResponseText"] = answer.reason
    message.body = answer.body
    message.attachments.clear()


def is_success(status: int) -> bool:
    """Tell whether a status is none that the adapter fails for: 200 to 299, as in Camel."""
    return 200 <= status < 300  # noqa: PLR2004, as HTTP has it


def outgoing(
    adapter: Adapter,
    processing: Processing,
    method: str,
    url: str,
    headers: Headers,
    body: bytes,
    credential: str = "",
) -> Request:
    """Return what an adapter sends."""
    deployed = processing.deployed
    receiver = deployed.receiver_name(adapter)
    return Request(receiver, adapter.kind, deployed.id, adapter.step, method, url, headers, body, credential)


def http(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Send by the HTTP receiver adapter; raises StepError for an answer that is no success."""
    settings = processing.deployed.settings(adapter.properties)
    scope = processing.scope(message)
    url = _url(settings, processing, message)
    method = evaluated_text(settings.text("httpMethod", "POST"), scope).upper()
    if method == "DYNAMIC":
        method = evaluated_text(settings.text("methodSourceExpression"), scope).upper() or "POST"
    has_body = method not in _NO_BODY or settings.flag("httpShouldSendBody")
    request = outgoing(
        adapter,
        processing,
        method,
        url,
        sent_headers(message, _list(adapter, settings, "allowedRequestHeaders")),
        message.binary() if has_body else b"",
        evaluated_text(settings.text("credentialName"), scope),
    )
    answer = processing.tenant.receivers.answer(request)
    if not is_success(answer.status) and settings.flag("throwExceptionOnFailure", default=True):
        attach_failure(processing, adapter, answer, settings)
        raise failed_request(request, answer, HTTP_ERROR)
    take_answer(message, answer, _list(adapter, settings, "allowedResponseHeaders"))


def _list(adapter: Adapter, settings: Settings, name: str) -> str | None:
    return settings.text(name) if name in adapter.properties else None


def _url(settings: Settings, processing: Processing, message: Message) -> str:
    """Return the address; the headers ``CamelHttpUri`` and ``CamelHttpQuery`` come first."""
    scope = processing.scope(message)
    address = as_text(message.headers.get("CamelHttpUri")) or evaluated_text(
        settings.text("httpAddressWithoutQuery"), scope
    )
    query = as_text(message.headers.get("CamelHttpQuery")) or evaluated_text(
        settings.text("httpAddressQuery"), scope
    )
    if not urlsplit(address).scheme:
        raise StepError(
            f"the address {address!r} of the HTTP receiver is no URL", "java.net.URISyntaxException"
        )
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=query or parts.query))


def failed_request(request: Request, answer: Answer, class_name: str) -> StepError:
    """Return the exception of an answer that is no success."""
    url = urlunsplit(urlsplit(request.url)._replace(fragment=""))
    return StepError(
        f"HTTP operation failed invoking {url} with statusCode: {answer.status}",
        class_name,
        status_code=answer.status,
        status_text=answer.reason,
        response_body=answer.body,
        response_headers=answer.headers,
    )


def attach_failure(processing: Processing, adapter: Adapter, answer: Answer, settings: Settings) -> None:
    """Attach a refused answer to the message log, where the adapter is set so (its names are assumed)."""
    if settings.flag("enableMPLAttachments") and answer.body:
        notes = processing.run.message.log
        notes.attachments.append(Attachment(f"{adapter.kind} response body", answer.body))


def soap(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Send by the SOAP receiver adapter: the body within an envelope; the payload of the answer comes back.

    A body that is an envelope already stays one (assumed). Raises StepError for a fault.
    """
    settings = processing.deployed.settings(adapter.properties)
    scope = processing.scope(message)
    root = message.tree()
    content = etree.tostring(root, encoding="unicode", with_tail=False)
    if etree.QName(root).namespace not in ENVELOPES:
        content = (
            f'<soap:Envelope xmlns:soap="{ENVELOPES[0]}"><soap:Body>{content}</soap:Body></soap:Envelope>'
        )
    headers = sent_headers(message, "SOAPAction" if settings.flag("cleanupHeaders") else None)
    headers["Content-Type"] = "text/xml; charset=UTF-8"
    headers.setdefault("SOAPAction", '""')
    request = outgoing(
        adapter,
        processing,
        "POST",
        evaluated_text(settings.text("address"), scope),
        headers,
        content.encode(),
        evaluated_text(settings.text("credentialName"), scope),
    )
    answer = processing.tenant.receivers.answer(request)
    payload, fault = _payload(answer)
    if fault is not None:
        raise StepError(fault, SOAP_FAULT, status_code=answer.status, response_body=answer.body)
    if not is_success(answer.status):
        raise failed_request(request, answer, "org.apache.cxf.transport.http.HTTPException")
    take_answer(message, Answer(answer.status, payload, answer.headers), "Content-Type")


def _payload(answer: Answer) -> tuple[bytes, str | None]:
    """Return what is within the SOAP body, and the text of a fault, None where there is none."""
    if not answer.body.strip().startswith(b"<"):
        return answer.body, None
    root = parsed_xml(answer.body)
    if etree.QName(root).namespace not in ENVELOPES:
        return answer.body, None
    body = next((one for one in root if etree.QName(one).localname == "Body"), None)
    inner = next(iter(body), None) if body is not None else None
    if inner is None:
        return b"", None
    if etree.QName(inner).localname == "Fault":
        words = [
            "".join(map(str, one.itertext())).strip()
            for one in inner.iter()
            if etree.QName(one).localname in {"faultstring", "Text"}
        ]
        return answer.body, words[0] if words else "SOAP fault"
    return etree.tostring(inner, with_tail=False), None
