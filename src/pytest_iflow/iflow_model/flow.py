"""What an integration flow is made of: processes, steps, routes, participants and adapters.

The names follow SAP's editor. All is read from the ``.iflw`` file of a bundle, which is BPMN 2.0 with
properties of SAP's own (``ifl:property``).
"""

from __future__ import annotations

from collections.abc import Mapping
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


class Process(Struct, frozen=True):
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
        by_id = {route.id: route for route in self.routes if route.source == step}
        order = self.steps[step].outgoing if step in self.steps else ()
        return [by_id.pop(name) for name in order if name in by_id] + list(by_id.values())

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
    """An integration flow.

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

    def senders(self) -> list[Adapter]:
        """Return the adapters that start the flow."""
        return [adapter for adapter in self.adapters if adapter.direction == "sender"]
