"""Causes of a 401: no token, a damaged one, or one out of time (wire-facts 4.4)."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from http import HTTPStatus

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.facts import Certainty, Facts, Recogniser, answered

TOLERANCE = 60.0
"""Seconds that a token may come from the future (SAP's public validation library)."""

_EXPIRED = re.compile(r"\bexpired\b", re.IGNORECASE)
_EARLY = re.compile(r"cannot be accepted before|not yet valid|not valid yet", re.IGNORECASE)
_JUDGED_BY_TIME = re.compile(f"{_EXPIRED.pattern}|{_EARLY.pattern}", re.IGNORECASE)
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


def _was_read(facts: Facts, answer: Answer) -> bool:
    """Whether the words show that a token arrived and could be read, though it was not accepted."""
    return facts.states_audience or bool(_JUDGED_BY_TIME.search(answer.words))


def _judges_token(answer: Answer) -> bool:
    """Whether the challenge is about a token, so that one arrived."""
    return "invalid_token" in answer.header("www-authenticate").lower()


def _no_header(facts: Facts) -> Certainty | None:
    answer = refusal(facts)
    if answer is None or answer.authorization != ("", "") or _was_read(facts, answer):
        return None
    return None if _judges_token(answer) else Certainty.CERTAIN


def _header_lost(facts: Facts) -> Certainty | None:
    answer = refused_token(facts)
    if answer is None:
        return None
    challenge = answer.header("www-authenticate").lower()
    asks_for_basic = "basic realm" in challenge or (answer.is_page_of_runtime and not challenge)
    asked = asks_for_basic or _NOT_AUTHENTICATED in " ".join(answer.text.lower().split())
    return Certainty.LIKELY if asked and not _was_read(facts, answer) else None


def _basic_refused(facts: Facts) -> Certainty | None:
    answer = refusal(facts)
    if answer is None or answer.authorization[0] in {"", "bearer"} or _was_read(facts, answer):
        return None
    return Certainty.CERTAIN


def _not_a_jwt(facts: Facts) -> Certainty | None:
    answer, token = refused_token(facts), facts.bearer or ""
    if answer is None or _was_read(facts, answer):
        return None
    return None if token.startswith("eyJ") else Certainty.CERTAIN


def _truncated(facts: Facts) -> Certainty | None:
    answer, token = refused_token(facts), facts.bearer or ""
    if answer is None or not token.startswith("eyJ") or _was_read(facts, answer):
        return None
    parts = token.split(".")
    whole = len(parts) == _PARTS and bool(facts.claims) and _octets(parts[-1]) in _SIGNATURES
    return None if whole else Certainty.CERTAIN


def _octets(encoded: str) -> int:
    try:
        return len(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:
        return 0


def _refusal_of_a_token(facts: Facts) -> Answer | None:
    """Return the 401 to a call that carried a token, or may have carried one."""
    answer = refusal(facts)
    return answer if answer and answer.authorization[0] in {"", "bearer"} else None


def _expired(facts: Facts) -> Certainty | None:
    answer, until = _refusal_of_a_token(facts), facts.claimed_time("exp")
    if answer is None:
        return None
    if _EXPIRED.search(answer.words):
        return Certainty.CERTAIN
    return Certainty.LIKELY if until is not None and until <= facts.tenant_time else None


def _not_yet_valid(facts: Facts) -> Certainty | None:
    answer = _refusal_of_a_token(facts)
    if answer is None:
        return None
    if _EARLY.search(answer.words):
        return Certainty.CERTAIN
    since = facts.claimed_time("nbf") or facts.claimed_time("iat")
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
