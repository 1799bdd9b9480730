"""What the scenarios of a run passed in exported iFlows, and its form as ``coverage.json``.

``docs/flow-coverage.md`` describes the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.results.files import replace_file
from pytest_iflow.results.json_format import Moment, encode, values_by_field
from pytest_iflow.results.run_result import ENGINE, FlowCount

SCHEMA = 1
_NAMED = 20
"""Flows that the line of a terminal names."""


class PassedPart(Struct, frozen=True, omit_defaults=True):
    """A part of a flow with the scenarios that passed it, by their place in the list of the document.

    ``kind`` of a step is a word such as "content modifier"; that of a branch is "route" or "exception
    sub-process". ``process`` is the name of the process it stands in. A route has the name of its router
    (``router``) and where it leads (``target``), its condition as it was deployed, or is the default one.
    ``example`` is a row of an Examples table, by column, for which it would be taken, where the condition
    tells. ``receivers`` are those of a process with an exception sub-process: one that fails leads there.
    It is ``unknown`` whether a part was passed where message logs of a tenant do not tell.
    """

    id: str
    kind: str
    name: str
    process: str
    scenarios: tuple[int, ...] = ()
    router: str = ""
    target: str = ""
    condition: str = ""
    language: str = ""
    is_default: bool = False
    example: Mapping[str, str] = {}
    receivers: tuple[str, ...] = ()
    unknown: bool = False

    def masked(self, mask: Callable[[str], str]) -> PassedPart:
        """Return it with each text masked that stands in the flow."""
        return replace(
            self,
            name=mask(self.name),
            process=mask(self.process),
            router=mask(self.router),
            target=mask(self.target),
            condition=mask(self.condition),
            example={mask(name): mask(value) for name, value in self.example.items()},
            receivers=tuple(map(mask, self.receivers)),
        )


class FlowCoverage(Struct, frozen=True):
    """One iFlow that was called: its branches and its steps."""

    id: str
    name: str
    bundle: str
    branches: tuple[PassedPart, ...]
    steps: tuple[PassedPart, ...]

    @property
    def count(self) -> FlowCount:
        """Return how much was passed."""
        return FlowCount(
            self.name,
            _passed(self.branches),
            len(self.branches),
            _passed(self.steps),
            len(self.steps),
            sum(each.unknown for each in self.branches),
        )


class CoveredBy(Struct, frozen=True):
    """A scenario that called a flow; ``status`` as in the result of the run."""

    node_id: str
    title: str
    status: str


class CoverageReport(Struct, frozen=True):
    """The document.

    ``engine`` marks what the engine of the local tenant ran; of any other tenant ``source`` says what the
    document is based on, and ``notes`` what is not in it, a sentence each. ``lost`` is how many messages the
    local tenant has forgotten, of very many the first ones.
    """

    tenant: str
    environment: str
    started: Moment
    engine: str
    flows: tuple[FlowCoverage, ...]
    scenarios: tuple[CoveredBy, ...]
    lost: int = 0
    source: str = ""
    notes: tuple[str, ...] = ()

    def write(self, path: Path) -> None:
        """Write it; raises OSError."""
        replace_file(path, encode({"schema": SCHEMA, **values_by_field(self)}))


def _passed(parts: Sequence[PassedPart]) -> int:
    return sum(bool(each.scenarios) for each in parts)


def percent(counts: Iterable[FlowCount]) -> float:
    """Return the share of branches that were passed in all flows; of steps where there is no branch."""
    held = list(counts)
    passed, whole = sum(each.branches_passed for each in held), sum(each.branches for each in held)
    if not whole:
        passed, whole = sum(each.steps_passed for each in held), sum(each.steps for each in held)
    return 100 * passed / whole if whole else 0.0


def line(counts: Sequence[FlowCount], source: str = "") -> str:
    """Return the line of a terminal; of very many flows the first ones are named."""
    more = f"; {len(counts) - _NAMED} more" if len(counts) > _NAMED else ""
    return f"flow coverage ({source or ENGINE}): {'; '.join(map(str, counts[:_NAMED]))}{more}"
