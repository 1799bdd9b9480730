"""What an integration flow is made of: processes, steps, routes, participants and adapters.

The names follow SAP's editor. All is read from the ``.iflw`` file of a bundle, which is BPMN 2.0 with
properties of SAP's own (``ifl:property``).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from msgspec import Struct

ProcessKind = Literal["main", "local", "exception"]
ConditionLanguage = Literal["xpath", "simple", ""]
Direction = Literal["sender", "receiver"]

UNKNOWN = "unknown"
"""The kind of a step or adapter that is not understood."""


class NotUnderstood(Struct, frozen=True):
    """A part of a bundle that the model does not understand.

    ``id`` and ``name`` are those of the step, adapter or file; ``what`` says in words what is unknown.
    """

    id: str
    name: str
    what: str


class Loop(Struct, frozen=True):
    """How often a looping process call runs: while ``condition`` is true, ``maximum`` times at most."""

    condition: str
    language: ConditionLanguage
    maximum: str


class Step(Struct, frozen=True):
    """One step, event or gateway of a process.

    ``kind`` is a word of ``kinds.py``, such as "content modifier", or "unknown". ``activity_type`` and
    ``variant`` are SAP's words (``activityType`` and the ``cname`` of ``cmdVariantUri``),
    ``variant_version`` is the version in ``cmdVariantUri``, ``component_version`` the one that the editor
    shows. ``element`` is the BPMN element. ``properties`` are as they stand: an externalised one is
    ``{{name}}``.

    ``outgoing`` are the ids of its routes, in the order of the editor. ``default_route`` is the one that a
    router takes where no condition holds. ``called_process`` is the id of the local process that a
    process call runs.
    """

    id: str
    name: str
    kind: str
    element: str
    activity_type: str
    variant: str
    variant_version: str
    component_version: str
    properties: Mapping[str, str]
    outgoing: tuple[str, ...] = ()
    default_route: str = ""
    called_process: str = ""
    loop: Loop | None = None


class Route(Struct, frozen=True):
    """One arrow from a step to the next, with its condition where it leaves a router."""

    id: str
    name: str
    source: str
    target: str
    condition: str = ""
    language: ConditionLanguage = ""
    is_default: bool = False
    properties: Mapping[str, str] = {}


class Process(Struct, frozen=True, dict=True):
    """An integration process, a local one, or an exception sub-process of another one.

    ``parent`` is the id of the process that an exception sub-process belongs to, else empty. ``steps`` are
    those of this process alone, by id, in the order of the file; ``routes`` too.
    """

    id: str
    name: str
    kind: ProcessKind
    parent: str
    steps: Mapping[str, Step]
    routes: tuple[Route, ...]
    properties: Mapping[str, str]

    def routes_from(self, step: str) -> list[Route]:
        """Return the routes that leave a step, in the order of the editor."""
        return self._routes_from.get(step, [])

    @cached_property
    def _routes_from(self) -> dict[str, list[Route]]:
        by_source: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            by_source.setdefault(route.source, {})[route.id] = route
        found = {}
        for source, by_id in by_source.items():
            order = self.steps[source].outgoing if source in self.steps else ()
            first = [by_id.pop(name) for name in order if name in by_id]
            found[source] = [*first, *by_id.values()]
        return found

    def routes_to(self, step: str) -> list[Route]:
        """Return the routes that lead to a step."""
        return self._routes_to.get(step, [])

    @cached_property
    def _routes_to(self) -> dict[str, list[Route]]:
        found: dict[str, list[Route]] = {}
        for route in self.routes:
            found.setdefault(route.target, []).append(route)
        return found

    def starts(self) -> list[Step]:
        """Return the events that begin the process."""
        return [step for step in self.steps.values() if step.element == "startEvent"]


class Participant(Struct, frozen=True):
    """A sender or receiver system, or the pool of a process (``process`` is its id then)."""

    id: str
    name: str
    kind: Literal["sender", "receiver", "process", "unknown"]
    process: str
    properties: Mapping[str, str]


class Adapter(Struct, frozen=True):
    """The connection between a participant and a step.

    ``kind`` is SAP's ``ComponentType`` ("HTTPS", "ProcessDirect", "HCIOData", ...), "unknown" where there is
    none. ``step`` is the id of the step that it belongs to: a start event, a request-reply, a message end.
    ``address`` is what leads to the other side, as it stands in the properties that this kind has for it, or
    empty; with ``{{name}}`` where it is externalised.
    """

    id: str
    name: str
    direction: Direction
    kind: str
    variant_version: str
    component_version: str
    step: str
    participant: str
    address: str
    properties: Mapping[str, str]


class Flow(Struct, frozen=True):
    """An integration flow; ``file`` is the path of its ``.iflw`` file in the bundle.

    ``properties`` are those of the whole flow: ``allowedHeaderList`` (``|`` between names), ``log``,
    ``namespaceMapping``, ``returnExceptionToSender``, ``httpSessionHandling``, ``ServerTrace`` and more.
    """

    file: str
    processes: Mapping[str, Process]
    participants: Mapping[str, Participant]
    adapters: tuple[Adapter, ...]
    properties: Mapping[str, str]
    not_understood: tuple[NotUnderstood, ...] = ()

    def exception_process(self, process: str) -> Process | None:
        """Return the exception sub-process of a process, if it has one."""
        return next((one for one in self.processes.values() if one.parent == process), None)

    def steps(self) -> list[Step]:
        """Return the steps of all processes."""
        return [step for process in self.processes.values() for step in process.steps.values()]

    def adapters_of(self, step: str) -> list[Adapter]:
        """Return the adapters of a step."""
        return [adapter for adapter in self.adapters if adapter.step == step]

    def in_order(self) -> list[Process]:
        """Return the main process, then the local ones, each with its exception sub-process after it."""
        outer = [one for one in self.processes.values() if not one.parent]
        found = []
        for one in sorted(outer, key=lambda process: process.kind != "main"):
            found += [one, *(inner for inner in self.processes.values() if inner.parent == one.id)]
        return found

    def senders(self) -> list[Adapter]:
        """Return the adapters that start the flow."""
        return [adapter for adapter in self.adapters if adapter.direction == "sender"]
