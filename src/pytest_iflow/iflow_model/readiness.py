"""Whether a flow can run in an engine: which of its steps, adapters and scripts are missing there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from msgspec import Struct

from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.flow import Flow, Step
from pytest_iflow.iflow_model.package import Package

_SCRIPTS = frozenset({"Groovy script", "JavaScript"})
_MAPPING = "message mapping"
_ARCHIVES = "src/main/resources/lib/"
"""Folder of Java archives in a bundle."""


ADD_COLLECTION = "put the zip of its package, or of the collection, into the same folder"
"""What to do where a flow names a script collection that is not there."""


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


def readiness(
    package: Package,
    not_supported: Callable[[Flow], Iterable[Missing]],
    missing_classes: Callable[[str], Iterable[str]] = lambda _script: (),
    missing_in_mapping: Callable[
        [Package, Bundle, Step], Iterable[str]
    ] = lambda _package, _bundle, _step: (),
    unusable_settings: Callable[[Package, Bundle], Iterable[Missing]] = lambda _package, _bundle: (),
) -> list[Readiness]:
    """Return for each flow of a package whether it would run, those that could not be read included.

    ``not_supported`` is asked what the engine lacks for a flow, ``missing_classes`` which classes a Groovy
    script names that the engine does not have, ``missing_in_mapping`` what the mapping of a step needs.
    """
    found = []
    for bundle in package.flows():
        if bundle.flow is not None:
            lacks = [*not_supported(bundle.flow), *unusable_settings(package, bundle)]
            scripts = _missing_in_scripts(package, bundle, missing_classes)
            mappings = [
                Missing(step.name or step.id, said)
                for step in bundle.flow.steps()
                if step.kind == _MAPPING
                for said in missing_in_mapping(package, bundle, step)
            ]
            lost = _lost(bundle.flow)
            found.append(Readiness(bundle.name, tuple(dict.fromkeys([*lacks, *lost, *scripts, *mappings]))))
    unread = [
        Readiness(one.name or one.id, (Missing("", f"cannot be read: {one.what}"),))
        for one in package.not_understood
    ]
    return found + unread


def _lost(flow: Flow) -> Iterator[Missing]:
    """Yield the steps from which a message would go to a step or process that is not there."""
    for process in flow.processes.values():
        for route in process.routes:
            if (step := process.steps.get(route.source)) and route.target not in process.steps:
                yield Missing(step.name or step.id, f"route to a step that is not there: {route.target}")
        for step in process.steps.values():
            called = step.called_process
            if called and "{{" not in called and called not in flow.processes:
                yield Missing(step.name or step.id, f"{step.kind} of a process that is not there: {called}")


def _missing_in_scripts(
    package: Package, bundle: Bundle, missing_classes: Callable[[str], Iterable[str]]
) -> Iterator[Missing]:
    """Yield the scripts that are not there, and the classes that the others need and nobody has."""
    held = _classes_of_archives(bundle)
    for step in bundle.flow.steps() if bundle.flow else []:
        if step.kind not in _SCRIPTS:
            continue
        named = f"{step.kind} {step.properties.get('script', '')}"
        content = package.script(bundle, step)
        if content is None:
            yield Missing(step.name or step.id, f"{named} that is not {_place(package, step)}")
        else:
            classes = [
                each for each in missing_classes(content.decode("utf-8", "replace")) if each not in held
            ]
            if classes:
                yield Missing(step.name or step.id, f"{named} that needs {', '.join(classes)}")


def _classes_of_archives(bundle: Bundle) -> set[str]:
    """Return the names of the classes in the Java archives of a bundle; one that cannot be read has none."""
    found: set[str] = set()
    for path in bundle.files:
        if path.startswith(_ARCHIVES) and path.endswith(".jar"):
            with suppress(zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(bundle.files[path])) as archive:
                names = (
                    name.removesuffix(".class") for name in archive.namelist() if name.endswith(".class")
                )
                found.update(name.replace("/", ".").replace("$", ".") for name in names)
    return found


def _place(package: Package, step: Step) -> str:
    """Return where a script should have been."""
    collection = step.properties.get("scriptBundleId", "")
    if collection and collection not in package.of_kind("script collection"):
        return f"here: the package has no script collection {collection}; {ADD_COLLECTION}"
    return f"in the script collection {collection}" if collection else "in the bundle"
