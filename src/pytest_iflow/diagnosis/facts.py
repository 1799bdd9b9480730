"""What is known of one call, one token or one service key, and the causes that are judged over it."""

from __future__ import annotations

import enum
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from msgspec import Struct

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.errors import IflowError, TokenError
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.oauth.token import read_claims
from pytest_iflow.tenants.service_key import ServiceKey
from pytest_iflow.transport.exchange import Exchange

_Fact = TypeVar("_Fact")

NOT_DEPLOYED = "NOT_DEPLOYED"
"""Status of an artifact that the tenant does not list."""

_AUDIENCE = lazy_pattern(
    r"Jwt\s+token\s+(?:with\s+)?audience\s*\[(?P<got>[^\]]*)\]\s+is\s+not\s+issued\s+"
    r"for\s+these\s+clientIds:?\s*\[(?P<wanted>[^\]]*)\]",
    re.IGNORECASE,
)
"""Both forms of SAP's validation library (wire-facts 3.4)."""


@dataclass(frozen=True)
class Facts:
    """The facts by which causes are judged.

    ``exchange`` is the call that was refused, ``error`` what was raised instead of an answer. ``key`` is
    the service key of the client that acted; ``token`` is judged instead of the one that the call
    carried. ``clock_difference`` is the time at the tenant minus the time here, measured in seconds.
    ``endpoints`` are the URLs or paths that the tenant lists. ``artifact_status`` is the state of the
    iFlow: ``NOT_DEPLOYED`` if it is not listed. ``log_error`` is the error text of the message log.
    ``same_client`` names other clients of the environment that have the same client id.
    """

    exchange: Exchange | None = None
    error: IflowError | None = None
    key: ServiceKey | None = None
    token: str | None = field(default=None, repr=False)
    clock_difference: float | None = None
    endpoints: tuple[str, ...] | None = None
    artifact_status: str | None = None
    log_error: str | None = None
    same_client: tuple[str, ...] = ()

    @cached_property
    def answer(self) -> Answer | None:
        """The answer of the exchange."""
        return Answer(self.exchange) if self.exchange is not None else None

    @cached_property
    def bearer(self) -> str | None:
        """The token to judge: ``token`` if it is given, else that of the call."""
        if self.token is not None or self.answer is None:
            return self.token
        scheme, value = self.answer.authorization
        return value if scheme == "bearer" else None

    @cached_property
    def claims(self) -> Mapping[str, Any]:
        """Claims of the token, not verified; empty without a token that can be read."""
        try:
            return read_claims(self.bearer) if self.bearer else {}
        except TokenError:
            return {}

    @property
    def scopes(self) -> tuple[str, ...]:
        """Scopes of the token."""
        return _texts(self.claims.get("scope"))

    @cached_property
    def audience(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Audience that the token has and that is wanted: in the service's words, else by token and key."""
        if (found := self._stated_audience) is not None:
            return _names_in(found["got"]), _names_in(found["wanted"])
        application = self.key.client_id.partition("|")[2] if self.key else ""
        return _texts(self.claims.get("aud")), (application,) if application else ()

    @cached_property
    def _stated_audience(self) -> re.Match[str] | None:
        if self.answer is None:
            return None
        places = (self.answer.words, self.answer.text, self.answer.header("www-authenticate"))
        return next(filter(None, map(_AUDIENCE.search, places)), None)

    @property
    def states_audience(self) -> bool:
        """Whether the answer itself says that the audience is wrong."""
        return self._stated_audience is not None

    @property
    def tenant_time(self) -> float:
        """The time at the tenant when it answered, in seconds since 1970, as exactly as it is known."""
        if self.answer is not None and self.answer.server_time is not None:
            return self.answer.server_time
        ours = self.exchange.started.timestamp() if self.exchange else time.time()
        return ours + (self.clock_difference or 0.0)

    @property
    def clock_ahead(self) -> float:
        """Seconds by which the tenant's clock is ahead of ours, measured, else by this answer."""
        if self.clock_difference is not None or self.exchange is None:
            return self.clock_difference or 0.0
        return self.tenant_time - self.exchange.started.timestamp()

    def claimed_time(self, name: str) -> float | None:
        """Return a claim that is a time, in seconds since 1970; None if there is none."""
        value = self.claims.get(name)
        return float(value) if isinstance(value, int | float) else None

    @property
    def raised(self) -> str:
        """Id of the cause with which the error was raised; empty if none."""
        return self.error.first_cause if self.error else ""


def _names_in(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _texts(value: object) -> tuple[str, ...]:
    values = value.split() if isinstance(value, str) else value
    return tuple(str(each) for each in values) if isinstance(values, list | tuple) else ()


class Certainty(enum.Enum):
    """How sure a finding is; the surest first."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


Verdict = Certainty | bool | None
"""How sure it is that a cause is the matter; True stands for certain, False and None for not at all."""

Predicate = Callable[[Facts], Verdict]
"""Judges one cause over the facts."""

Evidence = Callable[[Facts], tuple[str, ...]]
"""What of the facts shows a cause, a line each."""


def labelled(*pairs: tuple[str, str | None]) -> tuple[str, ...]:
    """Return a line of evidence for each label that has a value."""
    return tuple(f"{label}: {value}" for label, value in pairs if value)


def answered(facts: Facts) -> tuple[str, ...]:
    """Return status, challenge and words of the answer as evidence."""
    answer = facts.answer
    if answer is None:
        return ()
    challenge = answer.header("www-authenticate")
    words = answer.words if answer.words not in challenge else None
    status = f"status {answer.status} {answer.exchange.response.reason}".rstrip()
    return (status, *labelled(("www-authenticate", challenge), ("its words", words)))


def needs(
    select: Callable[[Facts], _Fact | None],
) -> Callable[[Callable[[Facts, _Fact], Verdict]], Predicate]:
    """Make a predicate of a function that judges what ``select`` finds in the facts; None finds nothing."""

    def decorate(judge: Callable[[Facts, _Fact], Verdict]) -> Predicate:
        def predicate(facts: Facts) -> Verdict:
            found = select(facts)
            return None if found is None else judge(facts, found)

        return predicate

    return decorate


def any_answer(facts: Facts) -> Answer | None:
    """Return the answer of the exchange, whatever it is; for ``needs``."""
    return facts.answer


class Recogniser(Struct, frozen=True):
    """Tells whether one cause is the matter, and what of the facts shows it."""

    judge: Predicate
    evidence: Evidence = answered

    def certainty(self, facts: Facts) -> Certainty | None:
        """Return how sure it is that the cause is the matter; None where it is not."""
        verdict = self.judge(facts)
        return Certainty.CERTAIN if verdict is True else verdict or None


class Cause(Struct, frozen=True):
    """One cause in words, and what recognises it; causes.toml says what the fields mean."""

    id: str
    recogniser: Recogniser
    seen: str
    why: str
    remedy: str
    source: str = "assumed"
    yields_to: Sequence[str] = ()


class Finding(Struct, frozen=True):
    """A cause that fits the facts, with how sure that is and what shows it."""

    cause: Cause
    certainty: Certainty
    evidence: tuple[str, ...]
