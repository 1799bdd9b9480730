"""Flows that end in each of the ways in which a message can (wire-facts 4.1, 4.3)."""

from __future__ import annotations

from http import HTTPStatus
from typing import NoReturn

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Flow, Surroundings
from pytest_iflow.emulator.flows.message import Message, Reply

EXCEPTION = "java.lang.IllegalStateException"
CAUSE = "The receiver determination found no receiver."


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
    text = message.header("code")
    if not text:
        return Reply(b"", "text/plain")
    code = int(text) if text.isascii() and text.isdigit() and len(text) == 3 else 0  # noqa: PLR2004 - digits of a status
    if not HTTPStatus.OK <= code < 600:  # noqa: PLR2004 - the end of the statuses
        raise FlowFailureError(f'java.lang.IllegalArgumentException: Invalid status code "{text}"')
    return Reply(f"status {code}".encode(), "text/plain", code)


FLOWS = (
    Flow("Error_End_Event", "Error end event", "/errors/end-event", error_end_event),
    Flow("Escalation", "Escalation end event", "/errors/escalation", escalation),
    Flow("Uncaught_Exception", "Uncaught exception", "/errors/uncaught", uncaught_exception),
    Flow(
        "Returned_Exception",
        "Exception returned to the sender",
        "/errors/returned",
        uncaught_exception,
        returns_exception=True,
    ),
    Flow("Handled_Error", "Handled error", "/errors/handled", handled_error),
    Flow("Own_Status", "Status of its own", "/status", own_status),
)
