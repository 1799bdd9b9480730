"""Probes of the doctor: what they examine, what they observe, and what to do about it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from inspect import cleandoc
from typing import TYPE_CHECKING

from msgspec import Struct

from pytest_iflow.errors import IflowError
from pytest_iflow.run import Run
from pytest_iflow.transport.exchange import Exchange

if TYPE_CHECKING:
    from pytest_iflow.diagnosis.facts import Certainty, Facts, Finding


class State(enum.Enum):
    """How a probe ended; ``WARNED`` is one that passed, with something to do before long."""

    PASSED = "passed"
    WARNED = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Advice(Struct, frozen=True):
    """One thing to do: ``why`` and ``remedy``, with what shows it.

    ``cause`` is an id of the table of causes and ``certainty`` how sure it is, None for what has no row.
    """

    why: str
    remedy: str | None
    evidence: tuple[str, ...] = ()
    cause: str | None = None
    certainty: str | None = None


class Observation(Struct, frozen=True):
    """What a probe observed: how it ended, one line about it, and what to do.

    ``errors`` are the errors that say what is broken, where the observation comes from errors.
    """

    state: State
    said: str
    advice: tuple[Advice, ...] = ()
    errors: tuple[IflowError, ...] = ()


def passed(said: str) -> Observation:
    """All is well."""
    return Observation(State.PASSED, said)


def skipped(reason: str) -> Observation:
    """There is nothing to observation at."""
    return Observation(State.SKIPPED, reason)


def failed(said: str, *advice: Advice) -> Observation:
    """Something is broken."""
    return Observation(State.FAILED, said, advice)


def from_cause(cause: str, facts: Facts, certainty: Certainty | None = None) -> Advice:
    """Return the advice for a cause that the probe itself has recognised, surely if nothing else is said."""
    from pytest_iflow.diagnosis.facts import Certainty, Finding
    from pytest_iflow.diagnosis.findings import CAUSES

    row = CAUSES[cause]
    return from_findings([Finding(row, certainty or Certainty.CERTAIN, row.recogniser.evidence(facts))])[0]


def from_findings(findings: Iterable[Finding]) -> tuple[Advice, ...]:
    """Return the advice of each finding."""
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


def judged(facts: Facts, said: str = "") -> Observation | None:
    """Return what the table of causes says of the facts, where it says something.

    ``said`` is the line about the observation; without it that is the meaning of the surest cause.
    """
    from pytest_iflow.diagnosis.findings import diagnose

    findings = diagnose(facts)
    return failed(said or findings[0].cause.why, *from_findings(findings)) if findings else None


def from_error(error: IflowError) -> Advice:
    """Return the advice that an error gives; the steps of a remedy are not indented."""
    remedy = cleandoc(error.remedy) if error.remedy else None
    return Advice(error.what, remedy, (f"where: {error.where}",) if error.where else ())


def broken(*errors: IflowError) -> Observation:
    """Something is broken, as these errors say."""
    return Observation(State.FAILED, errors[0].what, tuple(map(from_error, errors)), errors)


def refused(run: Run, exchange: Exchange) -> Observation:
    """Judge an answer that no healthy tenant gives, by the table of causes."""
    from pytest_iflow.diagnosis.findings import diagnose
    from pytest_iflow.diagnosis.gathering import facts_of

    response = exchange.response
    said = f"answered {response.status} {response.reason}".rstrip()
    place = f"where: {exchange.request.method} {exchange.request.url.partition('?')[0]}"
    unknown = Advice(f"It {said}; why is not recognised.", "Compare with docs/troubleshooting.md.", (place,))
    return failed(said, *(from_findings(diagnose(facts_of(run, exchange=exchange))) or (unknown,)))


def unanswered(run: Run, error: IflowError) -> Observation:
    """Judge an error that was raised instead of an answer, by the table of causes."""
    from pytest_iflow.diagnosis.findings import diagnose
    from pytest_iflow.diagnosis.gathering import facts_of

    exchange = error.exchange if isinstance(error.exchange, Exchange) else None
    facts = facts_of(run, exchange=exchange, error=None if exchange else error)
    return failed(error.what, *(from_findings(diagnose(facts)) or (from_error(error),)))


class Probe(Struct, frozen=True):
    """One thing to examine: ``name`` says what, ``subject`` of whom; ``needs`` are titles of earlier probes.

    ``observe`` may raise ``IflowError``; the examination judges what the error means.
    """

    name: str
    subject: str
    observe: Callable[[], Observation]
    needs: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Name and subject."""
        return f"{self.name} {self.subject}"


class ProbeResult(Struct, frozen=True):
    """What a probe found; ``because`` is the title of the earlier probe for which it was skipped."""

    probe: Probe
    observation: Observation
    because: str | None = None

    @property
    def state(self) -> State:
        """How the probe ended."""
        return self.observation.state


class Examination:
    """The probes of one tenant, and their ``results`` so far; ``judge`` says what an error means."""

    def __init__(self, judge: Callable[[IflowError], Observation]) -> None:
        self._judge = judge
        self.results: list[ProbeResult] = []
        self._blocked: dict[str, str] = {}

    def perform(self, probe: Probe) -> ProbeResult:
        """Perform a probe; skip it if an earlier probe that it needs did not pass."""
        origin = next((self._blocked[need] for need in probe.needs if need in self._blocked), None)
        observation = skipped(f"because of: {origin}") if origin else self._observe(probe)
        if observation.state in {State.FAILED, State.SKIPPED}:
            self._blocked[probe.title] = origin or probe.title
        self.results.append(ProbeResult(probe, observation, origin))
        return self.results[-1]

    @property
    def first_broken(self) -> ProbeResult | None:
        """The first probe that failed."""
        return next((result for result in self.results if result.state is State.FAILED), None)

    def _observe(self, probe: Probe) -> Observation:
        try:
            return probe.observe()
        except IflowError as error:
            return self._judge(error)
