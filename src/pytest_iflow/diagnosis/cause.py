"""What can be the matter, and how sure that is."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from pytest_iflow.diagnosis.facts import Facts


class Certainty(enum.Enum):
    """How sure a finding is; the surest first."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


Predicate = Callable[[Facts], Certainty | None]
"""Judges one cause over the facts; None where it is not the matter."""

Evidence = Callable[[Facts], tuple[str, ...]]
"""What of the facts shows a cause, a line each."""


def answered(facts: Facts) -> tuple[str, ...]:
    """Show status, challenge and words of the answer."""
    answer = facts.answer
    if answer is None:
        return ()
    challenge = answer.header("www-authenticate")
    return (
        f"status {answer.status} {answer.exchange.response.reason}".rstrip(),
        *((f"www-authenticate: {challenge}",) if challenge else ()),
        *((f"its words: {answer.words}",) if answer.words and answer.words not in challenge else ()),
    )


@dataclass(frozen=True, slots=True)
class Cause:
    """One row of the table of causes.

    ``id`` is stable: features name it. ``seen`` is what a user sees, ``why`` what that means, ``remedy``
    the next step, ``source`` where the fact comes from (a section of wire-facts, "assumed" without one).
    A finding is dropped where one of the causes that it ``yields_to`` is found: they say it more exactly.
    """

    id: str
    seen: str
    why: str
    remedy: str
    source: str
    predicate: Predicate
    evidence: Evidence = answered
    yields_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause that fits the facts, with how sure that is and what shows it."""

    cause: Cause
    certainty: Certainty
    evidence: tuple[str, ...]
