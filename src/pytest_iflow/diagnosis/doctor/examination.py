"""Probes one after the other: each looks once, unless one that it needs did not pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_iflow.diagnosis.doctor.outcome import Advice, Look, State, skipped
from pytest_iflow.errors import IflowError


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing to look at: ``name`` is what, ``subject`` of whom; ``needs`` are titles of earlier probes.

    ``look`` may raise ``IflowError``, which is then what it found.
    """

    name: str
    subject: str
    look: Callable[[], Look]
    needs: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What and of whom."""
        return f"{self.name} {self.subject}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a probe found; ``because`` is the title of the earlier probe for which it was skipped."""

    name: str
    subject: str
    state: State
    said: str
    advice: tuple[Advice, ...]
    because: str | None = None

    @property
    def title(self) -> str:
        """What and of whom."""
        return f"{self.name} {self.subject}"


class Examination:
    """The probes of one tenant, and ``outcomes`` so far; ``judge`` says what an error means."""

    def __init__(self, judge: Callable[[IflowError], Look]) -> None:
        self._judge = judge
        self.outcomes: list[Outcome] = []
        self._blocked: dict[str, str] = {}

    def perform(self, probe: Probe) -> Outcome:
        """Look, or skip the probe where it could only repeat what an earlier one found."""
        origin = next((self._blocked[need] for need in probe.needs if need in self._blocked), None)
        look = skipped(f"because of: {origin}") if origin else self._look(probe)
        if look.state in {State.FAILED, State.SKIPPED}:
            self._blocked[probe.title] = origin or probe.title
        outcome = Outcome(probe.name, probe.subject, look.state, look.said, look.advice, origin)
        self.outcomes.append(outcome)
        return outcome

    @property
    def first_broken(self) -> Outcome | None:
        """The first probe that failed."""
        return next((outcome for outcome in self.outcomes if outcome.state is State.FAILED), None)

    def _look(self, probe: Probe) -> Look:
        try:
            return probe.look()
        except IflowError as error:
            return self._judge(error)
