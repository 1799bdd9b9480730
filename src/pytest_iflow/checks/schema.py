"""The schemas of a suite: found by name, compiled once, and what they say of a message."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from threading import Lock

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.json_schema import JsonSchema
from pytest_iflow.checks.quoting import listed
from pytest_iflow.checks.xml_schema import XmlSchema
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import SuiteFiles, read_regular

_SUFFIXES = (".json", ".xsd")


def shipped_schemas() -> Path:
    """Give the folder of the schemas that come with the plugin."""
    return Path(str(files("pytest_iflow.schemas")))


class SchemaStore:
    """JSON Schemas (``.json``) and XSDs (``.xsd``), looked up in ``folders``; the first that has one wins.

    ``unchecked`` are formats that schemas name and nobody here can check, each with its schema.

    A schema is found, read and compiled once, when a message is first judged by it: what changes in its file
    after that counts from the next run on. A file that a ``$ref`` names is read once for each schema that
    names it. ``read`` opens files, and says no where a schema may not be read.
    """

    def __init__(self, folders: Sequence[Path], read: Callable[[Path], bytes] = read_regular) -> None:
        self._read = read
        self._folders = tuple(folder.absolute() for folder in folders)
        self.unchecked: set[str] = set()
        self._by_name: dict[str, tuple[Path, JsonSchema | XmlSchema]] = {}
        self._compiling = Lock()

    def find(self, name: str) -> Path:
        """Find a schema file: a path below one of the folders, below the current one, or absolute.

        Slashes and backslashes both work. Raises ConfigurationError with the places and near names.
        """
        relative = Path(name.replace("\\", "/"))
        candidates = [folder / relative for folder in (*self._folders, Path.cwd())]
        for candidate in candidates:
            if os.path.isfile(candidate):  # noqa: PTH113, also for a name that is too long for any file
                return candidate
        near = get_close_matches(relative.as_posix(), sorted({*self._names()}), n=3)
        raise ConfigurationError(
            f"There is no schema {name!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""),
            where=", ".join(dict.fromkeys(str(candidate) for candidate in candidates)),
            remedy="Put the file into the first folder, or correct the name in the feature.",
        )

    def validate(self, document: Document, name: str) -> None:
        """Raise CheckError with every violation if the message does not match the schema.

        ConfigurationError if there is no such schema or it is none.
        """
        found = self.violations(document, name)
        if found:
            path, _ = self.compiled(name)
            count = f"{len(found)} violation" + ("s" if len(found) > 1 else "")
            raise CheckError(
                f"{document.subject} does not match the schema {path.name}, {count}:{listed(found)}",
                where=str(path),
                remedy="If the answer is right, correct the schema; if not, the flow.",
            )

    def violations(self, document: Document, name: str) -> list[str]:
        """Return every violation of a schema by a message; raises ConfigurationError as ``validate``."""
        _, schema = self.compiled(name)
        found = schema.violations(document)
        if isinstance(schema, JsonSchema):  # also those of a file that a ``$ref`` names, read just now
            self.unchecked |= schema.unchecked
        return found

    def compiled(self, name: str) -> tuple[Path, JsonSchema | XmlSchema]:
        """Return a schema with its file; raises ConfigurationError if there is none, or it is none."""
        known = self._by_name.get(name)
        if known is None:
            with self._compiling:
                known = self._by_name.get(name) or self._by_name.setdefault(name, self._compiled(name))
        return known

    def _compiled(self, name: str) -> tuple[Path, JsonSchema | XmlSchema]:
        path = self.find(name)
        kind = XmlSchema if path.suffix.lower() == ".xsd" else JsonSchema
        schema = kind.load(path, self._read)
        return path, schema

    def _names(self) -> list[str]:
        return [
            path.relative_to(folder).as_posix()
            for folder in self._folders
            for path in folder.rglob("*")
            if path.suffix.lower() in _SUFFIXES
        ]


def schema_store(files: SuiteFiles) -> SchemaStore:
    """Return the schemas of a suite, and those that ship with the plugin."""
    return SchemaStore([files.root / "schemas", shipped_schemas(), *files.allowed], files.read)
