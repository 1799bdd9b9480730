"""Changes of designed content: packages, artifacts, parameters and resources (wire-facts 5.3, 5.6).

The archive of an artifact is what counts; the tables of its parameters and resources are made of it.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from pytest_iflow.emulator.api.archive import MANIFEST, Archive, ArchiveError, manifest, pack
from pytest_iflow.emulator.api.design_sets import FLOW, KIND_OF_NAME, ArtifactKind
from pytest_iflow.emulator.api.packages import (
    FIRST_VERSION,
    Packages,
    PackedArtifact,
    export_package,
    import_package,
)
from pytest_iflow.emulator.api.versions import DRAFT, Version, Versions
from pytest_iflow.emulator.flows.local_flows import LocalEngine
from pytest_iflow.emulator.flows.message import Flow, FlowFailureError, Message, Reply, Surroundings
from pytest_iflow.emulator.flows.registry import Deployment
from pytest_iflow.emulator.odata.model import ODataError

SYMBOLIC_NAME = "Bundle-SymbolicName"
# The beginning of an observed text.
GENERATION_FAILED = "The generation and build of the artifact were unsuccessful."
NAME = re.compile(r"[A-Za-z_][\w .-]*(?<!\.)", re.ASCII)
NAME_RULE = (
    "Name should begin with alphabet or underscore (_) and can also contain numbers, space, period(.) or "
    "hyphen(-). But it should not end with period(.)"
)


class GenerationError(Exception):
    """An artifact that cannot be built; the text says why."""


def not_built(_message: Message, _surroundings: Surroundings) -> Reply:
    """Fail: what was uploaded is built when it is deployed."""
    raise FlowFailureError(GENERATION_FAILED)


class DesignTime:
    """The designed content of a tenant; belongs to the event loop's thread, which holds ``lock`` to write."""

    def __init__(
        self, deployment: Deployment, database: sqlite3.Connection, lock: AbstractContextManager[Any]
    ) -> None:
        self._deployment = deployment
        self._restored = -1
        # Packages that go, each with the moment of the monotonic clock at which it is gone.
        self._deleting: dict[str, float] = {}
        self.packages = Packages(database, lock)
        self.versions = Versions(database, lock)

    def refresh(self) -> None:
        """End deletions, and return to the flows of the beginning if the deployment has done so."""
        for package in [name for name, end in self._deleting.items() if end <= time.monotonic()]:
            del self._deleting[package]
            self._drop_package(package)
        if self._restored == self._deployment.restored:
            return
        self._restored = self._deployment.restored
        self._deleting.clear()
        self.versions.clear()
        self.packages.clear()
        for package in dict.fromkeys(flow.package for flow in self._deployment.flows):
            self.packages.insert({"Id": package, "Name": package, "ShortText": "Flows of the local tenant"})
        self.versions.begin(
            Version(flow.artifact, flow.version, FLOW.name, flow.name, flow.package, None, _empty(FLOW, flow))
            for flow in self._deployment.flows
            if flow.content is None
        )
        for flow in self._deployment.flows:
            if flow.content is not None:
                self.versions.put(FLOW, flow, None, _archive(flow.content()))

    def delete_package(self, identifier: str, seconds: float) -> None:
        """Delete a package with its artifacts in so many ``seconds``; the runtime stays."""
        self.packages.need(identifier)
        if seconds:
            self._deleting.setdefault(identifier, time.monotonic() + seconds)
        else:
            self._drop_package(identifier)

    def _drop_package(self, identifier: str) -> None:
        self.packages.remove(identifier)
        for row in self.versions.of_package(identifier):
            self._remove(row.id)

    def export_package(self, identifier: str) -> bytes:
        """Return a package as a file; raises ODataError where an artifact is a draft (wire-facts 5.6)."""
        values = self.packages.values(identifier)
        if values is None:
            raise ODataError(HTTPStatus.NOT_FOUND, f"Integration package {identifier} does not exist.")
        rows = self.versions.of_package(identifier)
        drafts = [
            f"{{Type={KIND_OF_NAME[row.kind].package_type}, Name={row.name}}}"
            for row in rows
            if row.version == DRAFT
        ]
        if drafts:
            text = "Package export failed. It contains the following artifacts are in draft state: "
            raise ODataError(HTTPStatus.INTERNAL_SERVER_ERROR, f"{text}[ {', '.join(drafts)} ].")
        return export_package(values, (_packed(row) for row in rows))

    def import_package(self, content: bytes, *, overwrite: bool) -> str:
        """Create a package of a file and return its id; with ``overwrite`` in place of the one of this id."""
        values, artifacts = import_package(content)
        identifier = str(values["Id"])
        there = self.packages.name(identifier) is not None
        if there and not overwrite:
            text = "Entity with the specified IntegrationPackage id already exist."
            raise ODataError(HTTPStatus.CONFLICT, text)
        archives = {each.identifier: _archive(each.content) for each in artifacts}
        for each in artifacts:
            self._refuse_twice(each.kind, each.identifier, besides=identifier)
        if there:
            self._drop_package(identifier)
        self.packages.insert(values)
        for each in artifacts:
            flow = Flow(
                each.identifier,
                each.name,
                "",
                not_built,
                package=identifier,
                version=each.version,
                type=each.kind.runtime_type,
            )
            self._put(each.kind, flow, None, archives[each.identifier])
        return identifier

    def create(self, kind: ArtifactKind, values: Mapping[str, Any], content: bytes | None) -> tuple[str, str]:
        """Create an artifact, of an archive or empty, and return id and version."""
        name, package = str(values.get("Name") or ""), str(values.get("PackageId") or "")
        if NAME.fullmatch(name) is None:
            raise ODataError(HTTPStatus.BAD_REQUEST, NAME_RULE)
        self.packages.need(package)
        # Without an id the name is the id, blanks as underscores (assumed).
        artifact = str(values.get("Id") or "") or name.replace(" ", "_")
        self._refuse_twice(kind, artifact)
        flow = Flow(
            artifact,
            name,
            "",
            not_built,
            package=package,
            version=FIRST_VERSION,
            type=kind.runtime_type,
        )
        archive = _uploaded(kind, content or _empty(kind, flow))
        version = archive.manifest("Bundle-Version") or FIRST_VERSION
        self._put(kind, replace(flow, version=version), values.get("Description"), archive)
        return artifact, version

    def _refuse_twice(self, kind: ArtifactKind, artifact: str, besides: str = "") -> None:
        """Raise ODataError if there is an artifact of an id already, ``besides`` those of one package."""
        found = self.versions.newest(artifact)
        if found and found.package != besides:
            article = "An" if kind.words[0] in "aeiou" else "A"
            text = (
                f"{article} {kind.words} {found.name} with the ID {artifact} already exists in the "
                f"{self.packages.name(found.package)} package. Please rename the artifact ID."
            )
            raise ODataError(HTTPStatus.INTERNAL_SERVER_ERROR, text)

    def update(
        self, kind: ArtifactKind, artifact: str, values: Mapping[str, Any], content: bytes | None
    ) -> None:
        """Put another content or name in place; without a content the artifact becomes a draft (OAS)."""
        row, flow = self._need(kind, artifact), self._flow(artifact)
        archive = _archive(row.content) if content is None else _uploaded(kind, content)
        if archive.manifest(SYMBOLIC_NAME) != _archive(row.content).manifest(SYMBOLIC_NAME):
            text = "Could not update artifact of the package; due to change in the Bundle-symbolicName"
            raise ODataError(HTTPStatus.BAD_REQUEST, text)
        name = str(values.get("Name") or "") or archive.manifest("Bundle-Name") or row.name
        version = DRAFT if content is None else archive.manifest("Bundle-Version") or row.version
        description = values.get("Description", row.description)
        self._put(kind, replace(flow, name=name, version=version), description, archive)

    def save_version(self, kind: ArtifactKind, artifact: str, version: str) -> None:
        """Save an artifact as a version; the versions before it stay."""
        row, flow = self._need(kind, artifact), self._flow(artifact)
        self._put(kind, replace(flow, version=version), row.description, _archive(row.content))

    def version(self, kind: ArtifactKind, artifact: str) -> str:
        """Return the version of an artifact; raises ODataError without one."""
        return self._need(kind, artifact).version

    def delete(self, kind: ArtifactKind, artifact: str) -> None:
        """Delete an artifact; what is deployed of it stays in the runtime."""
        self._need(kind, artifact)
        self._remove(artifact)

    def rewrite(self, kind: ArtifactKind, artifact: str, change: Callable[[Archive], None]) -> None:
        """Change the archive of an artifact, which keeps its version (assumed)."""
        row, flow = self._need(kind, artifact), self._flow(artifact)
        archive = _archive(row.content)
        change(archive)
        self._put(kind, flow, row.description, archive)

    def build(self, artifact: str, engine: LocalEngine) -> Flow | None:
        """Return the flow that the engine makes of an uploaded artifact; None for one that needs none.

        It uses the other artifacts that are deployed, such as script collections. Raises GenerationError
        for a model that cannot be read (wire-facts 5.10).
        """
        row = self.versions.newest(artifact)
        if row is None or row.kind != FLOW.name or not _archive(row.content).has_model:
            return None
        from pytest_iflow.emulator.flows.bundles import UnreadableFlowError

        try:
            built = engine.bundles().build(artifact, row.name, row.content, self._deployed_beside())
        except UnreadableFlowError as error:
            raise GenerationError(f"{GENERATION_FAILED} {error}") from error
        flow = self._flow(artifact)
        return replace(built, package=flow.package, version=flow.version) if flow.run is not_built else None

    def _deployed_beside(self) -> list[bytes]:
        """Return the archives of deployed artifacts that are no flows."""
        rows = (self.versions.newest(each.flow.artifact) for each in self._deployment.deployed)
        return [row.content for row in rows if row and row.kind != FLOW.name]

    def _put(self, kind: ArtifactKind, flow: Flow, description: str | None, archive: Archive) -> None:
        """Keep a version with all that its archive says; flows of the tenant's own keep their steps."""
        if flow.lifecycle and archive.has_model:
            flow = replace(flow, run=not_built, lifecycle=None, further=())
        self.versions.put(kind, flow, description, archive)
        self._deployment.design(flow)

    def _remove(self, artifact: str) -> None:
        self.versions.remove(artifact)
        self._deployment.discard(artifact)

    def _need(self, kind: ArtifactKind, artifact: str) -> Version:
        found = self.versions.newest(artifact)
        if found is None or found.kind != kind.name:
            raise ODataError(HTTPStatus.NOT_FOUND, kind.missing)
        return found

    def _flow(self, artifact: str) -> Flow:
        flow = self._deployment.flow(artifact)
        if flow is None:
            raise LookupError(artifact)
        return flow


def _empty(kind: ArtifactKind, flow: Flow) -> bytes:
    """Return an archive that has nothing but a manifest."""
    return pack({MANIFEST: manifest(flow.artifact, flow.name, flow.version, kind.bundle_type)})


def _uploaded(kind: ArtifactKind, content: bytes) -> Archive:
    """Unpack what a caller sends; an archive with parameters and no definitions is refused as observed."""
    archive = _archive(content)
    if kind is FLOW and not archive.has_definitions:
        raise ODataError(HTTPStatus.INTERNAL_SERVER_ERROR, "InputStream cannot be null")
    return archive


def _packed(row: Version) -> PackedArtifact:
    kind = KIND_OF_NAME[row.kind]
    return PackedArtifact(kind, row.id, row.name, row.version, row.content)


def _archive(content: bytes) -> Archive:
    try:
        return Archive(content)
    except ArchiveError as error:
        raise ODataError(HTTPStatus.BAD_REQUEST, str(error)) from error
