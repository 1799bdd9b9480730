"""An XSD file, compiled once and used for every XML message."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import url2pathname

from lxml import etree

from pytest_iflow.checks.document import Document
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import read_regular


@dataclass(frozen=True, slots=True)
class XmlSchema:
    """A compiled XSD 1.0; includes and imports are read from files beside it, never from the network."""

    path: Path
    schema: etree.XMLSchema

    @classmethod
    def load(cls, path: Path, read: Callable[[Path], bytes] = read_regular) -> Self:
        """Read and compile an XSD; raises ConfigurationError when it is not one.

        ``read`` opens it and all that it includes and imports.
        """
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        neighbours = _Neighbours(path, read)
        parser.resolvers.add(neighbours)
        try:
            root = etree.fromstring(read(path), parser, base_url=str(path))
            return cls(path, etree.XMLSchema(root.getroottree()))
        except OSError as error:
            raise ConfigurationError(f"{path.name} cannot be read: {error}", where=str(path)) from None
        except etree.XMLSyntaxError as error:
            line, column = error.position
            raise ConfigurationError(
                f"{path.name} is not valid XML: {error.msg}",
                where=f"{path}, line {line}, column {column}",
                remedy="Correct the XSD file.",
            ) from None
        except etree.XMLSchemaParseError as error:
            if neighbours.refusal is not None:
                raise neighbours.refusal from None
            reasons = "; ".join(f"line {entry.line}: {entry.message}" for entry in error.error_log)
            raise ConfigurationError(
                f"{path.name} is not a usable XSD: {reasons}",
                where=str(path),
                remedy="Correct the XSD; what it imports must lie beside it and be named by a relative path.",
            ) from None

    def violations(self, document: Document) -> list[str]:
        """List what is wrong with an XML message, with its lines; raises CheckError for JSON."""
        if document.kind != "xml":
            raise CheckError(
                f"{document.subject} is JSON, but {self.path.name} judges XML",
                where=str(self.path),
                remedy="Use a JSON Schema (.json): it serves JSON and XML answers alike.",
            )
        self.schema.validate(document.value)
        return [f"line {entry.line}: {entry.message}" for entry in self.schema.error_log]


class _Neighbours(etree.Resolver):
    """Opens what an XSD includes or imports; libxml2 would open any file and any address by itself."""

    def __init__(self, path: Path, read: Callable[[Path], bytes]) -> None:
        self._path = path
        self._read = read
        self.refusal: ConfigurationError | None = None
        """Why something was not opened: libxml2 keeps the reason to itself."""

    def resolve(self, url: str | None, _public_id: str | None, context: Any) -> Any:
        """Give libxml2 the bytes of a file; raises ConfigurationError for what is none that may be read."""
        try:
            return self.resolve_string(self._bytes(url or ""), context, base_url=url)
        except FileNotFoundError:
            return None  # libxml2 says in which line it is named
        except ConfigurationError as error:
            self.refusal = error
            raise

    def _bytes(self, url: str) -> bytes:
        address = urlsplit(url)
        place = Path(url2pathname(address.path)) if address.scheme == "file" else Path(url)
        is_drive = os.name == "nt" and len(address.scheme) == 1
        if address.netloc or (address.scheme not in {"", "file"} and not is_drive):
            raise ConfigurationError(
                f"{self._path.name} refers to {url}, and schemas are never fetched from the network",
                where=str(self._path),
                remedy="Save that schema beside this one and refer to it by its file name.",
            )
        return self._read(place)
