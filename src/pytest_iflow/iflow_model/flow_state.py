"""What decides the way of a message through a flow, as digests: two states of a flow are compared by them.

``changes.py`` says in words all that differs between two exports. Here only that counts which a message can
meet, and for each part of the flow: its own properties, its adapters, the files that it uses, the values of
parameters in them. Where it is not known who uses a file, it counts for the whole flow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.changes import contents, file_word
from pytest_iflow.iflow_model.flow import Adapter, Flow, Process, Route, Step
from pytest_iflow.iflow_model.flow_changes import adapter_word
from pytest_iflow.iflow_model.package import Package
from pytest_iflow.iflow_model.parameters import resolve_flow
from pytest_iflow.iflow_model.step_changes import step_word

_DIGITS = 16
"""Hexadecimal digits of a digest."""

_KEEPING = frozenset({
    "data store write", "data store get", "data store select", "data store delete",
    "write variables", "idempotent process call", "aggregator",
})  # fmt: skip
"""Kinds of steps that keep something for messages after this one, or find what another one kept."""

_NAMES_STATE = ("persisted variables", "local variable", "global variable", "numberrange", "number range")
"""Words in a content modifier that reads a variable or a number range, and in a script that does."""

_BESIDE = {"scriptBundleId": "script collection", "messageMappingBundleId": "message mapping"}
"""Properties of a step that name a bundle beside the flow, and of which kind it is."""

_USE_VALUE_MAPPINGS = frozenset({"message mapping", "operation mapping", "Groovy script", "JavaScript"})
CALLED_BY_HTTP = frozenset({"HTTPS", "SOAP"})
"""Kinds of sender adapters that a scenario calls itself; others are fed by a flow, a queue or a store."""

Details = Mapping[str, str]
"""A digest for each thing that counts, by how that is called in a sentence."""


class FlowState(Struct, frozen=True):
    """A flow as it was exported and deployed.

    ``whole`` counts for each message: settings, processes, senders, files that no part names. ``parts`` are
    steps and routes by id. ``keeping`` are the ids of steps that share something with other messages.
    ``is_fed`` tells whether other flows, a queue or a data store can start it.
    """

    id: str
    name: str
    whole: Details
    parts: Mapping[str, Details]
    keeping: frozenset[str]
    is_fed: bool

    @property
    def digests(self) -> FlowDigests:
        """Return what is kept of it: one digest for the whole and for each part."""
        parts = {own: digest(details) for own, details in self.parts.items()}
        return FlowDigests(digest(self.whole), parts)


class FlowDigests(Struct, frozen=True):
    """A state of a flow with one digest for the whole, and one for each step and route by id."""

    whole: str
    parts: Mapping[str, str]


def digest(value: object) -> str:
    """Return a digest of a value that is made of structs, mappings, sequences and texts."""
    text = json.dumps(msgspec.to_builtins(value), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:_DIGITS]


def flow_state(package: Package, bundle: Bundle, values: Mapping[str, str] | None = None) -> FlowState:
    """Return the state of a flow of a package; ``values`` come before those of the bundle for its parameters.

    Raises BundleError for a file that cannot be read.
    """
    assert bundle.flow is not None  # noqa: S101, it is a flow
    flow = resolve_flow(bundle.flow, bundle.values(values))
    files = _Files(package, bundle)
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
        frozenset(_keeping(flow, lambda step: package.script(bundle, step))),
        any(adapter.kind not in CALLED_BY_HTTP for adapter in flow.senders()),
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


def _of_whole(bundle: Bundle, flow: Flow, files: _Files) -> Iterator[tuple[str, str]]:
    yield "name", digest(bundle.name)
    yield "settings", digest(flow.properties)
    yield from files.used_by("settings", flow.properties)
    for process in flow.processes.values():
        held = process.id, process.name, process.kind, process.parent, process.properties
        yield f'process "{process.name or process.id}"', digest(held)
        yield from files.used_by(f'process "{process.name or process.id}"', process.properties)
    for adapter in flow.senders():
        yield from _of_adapter(flow, adapter, files)


def _of_adapter(flow: Flow, adapter: Adapter, files: _Files) -> Iterator[tuple[str, str]]:
    words = adapter_word(flow, adapter)
    yield words, digest((adapter, flow.participants.get(adapter.participant)))
    yield from files.used_by(words, adapter.properties)


def _of_process(
    flow: Flow, process: Process, files: _Files
) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    for step in process.steps.values():
        yield step.id, _of_step(flow, process, step, files)
    for route in process.routes:
        words = f'{_route_word(process, route)} after "{_name(process, route.source)}"'
        yield route.id, iter([(words, digest((route.source, route.target)))])


def _of_step(flow: Flow, process: Process, step: Step, files: _Files) -> Iterator[tuple[str, str]]:
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


def _keeping(flow: Flow, script_of: Callable[[Step], bytes | None]) -> Iterator[str]:
    """Yield the ids of steps that share something with other messages."""
    yield from (adapter.step for adapter in flow.senders() if adapter.kind == "DataStoreConsumer")
    for step in flow.steps():
        script = (script_of(step) or b"").decode("utf-8", "replace")
        text = f"{' '.join(step.properties.values())} {script}".lower()
        if step.kind in _KEEPING or any(words in text for words in _NAMES_STATE):
            yield step.id


class _Files:
    """The files of a bundle and of what its flow uses beside it in the package, and who uses which.

    ``digests`` are by path, ``unnamed`` the paths of those that no part of the flow names, and no file which
    a part names.
    """

    def __init__(self, package: Package, bundle: Bundle) -> None:
        self._package = package
        self._held = contents(bundle)
        self.digests = {name: _digest_of_file(data) for name, data in self._held.items()}
        self._named_in_files = {name: self._names_in_file(name) for name in self._held}
        self.unnamed = dict.fromkeys(self._held)
        self._mappings = list(package.of_kind("value mapping").values())

    def used_by(self, words: str, properties: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield the files that properties name, and those that are named in these."""
        yield from self._digests(words, self._reached(self._named_by(properties.values())))

    def used_by_step(self, step: Step) -> Iterator[tuple[str, str]]:
        """Yield the files that a step uses, those of other bundles of the package included."""
        words = step_word(step)
        if "dynamic" in step.properties.values() or "mappingSrcHeader" in step.properties.values():
            yield from self._digests(words, self._held)
        else:
            yield from self.used_by(words, step.properties)
        for name, kind in _BESIDE.items():
            if own := step.properties.get(name, ""):
                held = self._package.of_kind(kind).get(own)
                yield f"{own} that {words} uses", digest(_digest_of_bundle(held, step) if held else {})
        if step.kind in _USE_VALUE_MAPPINGS:
            for one in self._mappings:
                yield f'value mapping "{one.name}"', digest(_digest_of_bundle(one, step))

    def _digests(self, words: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
        for name in names:
            self.unnamed.pop(name, None)
            yield f"{file_word(name)} of {words}", self.digests[name]

    def _named_by(self, texts: Collection[str]) -> list[str]:
        found = []
        for path in self._held:
            name = path.rpartition("/")[2]
            stem = name.rpartition(".")[0] or name
            if any(name in text or text == stem or text.endswith(f"/{stem}") for text in texts):
                found.append(path)
        return found

    def _names_in_file(self, own: str) -> list[str]:
        data = self._held[own]
        return [path for path in self._held if path != own and path.rpartition("/")[2].encode() in data]

    def _reached(self, names: Collection[str]) -> dict[str, None]:
        found: dict[str, None] = {}
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                waiting += self._named_in_files[name]
        return found


def _digest_of_file(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]


def _digest_of_bundle(bundle: Bundle, step: Step) -> Details:
    """Return digests of what a step may use of another bundle: of its scripts only the one that it names."""
    script = step.properties.get("script", "").rpartition("/")[2]
    return {
        path: _digest_of_file(data)
        for path, data in contents(bundle).items()
        if not script or "/script/" not in path or path.rpartition("/")[2] == script
    }
