"""How the runtime answers for a flow that has run (wire-facts 4.2 and 4.3)."""

from __future__ import annotations

import uuid

from pytest_iflow.emulator.flows.message import FlowFailureError, Reply
from pytest_iflow.emulator.message_log import MessageIds
from pytest_iflow.emulator.wire_answer import WireAnswer

TRANSPORT_SECURITY = ("strict-transport-security", "max-age=31536000; includeSubDomains; preload;")


def success(reply: Reply, ids: MessageIds, request_id: str) -> WireAnswer:
    """Answer with the reply of a flow, and the ids that its message log is found by."""
    return WireAnswer(
        reply.status,
        (
            ("cache-control", "no-cache, no-store, max-age=0, must-revalidate"),
            ("content-type", reply.content_type),
            ("expires", "0"),
            ("pragma", "no-cache"),
            ("sap_messageprocessinglogid", ids.message),
            ("sap_mplcorrelationid", ids.correlation),
            ("sap_pregeneratedmplid", ids.pregenerated),
            ("server", "SAP"),
            # The recorded cookie is blacked out; name and form are those of a servlet container (assumed).
            ("set-cookie", f"JSESSIONID={uuid.uuid4().hex.upper()}; Path=/; Secure; HttpOnly"),
            ("x-content-type-options", "nosniff"),
            ("x-correlationid", request_id),
            ("x-frame-options", "DENY"),
            ("x-vcap-request-id", request_id),
            ("x-xss-protection", "1; mode=block"),
            TRANSPORT_SECURITY,
        ),
        reply.body,
    )


def failure_text(error: FlowFailureError, message_id: str) -> str:
    """Return what the sender of a failed message gets to read, typing error and all (wire-facts 4.3)."""
    return (
        f"An internal server error occured: {error.cause}\n"
        f"The MPL ID for the failed message is : {message_id}\n\n"
    )


def logged_text(error: FlowFailureError, message_id: str) -> str:
    """Return what the message log keeps: the answer behind its exception's class, if it has one (1.3)."""
    if error.exception is None:
        return error.cause
    return f"{error.exception}: {failure_text(error, message_id).rstrip()}"


def failure(error: FlowFailureError, message_id: str, request_id: str) -> WireAnswer:
    """Answer for a message that failed: no ``sap_`` headers, the id stands in the text."""
    # The media type says ISO-8859-1; what does not fit into it becomes a question mark, as in Java.
    body = failure_text(error, message_id).encode("iso-8859-1", "replace")
    return WireAnswer(
        500,
        (
            ("content-type", "text/plain;charset=ISO-8859-1"),
            ("server", "SAP"),
            ("x-vcap-request-id", request_id),
            TRANSPORT_SECURITY,
        ),
        body,
    )
