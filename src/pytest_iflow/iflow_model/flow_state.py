"""What decides the way of a message through a flow, as digests: two states of a flow are compared by them.

``changes.py`` says in words all that differs between two exports. Here only that counts which a message can
meet, and for each part of the flow: its own properties, its adapters, the files that it uses, the values of
parameters in them. Where it is not known who uses a file, it counts for the whole flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.changes import file_word
from pytest_iflow.iflow_model.flow import Adapter, Flow, Process, Route, Step
from pytest_iflow.iflow_model.flow_changes import adapter_word
from pytest_iflow.iflow_model.package import Package
from pytest_iflow.iflow_model.parameters import resolve_flow
from pytest_iflow.iflow_model.step_changes import step_word
from pytest_iflow.iflow_model.used_files import Details, UsedFiles, digest

_KEEPING = frozenset({
    "data store write", "data store get", "data store select", "data store delete",
    "write variables", "idempotent process call", "aggregator",
})  # fmt: skip
"""Kinds of steps that keep something for messages after this one, or find what another one kept."""

_NAMES_STATE = ("persisted variables", "local variable", "global variable", "numberrange", "number range")
"""Words in a content modifier that reads a variable or a number range, and in a script that does."""

CALLED_BY_HTTP = frozenset({"HTTPS", "SOAP"})
"""Kinds of sender adapters that a scenario calls itself; others are fed by a flow, a queue or a store."""


class FlowState(Struct, frozen=True):
    """A flow as it was exported and deployed.

    ``whole`` counts for each message: settings, processes, senders, files that no part names. ``parts`` are
    steps and routes by id. ``keeping`` are the ids of steps that share something with other messages.
    ``is_fed`` tells whether other flows, a queue or a data store can start it, ``addresses`` are those at
    which scenarios call it.
    """

    id: str
    name: str
    whole: Details
    parts: Mapping[str, Details]
    keeping: frozenset[str]
    is_fed: bool
    addresses: frozenset[str] = frozenset()

    @property
    def digests(self) -> FlowDigests:
        """Return what is kept of it: one digest for the whole and for each part."""
        parts = {own: digest(details) for own, details in self.parts.items()}
        return FlowDigests(digest(self.whole), parts, tuple(sorted(self.addresses)))


class FlowDigests(Struct, frozen=True):
    """A state of a flow with one digest for the whole, and one for each step and route by id.

    ``addresses`` are those at which scenarios call it.
    """

    whole: str
    parts: Mapping[str, str]
    addresses: tuple[str, ...] = ()


def flow_state(package: Package, bundle: Bundle, values: Mapping[str, str] | None = None) -> FlowState:
    """Return the state of a flow of a package; ``values`` come before those of the bundle for its parameters.

    Raises BundleError for a file that cannot be read.
    """
    assert bundle.flow is not None  # noqa: S101, it is a flow
    flow = resolve_flow(bundle.flow, bundle.values(values))
    files = UsedFiles(package, bundle)
    parts: dict[str, Details] = {}
    for process in flow.processes.values():
        for own, details in _of_process(flow, process, files):
            parts[own] = _details([*parts.get(own, {}).items(), *details])
    named = _details(_of_whole(bundle, flow, files))
    whole = {**named, **{file_word(name): files.digests[name] for name in files.unnamed}}
    return FlowState(
        bundle.id,
        bundle.name,
        whole,
        parts,
        frozenset(_keeping(flow, files)),
        any(adapter.kind not in CALLED_BY_HTTP for adapter in flow.senders()),
        frozenset(adapter.address for adapter in flow.senders() if adapter.kind in CALLED_BY_HTTP),
    )


def changed_parts(old: FlowState, new: FlowState) -> dict[str, str]:
    """Return the words for what differs between two states, by id of the part; the whole flow has none.

    Words that are the same for several parts stand at the first of them.
    """
    found = {"": _words(old.whole, new.whole)}
    for own in dict.fromkeys([*new.parts, *old.parts]):
        before, after = old.parts.get(own, {}), new.parts.get(own, {})
        if before != after:
            state = "" if before and after else " added" if after else " removed"
            words = _words(before, after)
            found[own] = [f"{words[0]}{state}"] if state else words
    return {own: ", ".join(words) for own, words in found.items() if words}


def _details(pairs: Iterable[tuple[str, str]]) -> Details:
    """Return digests by words; those of the same words are joined."""
    found: dict[str, str] = {}
    for words, own in pairs:
        found[words] = digest((found[words], own)) if words in found else own
    return found


def _words(old: Details, new: Details) -> list[str]:
    return [words for words in dict.fromkeys([*new, *old]) if old.get(words) != new.get(words)]


def _name(process: Process, own: str) -> str:
    step = process.steps.get(own)
    return (step.name or step.kind) if step else own


def _of_whole(bundle: Bundle, flow: Flow, files: UsedFiles) -> Iterator[tuple[str, str]]:
    yield "name", digest(bundle.name)
    yield "settings", digest(flow.properties)
    yield from files.used_by("settings", flow.properties)
    for process in flow.processes.values():
        held = process.id, process.name, process.kind, process.parent, process.properties
        yield f'process "{process.name or process.id}"', digest(held)
        yield from files.used_by(f'process "{process.name or process.id}"', process.properties)
    for adapter in flow.senders():
        yield from _of_adapter(flow, adapter, files)


def _of_adapter(flow: Flow, adapter: Adapter, files: UsedFiles) -> Iterator[tuple[str, str]]:
    words = adapter_word(flow, adapter)
    yield words, digest((adapter, flow.participants.get(adapter.participant)))
    yield from files.used_by(words, adapter.properties)


def _of_process(
    flow: Flow, process: Process, files: UsedFiles
) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    for step in process.steps.values():
        yield step.id, _of_step(flow, process, step, files)
    for route in process.routes:
        words = f'{_route_word(process, route)} after "{_name(process, route.source)}"'
        yield route.id, iter([(words, digest((route.source, route.target)))])


def _of_step(flow: Flow, process: Process, step: Step, files: UsedFiles) -> Iterator[tuple[str, str]]:
    """Yield what counts at a step: where several routes leave it, also which of them it takes."""
    words = step_word(step)
    called = flow.processes.get(step.called_process)
    starts = [each.id for each in called.starts()] if called else []
    routes = process.routes_from(step.id)
    yield words, digest((process.id, step, starts, [route.id for route in routes]))
    if len(routes) > 1 or any(route.condition for route in routes):
        for route in routes:
            yield f"condition of {_route_word(process, route)} of {words}", digest(_decision(route))
    for adapter in flow.adapters_of(step.id):
        if adapter.direction == "receiver":
            yield from _of_adapter(flow, adapter, files)
    yield from files.used_by_step(step)


def _route_word(process: Process, route: Route) -> str:
    return f'route "{route.name or _name(process, route.target)}"'


def _decision(route: Route) -> tuple[object, ...]:
    return route.id, route.condition, route.language, route.is_default, route.properties


def _keeping(flow: Flow, files: UsedFiles) -> Iterator[str]:
    """Yield the ids of steps that share something with other messages."""
    yield from (adapter.step for adapter in flow.senders() if adapter.kind == "DataStoreConsumer")
    for step in flow.steps():
        scripts = b" ".join(files.scripts_of(step)).decode("utf-8", "replace")
        text = f"{' '.join(step.properties.values())} {scripts}".lower()
        if step.kind in _KEEPING or any(words in text for words in _NAMES_STATE):
            yield step.id
