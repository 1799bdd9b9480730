"""An ``.iflw`` file, BPMN 2.0 with SAP's properties, becomes a ``Flow``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lxml import etree
from msgspec.structs import replace

from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.flow import (
    UNKNOWN,
    Adapter,
    Flow,
    Loop,
    NotUnderstood,
    Participant,
    Process,
    ProcessKind,
    Route,
    Step,
)
from pytest_iflow.iflow_model.kinds import adapter_address, condition_language, step_kind, variant_of
from pytest_iflow.iflow_model.xml_reading import parse_xml

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_TYPE = "{http:///com.sap.ifl.model/Ifl.xsd}type"

LARGEST_FLOW = 20_000_000
"""Bytes of an ``.iflw`` file; the largest of the public ones has 0.7 million."""

MOST_STEPS = 5_000
"""Steps of a flow, and half of its routes; the largest of the public ones has 119 steps and 246 routes."""

_NO_STEPS = frozenset({"extensionElements", "sequenceFlow", "documentation"})


def read_flow(data: bytes, where: str) -> Flow:
    """Return the flow of an ``.iflw`` file; raises BundleError where it is none."""
    if len(data) > LARGEST_FLOW:
        raise BundleError(f"the flow is larger than {LARGEST_FLOW // 1_000_000} MB", where=where)
    root = parse_xml(data, where)
    collaboration = root.find(f"{BPMN}collaboration")
    if root.tag != f"{BPMN}definitions" or collaboration is None:
        raise BundleError("this is no integration flow: it has no BPMN collaboration", where=where)
    participants = {one.id: one for one in map(_participant, collaboration.iterfind(f"{BPMN}participant"))}
    processes = {one.id: one for element in root.iterfind(f"{BPMN}process") for one in _processes(element)}
    count = sum(max(len(one.steps), len(one.routes) // 2) for one in processes.values())
    if count > MOST_STEPS:
        raise BundleError(f"the flow has more than {MOST_STEPS} steps", where=where)
    flows = collaboration.findall(f"{BPMN}messageFlow")
    adapters = tuple(_adapter(element, participants) for element in flows)
    flow = Flow("", processes, participants, adapters, _properties(collaboration))
    return replace(flow, not_understood=(*_same_ids(root), *_not_understood(flow)))


def _same_ids(root: etree._Element) -> Iterator[NotUnderstood]:
    """Yield the ids that several parts of the flow have: one of them stands for all."""
    counted = Counter(element.get("id", "") for element in root.iter(f"{BPMN}*"))
    for own, count in counted.items():
        if own and count > 1:
            yield NotUnderstood(own, "", f"{count} parts of the flow have the id {own}")


def _name(element: etree._Element) -> str:
    return element.tag.removeprefix(BPMN) if isinstance(element.tag, str) else ""


def _properties(element: etree._Element) -> dict[str, str]:
    """Return SAP's properties of an element."""
    held = element.find(f"{BPMN}extensionElements")
    if held is None:
        return {}
    pairs = ((one.findtext("key"), one.findtext("value")) for one in held if isinstance(one.tag, str))
    return {key.strip(): value or "" for key, value in pairs if key is not None}


def _participant(element: etree._Element) -> Participant:
    process = element.get("processRef", "")
    kinds = {"EndpointSender": "sender", "EndpointRecevier": "receiver"}  # SAP's own spelling
    kind = "process" if process else kinds.get(element.get(_TYPE, ""), UNKNOWN)
    return Participant(
        element.get("id", ""),
        element.get("name", ""),
        kind,  # type: ignore[arg-type]
        process,
        _properties(element),
    )


def _processes(element: etree._Element, parent: str = "") -> Iterator[Process]:
    """Yield a process and the exception sub-processes within it."""
    properties = _properties(element)
    variant, _ = variant_of(properties.get("cmdVariantUri", ""))
    kind: ProcessKind = "main"
    if parent:
        kind = "exception"
    elif variant == "LocalIntegrationProcess":
        kind = "local"
    own = element.get("id", "")
    steps: dict[str, Step] = {}
    for child in element:
        name = _name(child)
        if name == "subProcess" and _properties(child).get("activityType") == "ErrorEventSubProcessTemplate":
            continue
        if name and name not in _NO_STEPS:
            step = _step(child)
            steps.setdefault(step.id, step)
    default = {step.default_route for step in steps.values()} - {""}
    routes = tuple(_route(child, default) for child in element.iterfind(f"{BPMN}sequenceFlow"))
    yield Process(own, element.get("name", ""), kind, parent, steps, routes, properties)
    for child in element.iterfind(f"{BPMN}subProcess"):
        if child.get("id") not in steps:
            yield from _processes(child, own)


def _step(element: etree._Element) -> Step:
    properties = _properties(element)
    definition = next((child for child in element if _name(child).endswith("EventDefinition")), None)
    if definition is not None:
        properties |= _properties(definition)
    variant, version = variant_of(properties.get("cmdVariantUri", ""))
    event = "" if definition is None else _name(definition)
    return Step(
        element.get("id", ""),
        element.get("name", ""),
        step_kind(_name(element), event, variant, properties),
        _name(element),
        properties.get("activityType", ""),
        variant,
        version,
        properties.get("componentVersion", ""),
        properties,
        tuple((child.text or "").strip() for child in element.iterfind(f"{BPMN}outgoing")),
        element.get("default", ""),
        properties.get("processId", ""),
        _loop(element, properties),
    )


def _loop(element: etree._Element, properties: dict[str, str]) -> Loop | None:
    found = element.find(f"{BPMN}standardLoopCharacteristics")
    if found is None:
        return None
    condition = found.findtext(f"{BPMN}loopCondition") or ""
    language = condition_language(properties.get("expressionType", ""))
    return Loop(condition, language, found.get("loopMaximum", ""))


def _route(element: etree._Element, default: set[str]) -> Route:
    properties = _properties(element)
    condition = element.findtext(f"{BPMN}conditionExpression") or ""
    own = element.get("id", "")
    return Route(
        own,
        element.get("name", ""),
        element.get("sourceRef", ""),
        element.get("targetRef", ""),
        condition,
        condition_language(properties.get("expressionType", "")) if condition else "",
        own in default,
        properties,
    )


def _adapter(element: etree._Element, participants: dict[str, Participant]) -> Adapter:
    properties = _properties(element)
    source, target = element.get("sourceRef", ""), element.get("targetRef", "")
    participant, step = (source, target) if source in participants else (target, source)
    kind = properties.get("ComponentType", "") or UNKNOWN
    said = properties.get("direction", "")
    starts = said == "Sender" if said else participant == source
    return Adapter(
        element.get("id", ""),
        element.get("name", ""),
        "sender" if starts else "receiver",
        kind,
        variant_of(properties.get("cmdVariantUri", ""))[1],
        properties.get("componentVersion", ""),
        step,
        participant,
        adapter_address(kind, properties),
        properties,
    )


def _not_understood(flow: Flow) -> Iterator[NotUnderstood]:
    """Yield what the model does not know, or what leads nowhere."""
    steps = {step.id for step in flow.steps()}
    for process in flow.processes.values():
        for step in process.steps.values():
            yield from _unknown_step(step, flow)
        for route in process.routes:
            yield from _unknown_route(route, process)
    for adapter in flow.adapters:
        if adapter.kind == UNKNOWN:
            yield NotUnderstood(adapter.id, adapter.name, "an adapter without a ComponentType")
        if adapter.step not in steps:
            what = f"an adapter of a step that is not there: {adapter.step}"
            yield NotUnderstood(adapter.id, adapter.name, what)


def _unknown_step(step: Step, flow: Flow) -> Iterator[NotUnderstood]:
    if step.kind == UNKNOWN:
        said = " ".join(filter(None, [step.element, step.activity_type, step.variant]))
        yield NotUnderstood(step.id, step.name, f"a step of unknown kind: {said}")
    called = step.called_process
    if called and "{{" not in called and called not in flow.processes:
        yield NotUnderstood(step.id, step.name, f"calls a process that is not there: {called}")


def _unknown_route(route: Route, process: Process) -> Iterator[NotUnderstood]:
    for end in (route.source, route.target):
        if end not in process.steps:
            yield NotUnderstood(route.id, route.name, f"a route from or to nowhere: {end or 'no name'}")
    if route.condition and not route.language:
        said = route.properties.get("expressionType", "") or "none"
        yield NotUnderstood(route.id, route.name, f"a condition in an unknown language: {said}")
