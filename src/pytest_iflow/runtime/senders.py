"""The sender adapters of iFlows: which one a call met, and which answer means that it took the message."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pytest_iflow.checks.batch import MULTIPART
from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.fault import error_in_json, error_text
from pytest_iflow.checks.quoting import one_line
from pytest_iflow.errors import CheckError
from pytest_iflow.runtime.soap import IDOC_NAMESPACE
from pytest_iflow.transport.charset import media_type, readable
from pytest_iflow.transport.exchange import Exchange

_SUCCESS = range(200, 300)
_FIRST_ERROR = 400
_SHOWN = 300
"""Bytes of an answer that are told as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Sender:
    """A kind of sender adapter.

    ``accepted`` holds by method the status with which it accepts a message; those of the empty text are for
    all other methods. ``words`` say the same to a tester.
    """

    name: str
    accepted: Mapping[str, Collection[int]]
    words: str

    def accepts(self, method: str, status: int) -> bool:
        """Tell whether a status means that a message, sent with this method, was accepted."""
        return status in self.accepted.get(method.upper(), self.accepted[""])


HTTPS = Sender(
    "HTTPS sender",
    {"": _SUCCESS},
    "200, 204 without content, or another status of 200 to 299 that the flow sets",
)
"""wire-facts 4.1: 200 and 204, and what the flow sets as CamelHttpResponseCode."""
SOAP = Sender("SOAP sender", {"": (200, 202)}, "200 and a reply, or with 202 where it is one-way")
"""wire-facts 4.8."""
IDOC = Sender("IDoc sender", {"": (200, 202)}, "200, or with 202 and no reply")
"""That it answers as a SOAP sender does is assumed (wire-facts 4.9)."""
ODATA = Sender(
    "OData sender",
    {"": (204,), "GET": (200,), "HEAD": (200,), "POST": (201,)},
    "200 (a query), 201 (a create) or 204 (a change, a delete)",
)
"""OData V2, "Operations"; that the sender of Cloud Integration keeps to it is assumed (wire-facts 4.7)."""
BATCH = Sender("OData sender", {"": (202,)}, "202 (a batch), and no request in it fails")


def sender_of(exchange: Exchange) -> Sender:
    """Return the sender adapter that a call met, by its address; an IDoc is known by its namespace."""
    request = exchange.request
    path = urlsplit(request.url).path
    if path.startswith("/gw/"):
        return BATCH if path.endswith("/$batch") else ODATA
    if path.startswith("/cxf/"):
        return IDOC if IDOC_NAMESPACE.encode() in request.body else SOAP
    return HTTPS


def refusal(exchange: Exchange) -> str | None:
    """Return why a message was not accepted, in the words of its sender; None where it was.

    A SOAP fault is no acceptance, whatever its status. Of a batch each part has to be a success.
    """
    sender, response = sender_of(exchange), exchange.response
    kind = response.headers.get("content-type")
    # What else comes with a success is the flow's own, and is not read.
    said = (
        error_text(response.body, kind) if sender in {SOAP, IDOC} or response.status not in _SUCCESS else None
    )
    if not sender.accepts(exchange.request.method, response.status):
        said = said or _beginning(exchange)
        return (
            f"the response status is {response.status} {response.reason}; "
            f"the {sender.name} accepts a message with {sender.words}"
            + (f"; it said: {said}" if said else "")
        )
    if said is not None:
        return f"the answer is a {said}"
    return _refused_parts(exchange) if sender is BATCH else None


def _beginning(exchange: Exchange) -> str | None:
    """Return how an answer in plain text begins; markup says nothing on one line."""
    response = exchange.response
    text = one_line(readable(response.body[:_SHOWN], response.headers.get("content-type")))
    return None if text.startswith("<") else text or None


def _refused_parts(exchange: Exchange) -> str | None:
    response = exchange.response
    kind = response.headers.get("content-type")
    if media_type(kind) != MULTIPART:
        raise CheckError(f"the answer of the batch is {media_type(kind) or 'of no type'}, not {MULTIPART}")
    failed = [
        f"answer {number} of the batch is {each['status']} {each['reason']}{_said_in(each['body'])}"
        for number, each in enumerate(parse_document(response.body, kind).value, start=1)
        if each["status"] >= _FIRST_ERROR
    ]
    return "; ".join(failed) or None


def _said_in(body: object) -> str:
    said = error_in_json(body)
    return f" ({said})" if said else ""
