"""How the runtime answers for a flow that has run (wire-facts 4.2, 4.3), and its error pages (4.4)."""

from __future__ import annotations

from http import HTTPStatus

from pytest_iflow.emulator.flows.message import FlowFailureError, Reply
from pytest_iflow.emulator.message_logs.message_log import MessageIds
from pytest_iflow.emulator.wire_answer import WireAnswer

# Byte for byte the recorded page; it was recorded for 401 and is assumed for the other statuses.
TEMPLATE = (
    '<!doctype html><html lang="en"><head><title>HTTP Status {status} \N{EN DASH} {phrase}</title>'
    '<style type="text/css">body {{font-family:Tahoma,Arial,sans-serif;}} '
    "h1, h2, h3, b {{color:white;background-color:#525D76;}} h1 {{font-size:22px;}} h2 {{font-size:16px;}} "
    "h3 {{font-size:14px;}} p {{font-size:12px;}} a {{color:black;}} "
    ".line {{height:1px;background-color:#525D76;border:none;}}</style></head>"
    "<body><h1>HTTP Status {status} \N{EN DASH} {phrase}</h1></body></html>"
)

TRANSPORT_SECURITY = ("strict-transport-security", "max-age=31536000; includeSubDomains; preload;")
NOT_KEPT = (
    ("cache-control", "no-cache, no-store, max-age=0, must-revalidate"),
    ("expires", "0"),
    ("pragma", "no-cache"),
)
# What the header filter of Apache Camel's HTTP components keeps from the caller.
NOT_SENT = frozenset(
    {
        *("cache-control", "connection", "content-length", "content-type", "date", "host", "pragma"),
        *("trailer", "transfer-encoding", "upgrade", "via", "warning"),
    }
)
HARDENING = (
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-xss-protection", "1; mode=block"),
)


def error_page(status: HTTPStatus, request_id: str, *extra: tuple[str, str]) -> WireAnswer:
    """Render the page of a status, with ``extra`` headers in front.

    The headers are those of the recorded 401 (wire-facts 4.4), and assumed for the other statuses.
    """
    body = TEMPLATE.format(status=status.value, phrase=status.phrase).encode("utf-8")
    return WireAnswer(
        status,
        (
            *extra,
            ("content-type", "text/html;charset=utf-8"),
            ("content-length", str(len(body))),
            ("content-language", "en"),
            *refusal_headers(request_id),
        ),
        body,
    )


def refusal_headers(request_id: str) -> tuple[tuple[str, str], ...]:
    """Return what all recorded refusals of the runtime have (wire-facts 4.4)."""
    return (*NOT_KEPT, ("server", "SAP"), *HARDENING, ("x-vcap-request-id", request_id), TRANSPORT_SECURITY)


def failure_headers(request_id: str) -> tuple[tuple[str, str], ...]:
    """Return what the recorded 500 of a failed message has (wire-facts 4.3): also an ``x-correlationid``."""
    return (*refusal_headers(request_id), ("x-correlationid", request_id))


def allowed_methods(request_id: str) -> WireAnswer:
    """Answer OPTIONS for a flow, which does not see such a call: as Apache Camel's servlet does (4.6)."""
    headers = (
        ("allow", "GET,HEAD,POST,PUT,DELETE,TRACE,OPTIONS,CONNECT,PATCH"),
        ("content-length", "0"),
        *refusal_headers(request_id),
    )
    return WireAnswer(HTTPStatus.OK, headers)


def success(reply: Reply, ids: MessageIds | None, request_id: str, *cookies: tuple[str, str]) -> WireAnswer:
    """Answer with the reply of a flow, its headers last.

    ``ids`` are those that the message log is found by, None if the tenant does not tell them (4.2);
    ``cookies`` are the headers that set them. Without content there is no content type (assumed).
    Of the headers of the flow those stay that Apache Camel sends (assumed, wire-facts 4.2).
    """
    empty = reply.body == b""
    status = reply.status or (HTTPStatus.NO_CONTENT if empty else HTTPStatus.OK)
    headers = (
        NOT_KEPT[0],
        *(() if empty else (("content-type", reply.content_type),)),
        *NOT_KEPT[1:],
        *_named(ids),
        ("server", "SAP"),
        *cookies,
        HARDENING[0],
        ("x-correlationid", request_id),
        HARDENING[1],
        ("x-vcap-request-id", request_id),
        HARDENING[2],
        TRANSPORT_SECURITY,
        *(each for each in reply.headers if each[0].lower() not in NOT_SENT),
    )
    # Answers of these two have no body.
    bodiless = status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}
    return WireAnswer(status, headers, b"" if bodiless else reply.body)


def _named(ids: MessageIds | None) -> tuple[tuple[str, str], ...]:
    if ids is None:
        return ()
    return (
        ("sap_messageprocessinglogid", ids.message),
        ("sap_mplcorrelationid", ids.correlation),
        ("sap_pregeneratedmplid", ids.pregenerated),
    )


def failure_text(error: FlowFailureError, message_id: str) -> str:
    """Return the text for the sender of a failed message, with the recorded typing error (wire-facts 4.3)."""
    if error.cause is None:
        return (
            f"An internal server error occured: The MPL ID for the failed message is : {message_id}\n"
            "For more details please check tail log."
        )
    return (
        f"An internal server error occured: {error.cause}\n"
        f"The MPL ID for the failed message is : {message_id}\n\n"
    )


def logged_text(error: FlowFailureError, message_id: str) -> str:
    """Return what the message log keeps: the answer behind its exception's class, if it has one (1.3)."""
    if error.cause is None:
        return failure_text(error, message_id)
    if error.exception is None:
        return error.cause
    return f"{error.exception}: {failure_text(error, message_id).rstrip()}"


def failure(error: FlowFailureError, message_id: str, request_id: str, *, full: bool = False) -> WireAnswer:
    """Answer for a message that failed: no ``sap_`` headers, the id stands in the text.

    ``full`` gives the whole exception away (4.3); its form is assumed to be the one in the log.
    """
    text = logged_text(error, message_id) if full else failure_text(error, message_id)
    return WireAnswer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        (
            ("content-type", "text/plain;charset=ISO-8859-1"),
            *failure_headers(request_id),
        ),
        # What does not fit into the charset becomes a question mark, as in Java.
        text.encode("iso-8859-1", "replace"),
    )
