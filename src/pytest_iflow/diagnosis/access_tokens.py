"""Causes of a 401: no token, a damaged one, or one out of time (wire-facts 4.4)."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from http import HTTPStatus

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.facts import Certainty, Facts, Recogniser, Verdict, answered, needs
from pytest_iflow.lazy_pattern import lazy_pattern

TOLERANCE = 60.0
"""Seconds that a token may come from the future (SAP's public validation library)."""

_EXPIRED = lazy_pattern(r"\bexpired\b", re.IGNORECASE)
_EARLY = lazy_pattern(r"cannot be accepted before|not yet valid|not valid yet", re.IGNORECASE)
_JUDGED_BY_TIME = lazy_pattern(f"{_EXPIRED.pattern}|{_EARLY.pattern}", re.IGNORECASE)
_NOT_AUTHENTICATED = "an authentication object was not found in the securitycontext"
_PARTS = 3
_SIGNATURES = frozenset({256, 384, 512})
"""Octets of an RSA signature, by the length of the key."""


def refusal(facts: Facts) -> Answer | None:
    """Return the 401 of runtime or API, as opposed to that of a flow or of the token service."""
    answer = facts.answer
    if answer is None or answer.status != HTTPStatus.UNAUTHORIZED or answer.is_by_flow:
        return None
    return None if answer.plane == "token" else answer


def refused_token(facts: Facts) -> Answer | None:
    """Return the 401 of runtime or API to a call that carried a token."""
    return refusal(facts) if facts.bearer else None


def refusal_without_basic(facts: Facts) -> Answer | None:
    """Return the 401 to a call that carried a token, or may have carried one."""
    answer = refusal(facts)
    return answer if answer and answer.authorization[0] in {"", "bearer"} else None


def _was_read(facts: Facts, answer: Answer) -> bool:
    """Whether the words show that a token arrived and could be read, though it was not accepted."""
    return facts.states_audience or bool(_JUDGED_BY_TIME.search(answer.words))


@needs(refusal)
def _no_header(facts: Facts, answer: Answer) -> Verdict:
    judges_token = "invalid_token" in answer.header("www-authenticate").lower()  # so that one arrived
    return answer.authorization == ("", "") and not judges_token and not _was_read(facts, answer)


@needs(refused_token)
def _header_lost(facts: Facts, answer: Answer) -> Verdict:
    challenge = answer.header("www-authenticate").lower()
    asks_for_basic = "basic realm" in challenge or (answer.is_page_of_runtime and not challenge)
    asked = asks_for_basic or _NOT_AUTHENTICATED in " ".join(answer.text.lower().split())
    return Certainty.LIKELY if asked and not _was_read(facts, answer) else None


@needs(refusal)
def _basic_refused(facts: Facts, answer: Answer) -> Verdict:
    return answer.authorization[0] not in {"", "bearer"} and not _was_read(facts, answer)


@needs(refused_token)
def _not_a_jwt(facts: Facts, answer: Answer) -> Verdict:
    return not (facts.bearer or "").startswith("eyJ") and not _was_read(facts, answer)


@needs(refused_token)
def _truncated(facts: Facts, answer: Answer) -> Verdict:
    token = facts.bearer or ""
    parts = token.split(".")
    is_whole = len(parts) == _PARTS and bool(facts.claims) and _octets(parts[-1]) in _SIGNATURES
    return token.startswith("eyJ") and not is_whole and not _was_read(facts, answer)


def _octets(encoded: str) -> int:
    try:
        return len(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:
        return 0


@needs(refusal_without_basic)
def _expired(facts: Facts, answer: Answer) -> Verdict:
    until = facts.claimed_time("exp")
    if _EXPIRED.search(answer.words):
        return Certainty.CERTAIN
    return Certainty.LIKELY if until is not None and until <= facts.tenant_time else None


@needs(refusal_without_basic)
def _not_yet_valid(facts: Facts, answer: Answer) -> Verdict:
    since = facts.claimed_time("nbf") or facts.claimed_time("iat")
    if _EARLY.search(answer.words):
        return Certainty.CERTAIN
    return Certainty.LIKELY if since is not None and since > facts.tenant_time + TOLERANCE else None


def times(facts: Facts) -> tuple[str, ...]:
    """Return the times of the token, and the tenant's clock with its difference from ours, as evidence."""
    names = {"iat": "issued", "nbf": "valid from", "exp": "valid until"}
    claimed = {shown: facts.claimed_time(name) for name, shown in names.items()}
    return (
        *answered(facts),
        *(f"token {shown}: {moment(at)}" for shown, at in claimed.items() if at is not None),
        f"time at the tenant: {moment(facts.tenant_time)} ({facts.clock_ahead:+.0f} s from the clock here)",
    )


def moment(seconds: float) -> str:
    """Write a time in seconds since 1970 as UTC."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g}"


RECOGNISERS = {
    "token-expired": Recogniser(_expired, times),
    "token-not-yet-valid": Recogniser(_not_yet_valid, times),
    "token-truncated": Recogniser(_truncated),
    "token-not-a-jwt": Recogniser(_not_a_jwt),
    "no-authorization-header": Recogniser(_no_header),
    "authorization-header-lost": Recogniser(_header_lost),
    "basic-credentials-refused": Recogniser(_basic_refused),
}
