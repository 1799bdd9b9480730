"""Causes that lie neither in a request nor in its answer: clocks, and clients that are one."""

from __future__ import annotations

from http import HTTPStatus

from pytest_iflow.diagnosis.cause import Cause, Certainty
from pytest_iflow.diagnosis.facts import Facts

LARGEST_DIFFERENCE = 60.0
"""Seconds that two clocks may differ: what the tenant tolerates with tokens (see ``access_tokens``)."""

_RIGHTS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def _clock(facts: Facts) -> Certainty | None:
    alone = facts.answer is None and facts.error is None
    return Certainty.CERTAIN if alone and abs(facts.clock_ahead) > LARGEST_DIFFERENCE else None


def _clock_evidence(facts: Facts) -> tuple[str, ...]:
    return (f"the tenant's clock is {facts.clock_ahead:+.0f} s from the clock here",)


def _shared(facts: Facts) -> Certainty | None:
    """Whether clients are one: certain by itself; with a refusal only perhaps the reason of it."""
    if not facts.same_client or facts.error is not None:
        return None
    answer = facts.answer
    if answer is None or not answer.is_refusal:
        return Certainty.CERTAIN
    of_token_service = answer.plane == "token" and answer.status in _RIGHTS
    return Certainty.POSSIBLE if of_token_service else None


def _shared_evidence(facts: Facts) -> tuple[str, ...]:
    of_key = (f"client id: {facts.key.client_id}",) if facts.key else ()
    return (*of_key, f"also of: {', '.join(facts.same_client)}")


CAUSES = (
    Cause(
        "clock-difference",
        "clocks that differ by more than a minute",
        "The clock here and that of the tenant differ: tokens seem expired or not valid yet, and message "
        "logs are looked for at the wrong time.",
        "Set the clock here by NTP.",
        "assumed",
        _clock,
        _clock_evidence,
    ),
    Cause(
        "shared-client-id",
        "several clients of an environment with one client id",
        "The service keys are of one service instance: to the tenant these clients are one.",
        "Create a service instance for each partner, and a key of each.",
        "wire-facts 6.27",
        _shared,
        _shared_evidence,
    ),
)
"""The rows of this subject."""
