"""Which parts of exported iFlows the scenarios of a run passed, asked of the local tenant at its end.

What follows from the parts of a flow that were passed is the same for a real tenant (``logged_flows``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.errors import IflowError
from pytest_iflow.results.flow_coverage import (
    CoverageReport,
    CoveredBy,
    FlowCoverage,
    PassedPart,
    most_missed_first,
)
from pytest_iflow.results.run_result import ENGINE, RunResult
from pytest_iflow.results.scenario_result import ScenarioResult, in_order_of_files
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask

if TYPE_CHECKING:
    from pytest_iflow.iflow_model.bundle import Bundle
    from pytest_iflow.iflow_model.flow import Flow, Process, Route, Step
    from pytest_iflow.tenants.deployed_flows import FlowInSuite

Scenarios = Mapping[str, Mapping[int, None]]
"""The numbers of the scenarios that passed a part of a flow, by the id of the part."""


class _Passage(Struct, frozen=True):
    flow: str
    steps: tuple[str, ...]
    routes: tuple[str, ...]


class _Way(Struct, frozen=True):
    messages: tuple[str, ...]
    flows: tuple[_Passage, ...]


class _Answer(Struct, frozen=True):
    ways: tuple[_Way, ...]
    others: tuple[_Passage, ...]
    forgotten: int


_NOT_KNOWN = CoveredBy("", "A scenario that is not known: answers named no message log", "")


class Covered(Struct, frozen=True):
    """What was passed, and the flow of each part of the report in the same order, to be drawn.

    A bundle is None where it is not at hand.
    """

    report: CoverageReport
    bundles: tuple[Bundle | None, ...]


class Passages(Struct, frozen=True):
    """What the local tenant tells of the messages that scenarios sent.

    ``sent`` are the scenarios that sent some, in the order of files. ``ways`` has for places in it what their
    messages passed; ``others`` is what messages passed of which nobody knows who sent them. ``forgotten``
    counts those of which the local tenant knows nothing any more.
    """

    sent: tuple[ScenarioResult, ...]
    ways: tuple[tuple[frozenset[int], tuple[_Passage, ...]], ...]
    others: tuple[_Passage, ...]
    forgotten: int
    known: frozenset[str]

    def ways_by_scenario(self, scenarios: Iterable[ScenarioResult]) -> dict[str, dict[str, tuple[str, ...]]]:
        """Return for each scenario all parts that its messages may have passed, sorted, by flow.

        What nobody is known to have sent may be of any scenario that made a call. Scenarios of which messages
        are forgotten are left out.
        """
        passed: dict[str, dict[str, set[str]]] = {each.node_id: {} for each in scenarios}
        for numbers, flows in self.ways:
            for number in numbers:
                _add(passed.setdefault(self.sent[number].node_id, {}), flows)
        for each in scenarios:
            if each.calls:
                _add(passed[each.node_id], self.others)
            is_whole = len(each.calls) <= len(each.message_ids) and self.known.issuperset(each.message_ids)
            if self.forgotten and each.calls and not is_whole:
                del passed[each.node_id]
        return {
            node_id: {flow: tuple(sorted(parts)) for flow, parts in flows.items()}
            for node_id, flows in passed.items()
        }


def _add(passed: dict[str, set[str]], flows: Iterable[_Passage]) -> None:
    for each in flows:
        passed.setdefault(each.flow, set()).update((*each.steps, *each.routes))


def ask_passages(run: Run, result: RunResult) -> Passages:
    """Ask the local tenant what the messages of a run passed; raises IflowError where it does not tell."""
    sent = tuple(each for each in in_order_of_files(result.scenarios) if each.message_ids)
    if not any(each.calls for each in result.scenarios):
        return Passages(sent, (), (), 0, frozenset())
    of_message = {message: number for number, each in enumerate(sent) for message in each.message_ids}
    answer = _ask(run, list(of_message))
    ways = tuple((frozenset(of_message[one] for one in way.messages), way.flows) for way in answer.ways)
    known = frozenset(message for way in answer.ways for message in way.messages)
    return Passages(sent, ways, answer.others, answer.forgotten, known)


def covered_flows(passages: Passages, flows: Iterable[FlowInSuite], result: RunResult) -> Covered | None:
    """Return what was passed in the iFlows that the scenarios called; None where they called none."""
    called = sorted({number for numbers, _ in passages.ways for number in numbers})
    places = {number: place for place, number in enumerate(called)}
    scenarios = [named(passages.sent[number]) for number in called]
    found = [({places[one] for one in numbers}, way) for numbers, way in passages.ways]
    if passages.others:
        found.append(({len(scenarios)}, passages.others))
        scenarios.append(_NOT_KNOWN)
    passed: dict[str, dict[str, dict[int, None]]] = {}
    for numbers, way in found:
        for each in way:
            parts = passed.setdefault(each.flow, {})
            for part in (*each.steps, *each.routes):
                parts.setdefault(part, {}).update(dict.fromkeys(sorted(numbers)))
    covered = [
        (covered_flow(each.bundle, each.flow, passed[each.bundle.id], each.file.name), each.bundle)
        for each in flows
        if each.bundle.id in passed
    ]
    if not covered:
        return None
    covered.sort(key=lambda each: most_missed_first(each[0]))
    report = CoverageReport(
        result.tenant,
        result.environment,
        result.started,
        ENGINE,
        tuple(flow for flow, _ in covered),
        tuple(scenarios),
        passages.forgotten,
        (f"only a part of the suite ran: {result.selection}",) if result.selection else (),
    )
    return Covered(report, tuple(bundle for _, bundle in covered))


def named(scenario: ScenarioResult) -> CoveredBy:
    """Return a scenario as the report names it."""
    return CoveredBy(scenario.node_id, scenario.scenario, scenario.status)


def _ask(run: Run, messages: Sequence[str]) -> _Answer:
    body = json.dumps({"messages": messages}).encode()
    exchange = run.local_administration.send("POST", "flow-coverage", body, below="")
    try:
        return msgspec.json.decode(exchange.response.body, type=_Answer)
    except msgspec.MsgspecError as error:
        raise IflowError(f"the local tenant does not tell what was passed: {error}") from error


def covered_flow(
    bundle: Bundle, flow: Flow, passed: Scenarios, source: str, unknown: Collection[str] = ()
) -> FlowCoverage:
    """Return what was passed in a flow, whose parameters have values, and of which parts that is unknown."""
    from pytest_iflow.iflow_model.condition_values import constants_of

    def scenarios(part: str) -> tuple[int, ...]:
        return tuple(sorted(passed.get(part, ())))

    constants = constants_of(flow)
    steps: list[PassedPart] = []
    branches: list[PassedPart] = []
    open_parts = set(unknown)
    for process in flow.in_order():
        for step in process.steps.values():
            steps.append(PassedPart(step.id, step.kind, step.name, process.name, scenarios(step.id)))
            if step.kind == "router":
                branches += _routes(process, step, scenarios, constants)
        if process.kind == "exception":
            branches.append(_exception(flow, process, scenarios))
            if not open_parts.isdisjoint(start.id for start in process.starts()):
                open_parts.add(process.id)

    def shown(part: PassedPart) -> PassedPart:
        return replace(part, unknown=not part.scenarios and part.id in open_parts).masked(mask)

    return FlowCoverage(
        bundle.id, mask(bundle.name), source, tuple(map(shown, branches)), tuple(map(shown, steps))
    )


def _routes(
    process: Process,
    router: Step,
    scenarios: Callable[[str], tuple[int, ...]],
    constants: Mapping[str, str],
) -> Iterator[PassedPart]:
    routes = process.routes_from(router.id)
    for route in routes:
        target = process.steps.get(route.target)
        yield PassedPart(
            route.id,
            "route",
            route.name,
            process.name,
            scenarios(route.id),
            router=router.name,
            target=(target.name or target.kind) if target else "",
            condition="" if _is_default(route, router) else route.condition,
            language=route.language,
            is_default=_is_default(route, router),
            example=_example(route, router, routes, constants),
        )


def _is_default(route: Route, router: Step) -> bool:
    return route.is_default or route.id == router.default_route


def _example(
    route: Route, router: Step, routes: Sequence[Route], constants: Mapping[str, str]
) -> dict[str, str]:
    from pytest_iflow.iflow_model.condition_values import example_values, other_values

    if _is_default(route, router):
        return other_values([each for each in routes if not _is_default(each, router)], constants)
    return example_values(route, constants)


def _exception(flow: Flow, process: Process, scenarios: Callable[[str], tuple[int, ...]]) -> PassedPart:
    parent = flow.processes.get(process.parent)
    found = {number: None for start in process.starts() for number in scenarios(start.id)}
    names = [
        flow.participants[adapter.participant].name
        for step in (parent.steps if parent else ())
        for adapter in flow.adapters_of(step)
        if adapter.direction == "receiver" and adapter.participant in flow.participants
    ]
    return PassedPart(
        process.id,
        "exception sub-process",
        process.name,
        parent.name if parent else "",
        tuple(sorted(found)),
        receivers=tuple(dict.fromkeys(names)),
    )
