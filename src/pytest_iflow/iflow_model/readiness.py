"""Whether a flow can run in an engine: which of its steps, adapters and scripts are missing there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.flow import Flow
from pytest_iflow.iflow_model.package import Package

_SCRIPTS = frozenset({"Groovy script", "JavaScript"})


class Lack(Protocol):
    """What an engine says that it does not run: the name of a step or adapter, and in words what it is."""

    @property
    def step(self) -> str:
        """Name of the step or adapter."""

    @property
    def kind(self) -> str:
        """What is missing."""


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


def readiness(package: Package, not_supported: Callable[[Flow], Iterable[Lack]]) -> list[Readiness]:
    """Return for each flow of a package whether it would run, those that could not be read included.

    ``not_supported`` is asked what the engine lacks for a flow.
    """
    found = []
    for bundle in package.flows():
        if bundle.flow is not None:
            lacks = [Missing(one.step, one.kind) for one in not_supported(bundle.flow)]
            found.append(
                Readiness(bundle.name, tuple(dict.fromkeys([*lacks, *_lost_scripts(package, bundle)])))
            )
    unread = [
        Readiness(one.name or one.id, (Missing("", f"cannot be read: {one.what}"),))
        for one in package.not_understood
    ]
    return found + unread


def _lost_scripts(package: Package, bundle: Bundle) -> Iterator[Missing]:
    """Yield the scripts that are neither in the bundle nor in a script collection of the package."""
    for step in bundle.flow.steps() if bundle.flow else []:
        if step.kind in _SCRIPTS and package.script(bundle, step) is None:
            collection = step.properties.get("scriptBundleId", "")
            place = f"in the script collection {collection}" if collection else "in the bundle"
            if collection and collection not in package.of_kind("script collection"):
                place = f"here: the package has no script collection {collection}"
            what = f"{step.kind} {step.properties.get('script', '')} that is not {place}"
            yield Missing(step.name or step.id, what)
