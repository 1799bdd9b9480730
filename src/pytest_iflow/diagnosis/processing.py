"""Causes of messages that arrived and failed in the flow (wire-facts 4.3, 6)."""

from __future__ import annotations

import re
from http import HTTPStatus

from pytest_iflow.diagnosis.facts import Certainty, Facts, Recogniser, Verdict, labelled

_UNREADABLE = (
    r"End of input at line 1 column 1|Invalid JSON input structure|Premature end of file"
    r"|Content is not allowed in prolog|Unexpected EOF in prolog"
)
_NOTHING_READ = r"End of input at line 1 column 1\b"
_TOO_LARGE = "exceeds configured size limit"


def failure_text(facts: Facts) -> str:
    """Return what is said of the failed message: by the log, and by an answer 500 of the runtime."""
    answer = facts.answer
    told = answer.said if answer and answer.status == HTTPStatus.INTERNAL_SERVER_ERROR else ""
    return f"{facts.log_error or ''}\n{'' if answer and answer.is_by_flow else told}"


def _found(pattern: str) -> Recogniser:
    """Make what recognises a cause by the text of the failure."""
    compiled = re.compile(pattern)
    return Recogniser(
        lambda facts: bool(compiled.search(" ".join(failure_text(facts).split()))), _first_lines
    )


def _empty_body(facts: Facts) -> Verdict:
    if facts.exchange is None:
        return None
    if facts.exchange.request.body.strip():  # something on the way may have dropped it
        return Certainty.LIKELY if re.search(_NOTHING_READ, failure_text(facts)) else None
    return bool(re.search(_UNREADABLE, failure_text(facts)))


def _too_large(facts: Facts) -> Verdict:
    answer = facts.answer
    refused = answer if answer and answer.is_refusal and not answer.is_by_flow else None
    said = f"{facts.log_error or ''}\n{refused.text if refused else ''}"
    if _TOO_LARGE in said:
        return Certainty.CERTAIN
    by_status = refused and refused.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return Certainty.POSSIBLE if by_status else None


def _first_lines(facts: Facts) -> tuple[str, ...]:
    lines = [line.strip() for line in failure_text(facts).splitlines() if line.strip()]
    return (*lines[:2], *labelled(("message log", facts.exchange.mpl_id if facts.exchange else None)))


RECOGNISERS = {
    "empty-body": Recogniser(_empty_body, _first_lines),
    "body-not-json": _found(r"Invalid JSON input structure"),
    "missing-field": _found(r"Header/Property value not found for the parameter"),
    "body-too-large": Recogniser(_too_large, _first_lines),
    "receiver-unavailable": _found(r"HTTP operation failed.*statusCode: 50[234]"),
    "receiver-not-reached": _found(
        r"HTTP operation failed.*statusCode: 404|Failed to connect to system"
        r"|Connection ?[Rr]efused|UnknownHostException|TimeoutError|SocketTimeoutException"
    ),
    "duplicate-id": _found(r"already exists in the .*package"),
    "flow-failed": _found(r"The MPL ID for the failed message is|For more details please check tail log"),
}
