"""Whether a flow can run in an engine: which of its steps, adapters and scripts that engine lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.flow import UNKNOWN, Adapter, Step
from pytest_iflow.iflow_model.package import Package

_SCRIPTS = frozenset({"Groovy script", "JavaScript"})


def _nothing_more(package: Package, bundle: Bundle, step: Step) -> str:  # noqa: ARG001, as an engine has it
    return ""


class Supported(Struct, frozen=True):
    """What an engine can run: kinds of steps, of sender adapters and of receiver adapters.

    ``lacks`` gets a step of a known kind, and returns in a few words what the engine lacks for it; empty if
    nothing.
    """

    steps: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset()
    receivers: frozenset[str] = frozenset()
    lacks: Callable[[Package, Bundle, Step], str] = _nothing_more


class Missing(Struct, frozen=True):
    """A step or adapter that would not run: its name, and in words what is missing."""

    step: str
    kind: str


class Readiness(Struct, frozen=True):
    """Whether a flow would run; ``name`` is that of its bundle."""

    name: str
    missing: tuple[Missing, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def readiness(package: Package, supported: Supported) -> list[Readiness]:
    """Return for each flow of a package whether it would run, those that could not be read included."""
    found = [
        Readiness(bundle.name, tuple(dict.fromkeys(_missing(package, bundle, supported))))
        for bundle in package.flows()
    ]
    unread = [
        Readiness(one.name or one.id, (Missing("", f"cannot be read: {one.what}"),))
        for one in package.not_understood
    ]
    return found + unread


def _missing(package: Package, bundle: Bundle, supported: Supported) -> Iterator[Missing]:
    if bundle.flow is None:
        return
    for step in bundle.flow.steps():
        if lacking := _lacking(package, bundle, step, supported):
            yield Missing(step.name or step.id, lacking)
    for adapter in bundle.flow.adapters:
        kinds = supported.senders if adapter.direction == "sender" else supported.receivers
        if adapter.kind not in kinds:
            yield Missing(_system(bundle, adapter), f"{adapter.kind} {adapter.direction} adapter")


def _lacking(package: Package, bundle: Bundle, step: Step, supported: Supported) -> str:
    """Return what is missing for a step, empty where it would run."""
    if step.kind == UNKNOWN:
        return f"unknown: {' '.join(filter(None, [step.activity_type or step.element, step.variant]))}"
    if step.kind not in supported.steps:
        return step.kind
    if step.kind in _SCRIPTS and package.script(bundle, step) is None:
        collection = step.properties.get("scriptBundleId", "")
        place = f"script collection {collection}" if collection else "bundle"
        return f"{step.kind} {step.properties.get('script', '')} that is not in the {place}"
    return supported.lacks(package, bundle, step)


def _system(bundle: Bundle, adapter: Adapter) -> str:
    participant = bundle.flow.participants.get(adapter.participant) if bundle.flow else None
    return (participant.name if participant else "") or adapter.name or adapter.id
