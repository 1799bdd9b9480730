"""Changes of designed content: packages, artifacts, parameters and resources (wire-facts 5.3, 5.6).

The archive of an artifact is what counts; the tables of its parameters and resources are made of it.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from pytest_iflow.emulator.api.archive import MANIFEST, Archive, ArchiveError, manifest, pack
from pytest_iflow.emulator.api.design_sets import FLOW, PACKAGE, ArtifactKind
from pytest_iflow.emulator.flows.message import SEND, Flow, Message, Reply, Surroundings
from pytest_iflow.emulator.flows.registry import Deployment
from pytest_iflow.emulator.odata.model import ODataError, columns

FIRST_VERSION = "1.0.0"
DRAFT = "Active"
"""The version of what was changed and not saved as a version, as FlashPipe's source reads it."""
USER = "local-tenant"
INSERT = "INSERT OR REPLACE INTO designed VALUES (?, ?, ?, ?, ?, ?, ?)"
NAME = re.compile(r"[A-Za-z_][\w .-]*(?<!\.)", re.ASCII)
NAME_RULE = (
    "Name should begin with alphabet or underscore (_) and can also contain numbers, space, period(.) or "
    "hyphen(-). But it should not end with period(.)"
)
PLATFORM = "SAP Cloud Integration"


def pass_back(message: Message, _surroundings: Surroundings) -> Reply:
    """Answer with the body that came: the local tenant does not run the steps of an uploaded flow."""
    return Reply(message.body, message.header("content-type") or "application/octet-stream")


def refused(status: HTTPStatus, text: str) -> ODataError:
    """Make an error whose code is the phrase of its status, as in the examples of SAP's OpenAPI."""
    return ODataError(status, text, status.phrase)


class DesignTime:
    """The designed content of a tenant; belongs to the event loop's thread, which holds ``lock`` to write."""

    def __init__(
        self, deployment: Deployment, database: sqlite3.Connection, lock: AbstractContextManager[Any]
    ) -> None:
        self._deployment = deployment
        self._database = database
        self._lock = lock
        self._restored = -1

    def refresh(self) -> None:
        """Return to the flows of the beginning if the deployment has done so."""
        if self._restored == self._deployment.restored:
            return
        self._restored = self._deployment.restored
        with self._lock:
            for table in ("designed", "configuration", "resource", "IntegrationPackages"):
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - names above
        for package in dict.fromkeys(flow.package for flow in self._deployment.flows):
            self._insert_package({"Id": package, "Name": package, "ShortText": "Flows of the local tenant"})
        # Their archives have no parameters and no resources, so that there is nothing to read in them.
        rows = [
            (flow.artifact, FLOW.name, flow.name, flow.package, flow.version, None, _empty(FLOW, flow))
            for flow in self._deployment.flows
        ]
        with self._lock:
            self._database.executemany(INSERT, rows)

    def create_package(self, values: Mapping[str, Any]) -> str:
        """Create a package and return its id; without an id it is made of the name (assumed)."""
        name = str(values.get("Name") or "")
        identifier = str(values.get("Id") or "") or re.sub(r"\W", "", name, flags=re.ASCII)
        if not name or re.fullmatch(r"[A-Za-z0-9]+", identifier) is None:
            # That an id has only letters and digits is observed (wire-facts 5.3), the text is assumed.
            raise refused(HTTPStatus.BAD_REQUEST, "A package needs a name, and an id of letters and digits.")
        if self._package(identifier):
            text = "Entity with the specified IntegrationPackage id already exist."
            raise refused(HTTPStatus.CONFLICT, text)
        self._insert_package({**values, "Id": identifier})
        return identifier

    def update_package(self, identifier: str, values: Mapping[str, Any]) -> None:
        """Change the properties of a package that are sent."""
        self._need_package(identifier)
        sent = {
            name: values[name] for name in columns(PACKAGE) if name in values and name not in {"Id", "Mode"}
        }
        changed = {**sent, "ModifiedBy": USER, "ModifiedDate": _now()}
        names = ", ".join(f'"{name}" = ?' for name in changed)
        with self._lock:
            self._database.execute(
                f"UPDATE IntegrationPackages SET {names} WHERE Id = ?",  # noqa: S608 - names of the model
                (*changed.values(), identifier),
            )

    def delete_package(self, identifier: str) -> None:
        """Delete a package with its artifacts; the runtime stays."""
        self._need_package(identifier)
        with self._lock:
            found = self._database.execute(
                "SELECT id FROM designed WHERE package = ?", (identifier,)
            ).fetchall()
            self._database.execute("DELETE FROM IntegrationPackages WHERE Id = ?", (identifier,))
        for (artifact,) in found:
            self._remove(str(artifact))

    def create(self, kind: ArtifactKind, values: Mapping[str, Any], content: bytes | None) -> tuple[str, str]:
        """Create an artifact, of an archive or empty, and return id and version."""
        name, package = str(values.get("Name") or ""), str(values.get("PackageId") or "")
        if NAME.fullmatch(name) is None:
            raise refused(HTTPStatus.BAD_REQUEST, NAME_RULE)
        self._need_package(package)
        # Without an id the name is the id, blanks as underscores (assumed).
        artifact = str(values.get("Id") or "") or name.replace(" ", "_")
        if found := self._row(artifact):
            text = (
                f"An {kind.words} {found['name']} with the ID {artifact} already exists in the "
                f"{found['package']} package. Please rename the artifact ID."
            )
            raise refused(HTTPStatus.INTERNAL_SERVER_ERROR, text)
        flow = Flow(
            artifact,
            name,
            "",
            pass_back,
            package=package,
            version=FIRST_VERSION,
            type=kind.runtime_type,
        )
        archive = _archive(content or _empty(kind, flow))
        version = archive.manifest("Bundle-Version") or FIRST_VERSION
        self._put(kind, replace(flow, version=version), values.get("Description"), archive.packed())
        return artifact, version

    def update(
        self, kind: ArtifactKind, artifact: str, values: Mapping[str, Any], content: bytes | None
    ) -> None:
        """Put another content or name in place; without a content the artifact becomes a draft (OAS)."""
        row, flow = self._need(kind, artifact), self._flow(artifact)
        archive = _archive(content or row["content"])
        name = str(values.get("Name") or "") or archive.manifest("Bundle-Name") or row["name"]
        version = DRAFT if content is None else archive.manifest("Bundle-Version") or row["version"]
        description = values.get("Description", row["description"])
        self._put(kind, replace(flow, name=name, version=version), description, archive.packed())

    def save_version(self, kind: ArtifactKind, artifact: str, version: str) -> None:
        """Give an artifact a version."""
        row, flow = self._need(kind, artifact), self._flow(artifact)
        self._put(kind, replace(flow, version=version), row["description"], row["content"])

    def version(self, kind: ArtifactKind, artifact: str) -> str:
        """Return the version of an artifact; raises ODataError without one."""
        return str(self._need(kind, artifact)["version"])

    def delete(self, kind: ArtifactKind, artifact: str) -> None:
        """Delete an artifact; what is deployed of it stays in the runtime."""
        self._need(kind, artifact)
        self._remove(artifact)

    def configure(self, kind: ArtifactKind, artifact: str, key: str, value: str) -> None:
        """Set a parameter of an artifact."""
        row, flow = self._need(kind, artifact), self._flow(artifact)
        archive = _archive(row["content"])
        if not archive.configure(key, value):
            raise refused(HTTPStatus.NOT_FOUND, f"Parameter key '{key}' not found.")
        self._put(kind, flow, row["description"], archive.packed())

    def put_resource(
        self, kind: ArtifactKind, artifact: str, name: str, content: bytes | None, *, known: bool
    ) -> None:
        """Add a resource, or replace or delete (None) a ``known`` one."""
        row, flow = self._need(kind, artifact), self._flow(artifact)
        archive = _archive(row["content"])
        if known is not any(each.name == name for each in archive.resources()):
            status = HTTPStatus.NOT_FOUND if known else HTTPStatus.INTERNAL_SERVER_ERROR
            raise refused(status, f"Resource {name} {'not found' if known else 'already exists'}.")
        if not archive.put_resource(name, content):
            raise refused(HTTPStatus.BAD_REQUEST, f"Resource {name} is of a type that is not supported.")
        self._put(kind, flow, row["description"], archive.packed())

    def _put(self, kind: ArtifactKind, flow: Flow, description: str | None, content: bytes) -> None:
        """Keep an artifact with all that its archive says; flows of the tenant's own keep their address."""
        archive = _archive(content)
        if flow.run is pass_back and kind is FLOW:
            sender = archive.sender()
            flow = replace(
                flow,
                address=sender.address if sender else "",
                role=(sender.role if sender else "") or SEND,
                csrf_protected=bool(sender and sender.csrf_protected),
                allowed_headers=sender.allowed_headers if sender else "",
            )
        key = flow.artifact
        with self._lock:
            self._clear(key)
            self._database.execute(
                INSERT,
                (key, kind.name, flow.name, flow.package, flow.version, description, content),
            )
            self._database.executemany(
                "INSERT INTO configuration VALUES (?, ?, ?, ?, ?)",
                [(key, each.key, each.value, each.type, each.description) for each in archive.parameters()],
            )
            self._database.executemany(
                "INSERT OR REPLACE INTO resource VALUES (?, ?, ?, ?)",
                [(key, each.name, each.type, each.content) for each in archive.resources()],
            )
        self._deployment.design(flow)

    def _remove(self, artifact: str) -> None:
        with self._lock:
            self._clear(artifact)
            self._database.execute("DELETE FROM designed WHERE id = ?", (artifact,))
        self._deployment.discard(artifact)

    def _clear(self, artifact: str) -> None:
        self._database.execute("DELETE FROM configuration WHERE artifact = ?", (artifact,))
        self._database.execute("DELETE FROM resource WHERE artifact = ?", (artifact,))

    def _insert_package(self, values: Mapping[str, Any]) -> None:
        now = _now()
        made = {
            "Mode": "EDIT_ALLOWED",
            "SupportedPlatform": PLATFORM,
            "Version": FIRST_VERSION,
            "CreatedBy": USER,
            "CreationDate": now,
            "ModifiedBy": USER,
            "ModifiedDate": now,
        }
        row = {name: values.get(name) or made.get(name) for name in columns(PACKAGE)}
        marks = ", ".join("?" * len(row))
        with self._lock:
            self._database.execute(
                f"INSERT INTO IntegrationPackages VALUES ({marks})",  # noqa: S608 - marks only
                tuple(row.values()),
            )

    def _package(self, identifier: str) -> bool:
        with self._lock:
            found = self._database.execute("SELECT 1 FROM IntegrationPackages WHERE Id = ?", (identifier,))
            return found.fetchone() is not None

    def _need_package(self, identifier: str) -> None:
        if not self._package(identifier):
            raise refused(HTTPStatus.NOT_FOUND, f"Package ID {identifier} does not exist.")

    def _row(self, artifact: str) -> dict[str, Any] | None:
        names = ("kind", "name", "package", "version", "description", "content")
        with self._lock:
            found = self._database.execute(
                f"SELECT {', '.join(names)} FROM designed WHERE id = ?",  # noqa: S608 - names above
                (artifact,),
            ).fetchone()
        return None if found is None else dict(zip(names, found, strict=True))

    def _need(self, kind: ArtifactKind, artifact: str) -> dict[str, Any]:
        found = self._row(artifact)
        if found is None or found["kind"] != kind.name:
            raise refused(HTTPStatus.NOT_FOUND, f"{kind.name} design time artifact not found")
        return found

    def _flow(self, artifact: str) -> Flow:
        flow = self._deployment.flow(artifact)
        if flow is None:
            raise LookupError(artifact)
        return flow


def _empty(kind: ArtifactKind, flow: Flow) -> bytes:
    """Return an archive that has nothing but a manifest."""
    return pack({MANIFEST: manifest(flow.artifact, flow.name, flow.version, kind.bundle_type)})


def _archive(content: bytes) -> Archive:
    try:
        return Archive(content)
    except ArchiveError as error:
        raise refused(HTTPStatus.BAD_REQUEST, str(error)) from error


def _now() -> str:
    """Return the time as the API writes it for packages: milliseconds in a string (OAS)."""
    return str(round(time.time() * 1000))
