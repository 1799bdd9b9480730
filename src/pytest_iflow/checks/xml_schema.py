"""An XSD file, compiled once and used for every XML message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Self
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

from lxml import etree

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.quoting import visible
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import read_regular, require_small

_DIRECTIVES = ("import", "include", "redefine", "override")
_URI_CHARACTERS = "/%:?#[]@!$&'()*+,;=~"


@dataclass(frozen=True, slots=True)
class XmlSchema:
    """A compiled XSD 1.0; includes and imports are read from files beside it, never from the network.

    What is wrong with a message stands in the schema itself, which so judges one message after the other.
    """

    path: Path
    schema: etree.XMLSchema
    _judging: Lock = field(default_factory=Lock, compare=False, repr=False)

    @classmethod
    def load(cls, path: Path, read: Callable[[Path], bytes] = read_regular) -> Self:
        """Read and compile an XSD; raises ConfigurationError when it is not one.

        ``read`` opens it and all that it includes and imports.
        """
        files = _Files(path, read)
        try:
            tree = etree.fromstring(files.read(path), files.parser, base_url=path.absolute().as_uri())
            schema = etree.XMLSchema(tree)
        except etree.XMLSyntaxError as error:
            line, column = error.position
            raise ConfigurationError(
                f"{path.name} is not valid XML: {error.msg}",
                where=f"{path}, line {line}, column {column}",
                remedy="Correct the XSD file.",
            ) from None
        except etree.XMLSchemaParseError as error:
            if files.error:
                raise files.error from None
            reasons = "; ".join(f"line {entry.line}: {entry.message}" for entry in error.error_log)
            remote = f"{', '.join(files.remote)}: schemas are never fetched from the network"
            unread = f"; it refers to {remote}" if files.remote else ""
            raise ConfigurationError(
                f"{path.name} is not a usable XSD: {reasons}{unread}",
                where=str(path),
                remedy="Correct the XSD; what it imports must lie beside it and be named by a relative path.",
            ) from None
        if files.error:
            raise files.error
        return cls(path, schema)

    def violations(self, document: Document) -> list[str]:
        """List what is wrong with an XML message, with its lines; raises CheckError for JSON."""
        if document.kind != "xml":
            raise CheckError(
                f"{document.subject} is JSON, but {self.path.name} judges XML",
                where=str(self.path),
                remedy="Use a JSON Schema (.json): it serves JSON and XML answers alike.",
            )
        with self._judging:
            try:
                if self.schema.validate(document.value):
                    return []
            except etree.XMLSchemaValidateError:
                # Of a pattern that takes ever more time libxml2 says no more than that.
                raise CheckError(
                    f"{document.subject} could not be judged by {self.path.name}: libxml2 has given up",
                    where=str(self.path),
                    remedy="Write the xs:pattern of the schema simpler: one repetition within another takes "
                    "ever more time.",
                ) from None
            errors = list(self.schema.error_log)
        return [f"line {entry.line}: {visible(entry.message)}" for entry in errors]


class _Files(etree.Resolver):
    """The files of one XSD, each with addresses that libxml2 can follow.

    Addresses of files may hold blanks and letters beyond ASCII, as xs:anyURI allows (XLink 5.4), and the
    backslashes of Windows. ``error`` is why a file could not be had, ``remote`` what lies elsewhere.
    """

    def __init__(self, path: Path, read: Callable[[Path], bytes]) -> None:
        self.parser = etree.XMLParser(resolve_entities="internal", no_network=True)
        self.parser.resolvers.add(self)
        self.error: ConfigurationError | None = None
        self.remote: list[str] = []
        self._path = path
        self._read = read

    def resolve(self, system_url: str | None, public_id: str | None, context: Any) -> Any:  # noqa: ARG002
        """Give libxml2 what an address names; nothing for one on the network."""
        address = urlsplit(system_url or "")
        if address.scheme != "file":
            self.remote.append(system_url or "")
            return None
        path = Path(url2pathname(address.path))
        try:
            return self.resolve_string(self.read(path), context, base_url=system_url)
        except ConfigurationError as error:
            self.error = self.error or error
            return None

    def read(self, path: Path) -> bytes:
        """Read an XSD, and escape its addresses; raises ConfigurationError."""
        try:
            data = self._read(path)
            require_small(data, path)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            by = "" if path == self._path else f", to which {self._path.name} refers,"
            raise ConfigurationError(
                f"{path.name}{by} cannot be read: {reason}",
                where=str(path),
                remedy="Put the file there, or correct the schemaLocation.",
            ) from None
        try:
            root = etree.fromstring(data, etree.XMLParser(resolve_entities="internal", no_network=True))
        except etree.XMLSyntaxError:
            return data  # libxml2 will say where
        for element in root.iter(*(f"{{*}}{name}" for name in _DIRECTIVES)):
            if location := element.get("schemaLocation"):
                element.set(
                    "schemaLocation", quote(location.strip().replace("\\", "/"), safe=_URI_CHARACTERS)
                )
        return etree.tostring(root.getroottree(), encoding="utf-8")
