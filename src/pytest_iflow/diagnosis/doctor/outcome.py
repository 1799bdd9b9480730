"""What a probe found, and what to do about it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from inspect import cleandoc

from pytest_iflow.diagnosis.cause import Certainty, Finding
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.diagnosis.gathering import facts_of
from pytest_iflow.diagnosis.ranking import diagnose
from pytest_iflow.diagnosis.table import CAUSES
from pytest_iflow.diagnosis.tenant_access import TenantAccess
from pytest_iflow.errors import IflowError
from pytest_iflow.transport.exchange import Exchange


class State(enum.Enum):
    """How a probe ended; ``WARNED`` is one that passed, with something to do before long."""

    PASSED = "passed"
    WARNED = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do: ``why`` and ``remedy``, with what shows it.

    ``cause`` is an id of the table of causes and ``certainty`` how sure it is, None for what has no row.
    """

    why: str
    remedy: str | None
    evidence: tuple[str, ...] = ()
    cause: str | None = None
    certainty: str | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one look showed: how it ended, one line about it, and what to do."""

    state: State
    said: str
    advice: tuple[Advice, ...] = ()


def passed(said: str) -> Look:
    """All is well."""
    return Look(State.PASSED, said)


def skipped(reason: str) -> Look:
    """There is nothing to look at."""
    return Look(State.SKIPPED, reason)


def failed(said: str, *advice: Advice) -> Look:
    """Something is broken."""
    return Look(State.FAILED, said, advice)


def named(cause: str, facts: Facts, certainty: Certainty = Certainty.CERTAIN) -> Advice:
    """Return what the table says of a cause that the probe itself has recognised."""
    row = CAUSES[cause]
    return from_findings([Finding(row, certainty, row.evidence(facts))])[0]


def from_findings(findings: Iterable[Finding]) -> tuple[Advice, ...]:
    """Return the findings of a diagnosis."""
    return tuple(
        Advice(
            finding.cause.why,
            finding.cause.remedy,
            finding.evidence,
            finding.cause.id,
            finding.certainty.value,
        )
        for finding in findings
    )


def from_error(error: IflowError) -> Advice:
    """Return what an error says itself; the steps of a remedy are not indented."""
    remedy = cleandoc(error.remedy) if error.remedy else None
    return Advice(error.what, remedy, (f"where: {error.where}",) if error.where else ())


def unusable(error: IflowError) -> Look:
    """Judge an error for which nothing can be asked."""
    return failed(error.what, from_error(error))


def refused(access: TenantAccess, exchange: Exchange) -> Look:
    """Judge an answer that is not the one that a healthy tenant gives."""
    response = exchange.response
    said = f"answered {response.status} {response.reason}".rstrip()
    place = f"where: {exchange.request.method} {exchange.request.url.partition('?')[0]}"
    unknown = Advice(f"It {said}; why is not recognised.", "Compare with docs/troubleshooting.md.", (place,))
    return failed(said, *(from_findings(diagnose(facts_of(access, exchange=exchange))) or (unknown,)))


def unanswered(access: TenantAccess, error: IflowError) -> Look:
    """Judge what was raised instead of an answer."""
    exchange = error.exchange if isinstance(error.exchange, Exchange) else None
    facts = facts_of(access, exchange=exchange, error=None if exchange else error)
    return failed(error.what, *(from_findings(diagnose(facts)) or (from_error(error),)))
