"""The tables of designed artifacts: one row for each version, with its parameters and resources."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from pytest_iflow.emulator.api.archive import Archive
from pytest_iflow.emulator.api.design_sets import VALUE_MAPPING, ArtifactKind
from pytest_iflow.emulator.api.value_mappings import VALUES, ValueMaps
from pytest_iflow.emulator.flows.message import Flow

DRAFT = "Active"
"""The version of what was changed and not saved as a version, as FlashPipe's source reads it."""
NAMES = ("id", "version", "kind", "name", "package", "description", "content")
# The tables of what an archive says.
PARTS = ("configuration", "resource", "value_map")
INSERT = "INSERT INTO designed VALUES (?, ?, ?, ?, ?, ?, ?, TRUE)"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an artifact; ``kind`` is the name of its kind, ``content`` its archive."""

    id: str
    version: str
    kind: str
    name: str
    package: str
    description: str | None
    content: bytes = field(repr=False)


class Versions:
    """All versions of all artifacts; ``lock`` is held while the tables are used."""

    def __init__(self, database: sqlite3.Connection, lock: AbstractContextManager[Any]) -> None:
        self._database = database
        self._lock = lock

    def clear(self) -> None:
        """Drop all."""
        with self._lock:
            for table in ("designed", *PARTS):
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - names above

    def begin(self, versions: Iterable[Version]) -> None:
        """Put first versions in whose archives have neither parameters nor resources."""
        rows = [tuple(getattr(each, name) for name in NAMES) for each in versions]
        with self._lock:
            self._database.executemany(INSERT, rows)

    def put(self, kind: ArtifactKind, flow: Flow, description: str | None, archive: Archive) -> None:
        """Put a version in as the newest one, with all that its archive says.

        It takes the place of a draft and of a version of the same number; others before it stay.
        """
        key = (flow.artifact, flow.version)
        with self._lock:
            self._drop(flow.artifact, "version IN (?, ?)", flow.version, DRAFT)
            self._database.execute("UPDATE designed SET newest = FALSE WHERE id = ?", (flow.artifact,))
            values = (*key, kind.name, flow.name, flow.package, description, archive.packed())
            self._database.execute(INSERT, values)
            self._database.executemany(
                "INSERT INTO configuration VALUES (?, ?, ?, ?, ?, ?)",
                [(*key, each.key, each.value, each.type, each.description) for each in archive.parameters()],
            )
            self._database.executemany(
                "INSERT OR REPLACE INTO resource VALUES (?, ?, ?, ?, ?)",
                [(*key, each.name, each.type, each.content) for each in archive.resources()],
            )
            self._database.executemany(
                "INSERT INTO value_map VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *key,
                        each.id,
                        *(each.source.agency, each.source.identifier, each.value),
                        *(each.target.agency, each.target.identifier, each.target_value),
                        each.is_default,
                    )
                    for each in ValueMaps(archive.file(VALUES)).all()
                ]
                if kind is VALUE_MAPPING
                else [],
            )

    def remove(self, artifact: str) -> None:
        """Drop all versions of an artifact."""
        with self._lock:
            self._drop(artifact, "TRUE")

    def newest(self, artifact: str) -> Version | None:
        """Return the newest version of an artifact, or None if there is none."""
        return next(iter(self._read("id = ?", artifact)), None)

    def of_package(self, package: str) -> list[Version]:
        """Return the newest versions of all artifacts of a package."""
        return self._read("package = ?", package)

    def _read(self, which: str, value: str) -> list[Version]:
        with self._lock:
            found = self._database.execute(
                # The condition is one of this module.
                f"SELECT {', '.join(NAMES)} FROM designed WHERE newest AND {which}",  # noqa: S608
                (value,),
            ).fetchall()
        return [Version(*each) for each in found]

    def _drop(self, artifact: str, which: str, *versions: str) -> None:
        for table, column in (("designed", "id"), *((part, "artifact") for part in PARTS)):
            self._database.execute(
                # Names and condition are those of this module.
                f"DELETE FROM {table} WHERE {column} = ? AND {which}",  # noqa: S608
                (artifact, *versions),
            )
