"""The schemas of a suite: found by name, compiled once, and what they say of a message."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.json_schema import JsonSchema
from pytest_iflow.checks.quoting import listed
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import read_regular

if TYPE_CHECKING:
    from pytest_iflow.checks.xml_schema import XmlSchema

_SUFFIXES = (".json", ".xsd")


def shipped_schemas() -> Path:
    """Give the folder of the schemas that come with the plugin."""
    return Path(str(files("pytest_iflow.schemas")))


class SchemaStore:
    """JSON Schemas (``.json``) and XSDs (``.xsd``), looked up in ``folders``; the first that has one wins.

    ``unchecked`` are formats that schemas name and nobody here can check, each with its schema.

    A compiled schema is kept until its file changes: checking the schema itself costs more than a
    validation. A file that a ``$ref`` names is read once for each schema that names it. ``read`` opens files,
    and says no where a schema may not be read.
    """

    def __init__(self, folders: Sequence[Path], read: Callable[[Path], bytes] = read_regular) -> None:
        self._read = read
        self._folders = tuple(folder.absolute() for folder in folders)
        self.unchecked: set[str] = set()
        self._compiled: dict[Path, tuple[int, JsonSchema | XmlSchema]] = {}

    def find(self, name: str) -> Path:
        """Find a schema file: a path below one of the folders, below the current one, or absolute.

        Slashes and backslashes both work. Raises ConfigurationError with the places and near names.
        """
        relative = Path(name.replace("\\", "/"))
        candidates = [folder / relative for folder in (*self._folders, Path.cwd())]
        for candidate in candidates:
            if os.path.isfile(candidate):  # noqa: PTH113, also for a name that is too long for any file
                return candidate
        near = get_close_matches(relative.as_posix(), self._names(), n=3)
        raise ConfigurationError(
            f"There is no schema {name!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""),
            where=", ".join(dict.fromkeys(str(candidate) for candidate in candidates)),
            remedy="Put the file into the first folder, or correct the name in the feature.",
        )

    def validate(self, document: Document, name: str) -> None:
        """Raise CheckError with every violation if the message does not match the schema.

        ConfigurationError if there is no such schema or it is none.
        """
        path = self.find(name)
        schema = self._schema(path)
        found = schema.violations(document)
        if isinstance(schema, JsonSchema):
            self.unchecked |= schema.unchecked
        if found:
            count = f"{len(found)} violation" + ("s" if len(found) > 1 else "")
            raise CheckError(
                f"{document.subject} does not match the schema {path.name}, {count}:{listed(found)}",
                where=str(path),
                remedy="If the answer is right, correct the schema; if not, the flow.",
            )

    def _schema(self, path: Path) -> JsonSchema | XmlSchema:
        changed = path.stat().st_mtime_ns
        known = self._compiled.get(path)
        if known is None or known[0] != changed:
            if path.suffix.lower() == ".xsd":
                from pytest_iflow.checks.xml_schema import XmlSchema

                schema: JsonSchema | XmlSchema = XmlSchema.load(path, self._read)
            else:
                schema = JsonSchema.load(path, self._read)
            known = self._compiled[path] = (changed, schema)
        return known[1]

    def _names(self) -> list[str]:
        return [
            path.relative_to(folder).as_posix()
            for folder in self._folders
            for path in folder.rglob("*")
            if path.suffix.lower() in _SUFFIXES
        ]
