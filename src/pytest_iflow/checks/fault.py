"""What an answer says of its own failure: a SOAP fault, or the error of an OData service, in a few words."""

from __future__ import annotations

from typing import Any

from lxml.etree import QName, _Element

from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.errors import CheckError


def soap_fault(document: Document) -> _Element | None:
    """Return the element ``Fault`` of a SOAP envelope of any version; None for every other answer."""
    if document.kind != "xml" or QName(document.value).localname != "Envelope":
        return None
    return next(
        (each for body in _children(document.value, "Body") for each in _children(body, "Fault")), None
    )


def fault_text(fault: _Element) -> str:
    """Return code and reason of a SOAP fault, and the text of its detail, on one line.

    SOAP 1.1 has ``faultcode``, ``faultstring`` and ``detail``, SOAP 1.2 ``Code``, ``Reason`` and ``Detail``.
    """
    code = _text(fault, "faultcode") or _text(fault, "Code")
    reason = _text(fault, "faultstring") or _text(fault, "Reason")
    detail = _text(fault, "detail") or _text(fault, "Detail")
    said = ": ".join(filter(None, (code, reason))) or "without a reason"
    return f"{said} ({detail})" if detail else said


def error_text(body: bytes, content_type: str | None) -> str | None:
    """Return what an answer says of its failure; None where it is neither a SOAP fault nor an OData error."""
    try:
        document = parse_document(body, content_type)
    except CheckError:
        return None
    if document.kind == "json":
        return error_in_json(document.value)
    if (fault := soap_fault(document)) is not None:
        return f"SOAP fault {fault_text(fault)}"
    if QName(document.value).localname == "error":
        return _odata_error(_text(document.value, "code"), _text(document.value, "message"))
    return None


def error_in_json(value: Any) -> str | None:
    """Return what an OData error in JSON says; None for all else.

    It is ``{"error":{"code":…,"message":{"value":…}}}``; in OData V4 the message is a text.
    """
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return None
    message = error.get("message")
    said = message.get("value") if isinstance(message, dict) else message
    return _odata_error(str(error.get("code") or ""), str(said or ""))


def _odata_error(code: str, message: str) -> str:
    said = ": ".join(filter(None, (code, " ".join(message.split()))))
    return f"OData error {said or 'without a text'}"


def _children(element: _Element, name: str) -> list[_Element]:
    return [each for each in element if QName(each).localname == name]


def _text(element: _Element, name: str) -> str:
    words = " ".join(text for each in _children(element, name) for text in map(str, each.itertext()))
    return " ".join(words.split())
