"""An XSD file, compiled once and used for every XML message."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lxml import etree

from pytest_iflow.checks.document import Document
from pytest_iflow.errors import CheckError, ConfigurationError


@dataclass(frozen=True, slots=True)
class XmlSchema:
    """A compiled XSD 1.0; includes and imports are read from files beside it, never from the network."""

    path: Path
    schema: etree.XMLSchema

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and compile an XSD; raises ConfigurationError when it is not one."""
        try:
            tree = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True))
            return cls(path, etree.XMLSchema(tree))
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
