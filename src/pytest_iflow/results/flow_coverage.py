"""What the scenarios of a run passed in exported iFlows, and its form as ``coverage.json``.

``docs/flow-coverage.md`` describes the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.results.files import replace_file
from pytest_iflow.results.json_format import Moment, decode, encode, keep_in_utc, values_by_field
from pytest_iflow.results.run_result import ENGINE, FlowCount, RunResult
from pytest_iflow.tenants.suite_files import read_regular

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
    local tenant has forgotten, of very many the first ones. ``partial`` are sentences on why parts may have
    been passed that stand here as not passed, such as a missing shard.
    """

    tenant: str
    environment: str
    started: Moment
    engine: str
    flows: tuple[FlowCoverage, ...]
    scenarios: tuple[CoveredBy, ...]
    lost: int = 0
    partial: tuple[str, ...] = ()
    source: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keep_in_utc(self, "started")
        parts = (part for flow in self.flows for part in (*flow.branches, *flow.steps))
        if not all(0 <= number < len(self.scenarios) for part in parts for number in part.scenarios):
            raise ValueError("a part names a scenario that is not there")

    @classmethod
    def read(cls, path: Path) -> CoverageReport:
        """Read a ``coverage.json``; raises OSError, and UnfitJsonError if it is broken or another's."""
        return decode(read_regular(path, follow=False), cls, SCHEMA)

    def write(self, path: Path) -> None:
        """Write it; raises OSError."""
        replace_file(path, encode({"schema": SCHEMA, **values_by_field(self)}))


def merged(run: RunResult, reports: Sequence[CoverageReport], partial: Iterable[str]) -> CoverageReport:
    """Return what the machines of one run passed together; ``partial`` is why that may not be all."""
    places: dict[CoveredBy, int] = {}
    flows: dict[str, list[FlowCoverage]] = {}
    for report in reports:
        here = [places.setdefault(each, len(places)) for each in report.scenarios]
        for flow in report.flows:
            flows.setdefault(flow.id, []).append(_renumbered(flow, here))
    different = [each[0].name for each in flows.values() if len({_shape(flow) for flow in each}) > 1]
    return CoverageReport(
        run.tenant,
        run.environment,
        run.started,
        ENGINE if any(each.engine for each in reports) else "",
        tuple(sorted(map(_joined, flows.values()), key=most_missed_first)),
        tuple(places),
        sum(report.lost for report in reports),
        (*partial, *(f"{name} was not the same iFlow on all machines" for name in different)),
        "; ".join(dict.fromkeys(each.source for each in reports if each.source)),
        tuple(dict.fromkeys(note for each in reports for note in each.notes)),
    )


def _renumbered(flow: FlowCoverage, places: Sequence[int]) -> FlowCoverage:
    def parts(held: Iterable[PassedPart]) -> tuple[PassedPart, ...]:
        return tuple(replace(each, scenarios=tuple(places[one] for one in each.scenarios)) for each in held)

    return replace(flow, branches=parts(flow.branches), steps=parts(flow.steps))


def _shape(flow: FlowCoverage) -> bytes:
    """Return all that is said of a flow but for who passed it."""
    return encode([replace(each, scenarios=(), unknown=False) for each in (*flow.branches, *flow.steps)])


def _joined(flows: Sequence[FlowCoverage]) -> FlowCoverage:
    def parts(held: Iterable[PassedPart]) -> tuple[PassedPart, ...]:
        found: dict[str, PassedPart] = {}
        for each in held:
            known = found.setdefault(each.id, each)
            scenarios = tuple(sorted({*known.scenarios, *each.scenarios}))
            unknown = not scenarios and (known.unknown or each.unknown)
            found[each.id] = replace(known, scenarios=scenarios, unknown=unknown)
        return tuple(found.values())

    return replace(
        flows[0],
        branches=parts(each for flow in flows for each in flow.branches),
        steps=parts(each for flow in flows for each in flow.steps),
    )


def most_missed_first(flow: FlowCoverage) -> tuple[int, int, str]:
    """Return by what flows are sorted: those with most branches that no scenario passed come first."""
    count = flow.count
    return count.branches_passed - count.branches, count.steps_passed - count.steps, count.name


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
