"""Flows for tests of a client.

An echo, each way in which a message can end (wire-facts 4.1, 4.3), slow and large answers, and broken HTML.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import NoReturn

from pytest_iflow.emulator.flows.message import (
    ALL_HEADERS,
    SAP_HEADERS,
    Flow,
    FlowFailureError,
    Message,
    Reply,
    Surroundings,
)

# Credentials must not be in an answer: it may end up in reports.
WITHHELD = frozenset({"authorization", "cookie"})
EXCEPTION = "java.lang.IllegalStateException"
CAUSE = "The receiver determination found no receiver."
MOST_SECONDS = 30.0
MOST_MEGABYTES = 512.0
CHUNK = (b"0123456789abcdef" * 64)[:-1] + b"\n"
CHUNKS_PER_PIECE = 64
PIECES_PER_MEGABYTE = 16


def echo(message: Message, _surroundings: Surroundings) -> Reply:
    """Answer with method, path, query, headers and body (as text) in JSON."""
    headers = {name: value for name, value in message.headers.items() if name.lower() not in WITHHELD}
    received = {
        "method": message.method,
        "path": message.path,
        "query": dict(message.query),
        "headers": headers,
        "body": message.body.decode("utf-8", "replace"),
    }
    return Reply(json.dumps(received, ensure_ascii=False).encode("utf-8", "replace"), "application/json")


def error_end_event(message: Message, _surroundings: Surroundings) -> NoReturn:
    """End with an error end event: FAILED, and a 500 that gives no cause."""
    message.log.step("EndEvent_1", "Error End Event")
    raise FlowFailureError(None)


def escalation(message: Message, _surroundings: Surroundings) -> NoReturn:
    """End with an escalation end event: ESCALATED; that the answer is the same 500 is assumed."""
    message.log.step("EndEvent_1", "Escalation End Event")
    raise FlowFailureError(None, status="ESCALATED")


def uncaught_exception(message: Message, _surroundings: Surroundings) -> NoReturn:
    """Fail with an exception that nothing handles: FAILED, and a 500 with the cause."""
    message.log.step("CallActivity_1", "Groovy Script")
    raise FlowFailureError(CAUSE, EXCEPTION)


def handled_error(message: Message, _surroundings: Surroundings) -> Reply:
    """Handle an exception and answer with a 500 of its own, as recorded (wire-facts 4.3): COMPLETED."""
    message.log.step("SubProcess_1", "Exception Subprocess")
    body = b'{"error":"Employee\'s country not supported"}'
    return Reply(body, "application/json;charset=utf-8", HTTPStatus.INTERNAL_SERVER_ERROR)


def own_status(message: Message, _surroundings: Surroundings) -> Reply:
    """Answer with the status ``?code=`` (200 to 599, set as ``CamelHttpResponseCode``), 204 without."""
    code = message.status()
    return Reply(b"", "text/plain") if code is None else Reply(f"status {code}".encode(), "text/plain", code)


def slow(message: Message, surroundings: Surroundings) -> Reply:
    """Answer after ``?seconds=`` (at most 30), or at once when the process is about to end."""
    seconds = message.number("seconds", MOST_SECONDS)
    surroundings.stopping.wait(seconds)
    return Reply(f"waited {seconds:g} seconds".encode(), "text/plain")


def large(message: Message, _surroundings: Surroundings) -> Reply:
    """Answer with ``?megabytes=`` of text (MiB, at most 512), made while it is being sent."""
    pieces = int(message.number("megabytes", MOST_MEGABYTES) * PIECES_PER_MEGABYTE)
    return Reply(itertools.repeat(CHUNK * CHUNKS_PER_PIECE, pieces), "text/plain")


def broken_html(_message: Message, _surroundings: Surroundings) -> Reply:
    """Answer 200 with HTML that is not even well-formed, as a misconfigured receiver may."""
    return Reply(b"<html><body><p>Service temporarily moved<br></body>", "text/html")


def _flow(
    artifact: str, name: str, address: str, run: Callable[[Message, Surroundings], Reply], *headers: str
) -> Flow:
    """Return a flow that allows the headers of SAP and these."""
    return Flow(artifact, name, address, run, allowed_headers="|".join((SAP_HEADERS, *headers)))


FLOWS = (
    Flow("Echo", "Echo", "/echo", echo, allowed_headers=ALL_HEADERS),
    Flow("Echo_Any_Path", "Echo of any path", "/echo/*", echo, allowed_headers=ALL_HEADERS),
    # The smallest limit that the sender can be set to (wire-facts 4.6).
    Flow("Echo_Limited", "Echo of up to 1 MB", "/echo-limited", echo, body_limit=1.0),
    _flow("Error_End_Event", "Error end event", "/errors/end-event", error_end_event),
    _flow("Escalation", "Escalation end event", "/errors/escalation", escalation),
    _flow("Uncaught_Exception", "Uncaught exception", "/errors/uncaught", uncaught_exception),
    Flow(
        "Returned_Exception",
        "Exception returned to the sender",
        "/errors/returned",
        uncaught_exception,
        allowed_headers=SAP_HEADERS,
        returns_exception=True,
    ),
    _flow("Handled_Error", "Handled error", "/errors/handled", handled_error),
    _flow("Own_Status", "Status of its own", "/status", own_status, "code"),
    _flow("Slow", "Slow", "/slow", slow, "seconds"),
    _flow("Large", "Large", "/large", large, "megabytes"),
    _flow("Broken_HTML", "Broken HTML", "/broken-html", broken_html),
)
