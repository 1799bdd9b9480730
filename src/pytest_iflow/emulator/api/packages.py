"""Integration packages: their table, and packages as files (wire-facts 5.3, 5.6).

The file of a package is the one that the export of a tenant's design workspace gives: an archive with one
entry for each artifact and an index in base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import re
import sqlite3
import time
import uuid
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from pytest_iflow.emulator.api.archive import MOST_OCTETS
from pytest_iflow.emulator.api.design_sets import KINDS, PACKAGE, ArtifactKind
from pytest_iflow.emulator.odata.model import ODataError, columns

FIRST_VERSION = "1.0.0"
USER = "local-tenant"
PLATFORM = "SAP Cloud Integration"
INDEX = "resources.cnt"
CONTENT = "_content"
# The package itself stands in the index, too.
PACKAGE_TYPE = "ContentPackage"
# The tenant sets these itself; that `Mode` may not be sent is FlashPipe's experience.
SET_BY_TENANT = frozenset({"Mode", "ModifiedBy", "CreationDate", "ModifiedDate", "CreatedBy"})
# What the index of a file calls the properties of a package that have another name there.
ATTRIBUTES = {"ShortText": "shortText", "Description": "Description", "Vendor": "Vendor"}


class Packages:
    """The table of packages; ``lock`` is held while it is written."""

    def __init__(self, database: sqlite3.Connection, lock: AbstractContextManager[Any]) -> None:
        self._database = database
        self._lock = lock

    def create(self, values: Mapping[str, Any]) -> str:
        """Create a package and return its id; without an id it is made of the name (assumed)."""
        _refuse_what_the_tenant_sets(values)
        name = str(values.get("Name") or "")
        identifier = str(values.get("Id") or "") or re.sub(r"\W", "", name, flags=re.ASCII)
        if not name:
            raise ODataError(HTTPStatus.BAD_REQUEST, "Property 'Name' is missing. Enter a valid Name.")
        _require_plain(identifier)
        if self.name(identifier) is not None:
            text = "Entity with the specified IntegrationPackage id already exist."
            raise ODataError(HTTPStatus.CONFLICT, text)
        self.insert({**values, "Id": identifier})
        return identifier

    def insert(self, values: Mapping[str, Any]) -> None:
        """Put a package into the table, in place of the one of its id."""
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
                f"INSERT OR REPLACE INTO IntegrationPackages VALUES ({marks})",  # noqa: S608 - marks only
                tuple(row.values()),
            )

    def update(self, identifier: str, values: Mapping[str, Any]) -> None:
        """Change the properties of a package that are sent."""
        self.need(identifier)
        _refuse_what_the_tenant_sets(values)
        sent = {name: values[name] for name in columns(PACKAGE) if name in values and name != "Id"}
        changed = {**sent, "ModifiedBy": USER, "ModifiedDate": _now()}
        names = ", ".join(f'"{name}" = ?' for name in changed)
        with self._lock:
            self._database.execute(
                f"UPDATE IntegrationPackages SET {names} WHERE Id = ?",  # noqa: S608 - names of the model
                (*changed.values(), identifier),
            )

    def clear(self) -> None:
        """Drop all packages."""
        with self._lock:
            self._database.execute("DELETE FROM IntegrationPackages")
            self._database.execute("DELETE FROM package_tag")

    def remove(self, identifier: str) -> None:
        """Take a package out of the table."""
        with self._lock:
            self._database.execute("DELETE FROM IntegrationPackages WHERE Id = ?", (identifier,))
            self._database.execute("DELETE FROM package_tag WHERE package = ?", (identifier,))

    def values(self, identifier: str) -> dict[str, Any] | None:
        """Return the properties of a package, or None."""
        names = tuple(columns(PACKAGE))
        with self._lock:
            found = self._database.execute(
                f"SELECT {', '.join(names)} FROM IntegrationPackages WHERE Id = ?",  # noqa: S608 - of the model
                (identifier,),
            ).fetchone()
        return None if found is None else dict(zip(names, found, strict=True))

    def name(self, identifier: str) -> str | None:
        """Return the name of a package, or None if there is none of this id."""
        found = self.values(identifier)
        return None if found is None else str(found["Name"])

    def need(self, identifier: str) -> str:
        """Return the name of a package; raises ODataError if there is none of this id."""
        name = self.name(identifier)
        if name is None:
            raise ODataError(HTTPStatus.NOT_FOUND, f"Package ID {identifier} does not exist.")
        return name


def _require_plain(identifier: str) -> None:
    """Raise ODataError in the words of a tenant for an id that is not made of letters and digits."""
    if re.fullmatch(r"[A-Za-z0-9]+", identifier) is None:
        text = "Property 'Id' value cannot have a special character. Enter a valid Id."
        raise ODataError(HTTPStatus.BAD_REQUEST, text)


def _refuse_what_the_tenant_sets(values: Mapping[str, Any]) -> None:
    sent = sorted(name for name in SET_BY_TENANT if values.get(name))
    if sent:
        # The status is assumed, and the words.
        raise ODataError(HTTPStatus.BAD_REQUEST, f"Property '{sent[0]}' is set by the tenant.")


@dataclass(frozen=True, slots=True)
class PackedArtifact:
    """An artifact in the file of a package; ``content`` is its own archive."""

    kind: ArtifactKind
    identifier: str
    name: str
    version: str
    content: bytes = field(repr=False)


def export_package(values: Mapping[str, Any], artifacts: Iterable[PackedArtifact]) -> bytes:
    """Return a package as a file, with the properties that are observed in exports.

    A tenant's export has more in its index; the local tenant writes what a reader needs.
    """
    package = _entry(str(values["Id"]), PACKAGE_TYPE, str(values["Name"]), str(values["Version"]))
    package["name"] = values["Id"]
    package["additionalAttributes"] = {
        theirs: {"isExtendedLargeAttribute": False, "attributeValues": [values[ours]]}
        for ours, theirs in ATTRIBUTES.items()
        if values.get(ours)
    }
    entries, contents = [package], {}
    for each in artifacts:
        entry = _entry(each.identifier, each.kind.package_type, each.name, each.version)
        entry |= {"name": f"{each.identifier}.zip", "contentType": "application/zip"}
        entries.append(entry)
        contents[f"{entry['id']}{CONTENT}"] = each.content
    index = base64.b64encode(json.dumps({"resources": entries, "relations": []}).encode())
    hashes = [hashlib.sha256(each).hexdigest() for each in contents.values()]
    info = f"Name= {values['Name']}\nDate= {formatdate(usegmt=True)}"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
        archive.writestr(INDEX, index)
        archive.writestr("hash", json.dumps(hashes))
        archive.writestr("ExportInformation.info", info)
    return packed.getvalue()


def _entry(identifier: str, resource_type: str, name: str, version: str) -> dict[str, Any]:
    return {
        "id": uuid.uuid4().hex,
        "uniqueId": identifier,
        "resourceType": resource_type,
        "displayName": name,
        "semanticVersion": version,
        "privilegeState": "EDIT_ALLOWED",
    }


def import_package(content: bytes) -> tuple[dict[str, Any], list[PackedArtifact]]:
    """Return the properties of the package in a file, and its artifacts; raises ODataError.

    Documents and links that a package holds beside its artifacts are left out.
    """
    kinds = {each.package_type: each for each in KINDS}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_OCTETS:
                raise ODataError(HTTPStatus.BAD_REQUEST, "The package is too large.")
            resources = json.loads(base64.b64decode(archive.read(INDEX), validate=True))["resources"]
            package = next(each for each in resources if each["resourceType"] == PACKAGE_TYPE)
            artifacts = [
                PackedArtifact(
                    kinds[each["resourceType"]],
                    str(each["uniqueId"]),
                    str(each["displayName"]),
                    str(each["semanticVersion"]),
                    archive.read(f"{each['id']}{CONTENT}"),
                )
                for each in resources
                if each["resourceType"] in kinds
            ]
        properties = _properties(package)
    except (
        *(zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, binascii.Error),
        *(ValueError, KeyError, TypeError, StopIteration),
    ) as error:
        # The words are assumed.
        text = "The content is no exported integration package."
        raise ODataError(HTTPStatus.BAD_REQUEST, text) from error
    _require_plain(properties["Id"])
    return properties, artifacts


def _properties(package: Mapping[str, Any]) -> dict[str, Any]:
    attributes = package.get("additionalAttributes", {})
    found = {
        ours: " ".join(map(str, attributes[theirs]["attributeValues"]))
        for ours, theirs in ATTRIBUTES.items()
        if theirs in attributes
    }
    return {
        **found,
        "Id": str(package["uniqueId"]),
        "Name": str(package["displayName"]),
        "Version": str(package["semanticVersion"]),
    }


def _now() -> str:
    """Return the time as the API writes it for packages: milliseconds in a string (OAS)."""
    return str(round(time.time() * 1000))
