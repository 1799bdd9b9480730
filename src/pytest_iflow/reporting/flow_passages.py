"""Which parts of exported iFlows the scenarios of a run passed, asked of the local tenant at its end.

What follows from the parts of a flow that were passed is the same for a real tenant (``logged_flows``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.errors import IflowError
from pytest_iflow.results.flow_coverage import CoverageReport, CoveredBy, FlowCoverage, PassedPart
from pytest_iflow.results.run_result import ENGINE, RunResult
from pytest_iflow.results.scenario_result import ScenarioResult, in_order_of_files
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.credentials import exported_flows
from pytest_iflow.tenants.model import Environment

if TYPE_CHECKING:
    from pytest_iflow.iflow_model.bundle import Bundle
    from pytest_iflow.iflow_model.flow import Flow, Process, Route, Step

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
    """What was passed, and the flow of each part of the report in the same order, to be drawn."""

    report: CoverageReport
    bundles: tuple[Bundle, ...]


def covered_flows(run: Run, result: RunResult) -> Covered | None:
    """Return what was passed in the iFlows that the scenarios called; None where they called none.

    Raises IflowError where the local tenant does not tell, or a bundle cannot be read any more.
    """
    sent = [each for each in in_order_of_files(result.scenarios) if each.message_ids]
    of_message = {message: number for number, each in enumerate(sent) for message in each.message_ids}
    answer = _ask(run, list(of_message))
    called = sorted({of_message[message] for way in answer.ways for message in way.messages})
    places = {number: place for place, number in enumerate(called)}
    scenarios = [named(sent[number]) for number in called]
    found = [({places[of_message[one]] for one in way.messages}, way.flows) for way in answer.ways]
    if answer.others:
        found.append(({len(scenarios)}, answer.others))
        scenarios.append(_NOT_KNOWN)
    passed: dict[str, dict[str, dict[int, None]]] = {}
    for numbers, flows in found:
        for each in flows:
            parts = passed.setdefault(each.flow, {})
            for part in (*each.steps, *each.routes):
                parts.setdefault(part, {}).update(dict.fromkeys(sorted(numbers)))
    if not passed:
        return None
    covered = [
        (covered_flow(bundle, flow, passed[bundle.id], file.name), bundle)
        for file, bundle, flow in deployed_flows(run.environment)
        if bundle.id in passed
    ]
    covered.sort(key=most_missed_first)
    report = CoverageReport(
        result.tenant,
        result.environment,
        result.started,
        ENGINE,
        tuple(flow for flow, _ in covered),
        tuple(scenarios),
        answer.forgotten,
    )
    return Covered(report, tuple(bundle for _, bundle in covered))


def most_missed_first(flow: tuple[FlowCoverage, Bundle]) -> tuple[int, int, str]:
    """Return the order of flows in the report."""
    count = flow[0].count
    return count.branches_passed - count.branches, count.steps_passed - count.steps, count.name


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


def deployed_flows(environment: Environment) -> Iterator[tuple[Path, Bundle, Flow]]:
    """Yield each flow of the bundles with the values that it was deployed with; raises IflowError."""
    from pytest_iflow.iflow_model.files import BundleError
    from pytest_iflow.iflow_model.named_bundles import values_beside
    from pytest_iflow.iflow_model.package import read_package
    from pytest_iflow.iflow_model.parameters import resolve_flow

    for source in exported_flows(environment):
        path = source.path
        try:
            is_named = source in environment.bundles.values()
            given = source.parameters if is_named else values_beside(path)
            for bundle in read_package(path).flows():
                if bundle.flow is not None:
                    yield path, bundle, resolve_flow(bundle.flow, bundle.values(given))
        except (BundleError, OSError) as error:
            raise IflowError(f"{path.name} cannot be read any more: {error}", where=str(path)) from error


def covered_flow(
    bundle: Bundle, flow: Flow, passed: Scenarios, file: str, unknown: Collection[str] = ()
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
        bundle.id, mask(bundle.name), file, tuple(map(shown, branches)), tuple(map(shown, steps))
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
