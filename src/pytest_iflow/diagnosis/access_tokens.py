"""Causes of a 401: no token, a damaged one, or one out of time (wire-facts 4.4)."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from http import HTTPStatus

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.facts import Cause, Certainty, Facts, answered

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


DAMAGED = ("token-not-a-jwt", "token-truncated")
OUT_OF_TIME = ("token-expired", "token-not-yet-valid")
"""Ids that others yield to."""

CAUSES = (
    Cause(
        "token-expired",
        'call: 401, "invalid_token", some time after the token was issued',
        "The token had expired by the tenant's clock when the call arrived.",
        "Ask for a new token. If it is new, compare the clocks.",
        "wire-facts 6.8",
        _expired,
        times,
        yields_to=DAMAGED,
    ),
    Cause(
        "token-not-yet-valid",
        'call: 401, "invalid_token", with a token of this minute',
        "The token was issued later than it is now by the clock of the host that was called: clocks differ.",
        "Wait for the difference that is shown. Where the clock here is wrong, set it by NTP.",
        "assumed",
        _not_yet_valid,
        times,
        yields_to=DAMAGED,
    ),
    Cause(
        "token-truncated",
        'call: 401, "invalid_token", with a token that was copied',
        "The token is not whole: a part or the end of it is missing.",
        "Copy the token again, without line breaks, or have a new one requested.",
        "wire-facts 6.8",
        _truncated,
    ),
    Cause(
        "token-not-a-jwt",
        'call: 401, "invalid_token", with something else than a token',
        "What was sent as a token is none: it has not the form of a JWT.",
        "Send access_token of the token service's answer, and nothing else.",
        "wire-facts 6.8",
        _not_a_jwt,
    ),
    Cause(
        "no-authorization-header",
        'call: 401, "An Authentication object was not found in the SecurityContext", or the page '
        '"HTTP Status 401 – Unauthorized"',  # noqa: RUF001, as the runtime writes it
        "The call carried no Authorization header.",
        "Send Authorization: Bearer with the token. A client that follows redirects drops the header.",
        "wire-facts 6.6, 6.7",
        _no_header,
    ),
    Cause(
        "authorization-header-lost",
        "call: 401 as without credentials, though a token was sent",
        "The runtime saw no Authorization header: something between dropped it, a proxy or API Management.",
        "Look for what changes headers on the way, and call the url of the service key itself.",
        "wire-facts 6.6",
        _header_lost,
        yields_to=(*DAMAGED, *OUT_OF_TIME),
    ),
    Cause(
        "basic-credentials-refused",
        "call with Basic authentication: 401",
        "The runtime does not take these Basic credentials: it knows clientid and clientsecret of a key of "
        "plan integration-flow.",
        "Compare both with the service key; better, call with a token.",
        "wire-facts 6.7",
        _basic_refused,
    ),
)
