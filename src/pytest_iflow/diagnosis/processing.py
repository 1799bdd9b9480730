"""Causes of messages that arrived and failed in the flow (wire-facts 4.3, 6)."""

from __future__ import annotations

import re
from http import HTTPStatus

from pytest_iflow.diagnosis.facts import Cause, Certainty, Facts, Predicate

_UNREADABLE = (
    r"End of input at line 1 column 1|Invalid JSON input structure|Premature end of file"
    r"|Content is not allowed in prolog|Unexpected EOF in prolog"
)
_NOTHING_READ = r"End of input at line 1 column 1\b"
_TOO_LARGE = r"exceeds configured size limit"
_NOT_JSON = r"Invalid JSON input structure"
_FAILED = r"The MPL ID for the failed message is|For more details please check tail log"


def failure_text(facts: Facts) -> str:
    """Return what is said of the failed message: by the log, and by an answer 500 of the runtime."""
    answer = facts.answer
    told = answer.text if answer and answer.status == HTTPStatus.INTERNAL_SERVER_ERROR else ""
    return f"{facts.log_error or ''}\n{'' if answer and answer.is_by_flow else told}"


def _found(pattern: str) -> Predicate:
    compiled = re.compile(pattern)

    def predicate(facts: Facts) -> Certainty | None:
        return Certainty.CERTAIN if compiled.search(" ".join(failure_text(facts).split())) else None

    return predicate


def _empty_body(facts: Facts) -> Certainty | None:
    if facts.exchange is None:
        return None
    if facts.exchange.request.body.strip():  # something on the way may have dropped it
        return Certainty.LIKELY if re.search(_NOTHING_READ, failure_text(facts)) else None
    return Certainty.CERTAIN if re.search(_UNREADABLE, failure_text(facts)) else None


def _too_large(facts: Facts) -> Certainty | None:
    answer = facts.answer
    refused = answer is not None and answer.is_refusal and not answer.is_by_flow
    told = f"{facts.log_error or ''}\n{answer.text if answer and refused else ''}"
    if re.search(_TOO_LARGE, told):
        return Certainty.CERTAIN
    by_status = refused and answer and answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return Certainty.POSSIBLE if by_status else None


def _first_lines(facts: Facts) -> tuple[str, ...]:
    lines = [line.strip() for line in failure_text(facts).splitlines() if line.strip()]
    log = facts.exchange.mpl_id if facts.exchange else None
    return (*lines[:2], *((f"message log: {log}",) if log else ()))


_EXACT = (
    "empty-body",
    "body-not-json",
    "missing-field",
    "body-too-large",
    "receiver-unavailable",
    "receiver-not-reached",
    "duplicate-id",
)

CAUSES = (
    Cause(
        "empty-body",
        'call: 500, "End of input at line 1 column 1 path $."',
        "The call had no body, and the iFlow reads one.",
        "Send the message in the body; a gateway or a redirect on the way may have dropped it.",
        "wire-facts 6.16",
        _empty_body,
        _first_lines,
    ),
    Cause(
        "body-not-json",
        'call: 500, "Invalid JSON input structure"',
        "The iFlow converts JSON, and the body is none, or no JSON object.",
        "Send a JSON object.",
        "wire-facts 1.3",
        _found(_NOT_JSON),
        _first_lines,
        yields_to=("empty-body",),
    ),
    Cause(
        "missing-field",
        'call: 500, "Header/Property value not found for the parameter ${header.…}"',
        "The message lacks the field that the iFlow puts into its query.",
        "Send the field, spelled as the iFlow reads it (productIdentifier in the tutorial).",
        "wire-facts 6.17",
        _found(r"Header/Property value not found for the parameter"),
        _first_lines,
    ),
    Cause(
        "body-too-large",
        'call: "Message body exceeds configured size limit"',
        "The body is larger than the sender channel allows.",
        "Raise Body Size in the sender channel and deploy again, or split the message.",
        "wire-facts 6.23",
        _too_large,
        _first_lines,
    ),
    Cause(
        "receiver-unavailable",
        'message log: "HTTP operation failed … statusCode: 503" (or 502, 504)',
        "The system behind the iFlow is down, or the Cloud Connector in front of it.",
        "Start it. The first calls after a start of the Cloud Connector can still fail.",
        "wire-facts 6.20",
        _found(r"HTTP operation failed.*statusCode: 50[234]"),
        _first_lines,
    ),
    Cause(
        "receiver-not-reached",
        'call or message log: "Failed to connect to system", no connection, or statusCode: 404',
        "The iFlow does not reach the system behind it: it moved, or is down.",
        "Check the address in the receiver channel; let tests use a receiver of their own.",
        "wire-facts 6.19",
        _found(
            r"HTTP operation failed.*statusCode: 404|Failed to connect to system"
            r"|Connection ?[Rr]efused|UnknownHostException|TimeoutError|SocketTimeoutException"
        ),
        _first_lines,
    ),
    Cause(
        "duplicate-id",
        'call of /api/v1: 500, "… already exists in the … package"',
        "Something with this id exists already; the API reports that as an error of the server.",
        "Take another id, or update what is there. Do not repeat the call.",
        "wire-facts 6.32",
        _found(r"already exists in the .*package"),
        _first_lines,
    ),
    Cause(
        "flow-failed",
        'call: 500, "The MPL ID for the failed message is : …"',
        "The message arrived, and the iFlow failed.",
        "Open the message log that is named; its error information says which step failed.",
        "wire-facts 6.18",
        _found(_FAILED),
        _first_lines,
        yields_to=_EXACT,
    ),
)
