"""Causes of messages that arrived and failed in the flow (wire-facts 4.3, 6)."""

from __future__ import annotations

import re
from http import HTTPStatus

from pytest_iflow.diagnosis.facts import Certainty, Facts, Predicate, Recogniser

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


RECOGNISERS = {
    "empty-body": Recogniser(_empty_body, _first_lines),
    "body-not-json": Recogniser(_found(_NOT_JSON), _first_lines),
    "missing-field": Recogniser(_found(r"Header/Property value not found for the parameter"), _first_lines),
    "body-too-large": Recogniser(_too_large, _first_lines),
    "receiver-unavailable": Recogniser(_found(r"HTTP operation failed.*statusCode: 50[234]"), _first_lines),
    "receiver-not-reached": Recogniser(
        _found(
            r"HTTP operation failed.*statusCode: 404|Failed to connect to system"
            r"|Connection ?[Rr]efused|UnknownHostException|TimeoutError|SocketTimeoutException"
        ),
        _first_lines,
    ),
    "duplicate-id": Recogniser(_found(r"already exists in the .*package"), _first_lines),
    "flow-failed": Recogniser(_found(_FAILED), _first_lines),
}
