"""Kinds of failures: what failed at the same step with the same message, or for the same known cause.

The rows of an outline differ in their values. So numbers and what stands in quotes do not count in the
message, and a step is the same for all rows of its outline.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.results.scenario_result import ScenarioResult, StepResult

LINE_SHOWN = 300
"""Characters of the first line of a message that are shown where it stands for the whole."""

_VALUE = lazy_pattern(r"\"[^\"]*\"|'[^']*'|[\w.:-]*\d[\w.:-]*")
"""What differs in the messages of one kind: a quoted text, a number, an id, a time."""


class FailureKind(Struct, frozen=True):
    """Failures of one kind, as they were given; ``cause`` is the id of their cause, empty if unknown."""

    cause: str
    failures: tuple[ScenarioResult, ...]

    @property
    def example(self) -> ScenarioResult:
        """The failure that stands for all."""
        return self.failures[0]


def kinds_of(failures: Iterable[ScenarioResult]) -> list[FailureKind]:
    """Return the kinds of ``failures``, the most frequent first."""
    failures = tuple(failures)
    texts: dict[str, set[str]] = {}
    for failure in failures:
        if step := failed_step(failure):
            texts.setdefault(step_place(failure, step), set()).add(step.text)
    kinds: dict[tuple[str, str, str], list[ScenarioResult]] = {}
    for failure in failures:
        step = None if failure.cause else failed_step(failure)
        place = step_place(failure, step) if step else ""
        # The rows of an outline may put values into their step. Then only its place is the same for all.
        same = step.text if step and len(texts[place]) == 1 else place
        shape = _VALUE.sub("…", first_line(failure.message))
        kinds.setdefault((failure.cause, same, shape), []).append(failure)
    found = [FailureKind(cause, tuple(alike)) for (cause, _, _), alike in kinds.items()]
    return sorted(found, key=lambda kind: len(kind.failures), reverse=True)


def failed_step(failure: ScenarioResult) -> StepResult | None:
    """Return the step at which a scenario failed; None where that was before or after its steps."""
    return next((step for step in failure.steps if step.status in {"failed", "undefined"}), None)


def step_place(failure: ScenarioResult, step: StepResult) -> str:
    """Return file and line of a step, such as ``features/order.feature:12``."""
    return f"{failure.file}:{step.line}"


def first_line(message: str) -> str:
    """Return the first line of a message, cut where it is very long."""
    line = message.strip().partition("\n")[0]
    return line if len(line) <= LINE_SHOWN else f"{line[:LINE_SHOWN]}…"
