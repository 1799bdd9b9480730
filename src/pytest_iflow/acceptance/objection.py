"""What stands against an acceptance, each with its remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_iflow.errors import IflowError

ObjectionKind = Literal[
    "unsealed",
    "altered",
    "inputs",
    "partial",
    "stale",
    "collection",
    "environment",
    "nothing-ran",
    "leak",
    "undecided",
    "uncovered",
    "skipped",
    "deviation",
    "decision",
]

SHOWN = 20
"""Details that a message lists; JSON has all."""


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason not to accept; ``details`` name what it is about, one text each."""

    kind: ObjectionKind
    what: str
    remedy: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"  * {self.what}", *(f"      {detail}" for detail in self.details[:SHOWN])]
        if more := len(self.details) - SHOWN:
            lines += [f"      … and {more:,} more"] if more > 0 else []
        return "\n".join([*lines, f"    what to do: {self.remedy}"])


class AcceptanceRefusedError(IflowError):
    """No record was made; ``objections`` are all the reasons."""

    def __init__(self, environment: str, objections: Sequence[Objection]) -> None:
        super().__init__(f"{environment} cannot be accepted as it stands, for {_reasons(len(objections))}:")
        self.objections = tuple(objections)

    def __str__(self) -> str:
        return "\n".join([self.what, *map(str, self.objections)])


def _reasons(count: int) -> str:
    return "this reason" if count == 1 else f"{count} reasons"
