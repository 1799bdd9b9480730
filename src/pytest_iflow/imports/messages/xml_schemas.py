"""Schemas of XML (XSD) of several files, read as one; nothing is fetched that is not given."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from posixpath import basename, dirname, join, normpath
from urllib.parse import unquote

from lxml import etree
from xmlschema import XMLSchema10, XMLSchemaException
from xmlschema.validators import XsdElement, XsdGlobals, XsdType

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.descriptions.files import parsed_xml

XSD = "{http://www.w3.org/2001/XMLSchema}"
LARGEST_SCHEMA = 10_000_000
"""Bytes of all files of one set of schemas: larger ones take minutes."""

_MOST_FILES = 200
_BY_LOCATION = frozenset({f"{XSD}include", f"{XSD}redefine", f"{XSD}override"})
_NAMES = frozenset({"name", "ref", "type", "base"})

BROKEN = (
    XMLSchemaException,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What xmlschema raises for schemas that nobody checks before: many that are in use are not valid."""

Find = Callable[[str], bytes | None]
"""Gives the bytes of a file by its path with forward slashes, None where there is none."""


class _UncheckedMaps(XsdGlobals):
    """What a schema declares, without a look at whether its models are ambiguous.

    That is asked for every two elements of a model, through all groups, in time that grows without end.
    """

    __slots__ = ()

    def check(self, schemas: Iterable[object] | None = None) -> None:
        """Leave it out."""


class SchemaSet:
    """Schemas that belong together: those that are added, and all that they import and include.

    ``missing`` are files and addresses that are named and not there. Raises ConfigurationError for a file
    that is no XML.
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._sources: list[tuple[str, str]] = []
        self._read: set[tuple[str, str]] = set()
        self._bytes = 0
        self.missing: list[str] = []
        self._elements: dict[str, list[str]] = {}
        self._referred: set[str] = set()

    def add_file(self, path: str, namespace: str = "") -> bool:
        """Read a file; False where it is not there.

        Without a target namespace of its own it takes ``namespace``, that of who includes it.
        """
        path = normpath(path)
        if (path, namespace) in self._read:
            return True
        data = self._find(path)
        if data is None:
            return False
        self._read.add((path, namespace))
        self._bytes += len(data)
        if self._bytes > LARGEST_SCHEMA or len(self._read) > _MOST_FILES:
            raise ConfigurationError(
                f"The schemas together are larger than {LARGEST_SCHEMA // 1_000_000} MB, "
                f"or more than {_MOST_FILES} files.",
                where=path,
            )
        root = parsed_xml(data, path)
        schemas = [root] if root.tag == f"{XSD}schema" else list(root.iter(f"{XSD}schema"))
        for schema in schemas:
            self.add_schema(schema, path, namespace)
        return True

    def add_schema(self, schema: etree._Element, place: str, namespace: str = "") -> None:
        """Read a schema that stands in the file ``place``."""
        own = schema.get("targetNamespace") or namespace
        schema = deepcopy(schema)
        for named in schema.iter(f"{XSD}*"):
            for key in _NAMES & set(named.attrib):
                named.set(key, named.get(key, "").strip())
            self._referred.add(named.get("ref", "").rpartition(":")[2])
        for each in list(schema.iterchildren(f"{XSD}*")):
            location = each.get("schemaLocation")
            if each.tag == f"{XSD}import" or each.tag in _BY_LOCATION:
                if location:
                    self._follow(location, place, own if each.tag in _BY_LOCATION else "")
                    del each.attrib["schemaLocation"]
                if each.tag in _BY_LOCATION:
                    schema.remove(each)
            elif each.tag == f"{XSD}group" and not len(each):  # no valid XSD, but some systems export it
                etree.SubElement(each, f"{XSD}sequence")
            elif each.tag == f"{XSD}element" and each.get("name"):
                name = f"{{{own}}}{each.get('name')}" if own else each.get("name", "")
                self._elements.setdefault(normpath(place), []).append(name)
        self._sources.append((etree.tostring(schema, encoding="unicode", with_tail=False), own))

    def _follow(self, location: str, place: str, namespace: str) -> None:
        location = unquote(location.strip()).replace("\\", "/")
        if "://" in location:
            candidates = [basename(location)]
        else:
            candidates = [join(dirname(place), location), basename(location)]
        if not any(self.add_file(each, namespace) for each in candidates if not each.startswith("..")):
            self.missing.append(location)

    def roots(self, path: str) -> list[str]:
        """Return the global elements of a file as ``{namespace}name``; those that others hold come last."""
        found = self._elements.get(normpath(path), [])
        return sorted(found, key=lambda name: name.rpartition("}")[2] in self._referred)

    def root_called(self, name: str, namespace: str = "") -> str | None:
        """Return the global element of a name, of this namespace if there are several; None if none is."""
        known = [each for of_file in self._elements.values() for each in of_file]
        found = [each for each in known if each.rpartition("}")[2] == name]
        return next((each for each in found if each == f"{{{namespace}}}{name}"), next(iter(found), None))

    def build(self) -> Schemas:
        """Return what they declare; raises ConfigurationError where they cannot be understood."""
        if not self._sources:
            raise ConfigurationError("There is no schema.")
        try:
            (first, _), *others = self._sources
            schema = XMLSchema10(
                first, validation="skip", allow="none", defuse="always", build=False, use_fallback=False
            )
            object.__setattr__(schema.maps, "__class__", _UncheckedMaps)
            for source, namespace in others:
                schema.add_schema(source, namespace or None)
            schema.build()
        except BROKEN as error:
            raise ConfigurationError(f"The schema is not understood: {_first_line(error)}.") from None
        return Schemas(schema)


class Schemas:
    """What a set of schemas declares."""

    def __init__(self, schema: XMLSchema10) -> None:
        self._schema = schema

    def element(self, name: str) -> XsdElement | None:
        """Return a global element by its name ``{namespace}name``, None if there is none."""
        return self._schema.maps.elements.get(name)

    def type(self, name: str) -> XsdType | None:
        """Return a global type, also one of XSD itself, None if there is none."""
        found: XsdType | None = self._schema.maps.types.get(name)
        return found

    def substitutes(self, element: XsdElement) -> list[XsdElement]:
        """Return the elements that may stand for another one."""
        return [
            each for each in self._schema.maps.substitution_groups.get(element.name, ()) if not each.abstract
        ]

    def derived(self, base: XsdType) -> list[XsdType]:
        """Return the global types that are derived of another one and no abstract ones."""
        return [
            each
            for each in self._schema.maps.types.values()
            if each is not base and not getattr(each, "abstract", False) and each.is_derived(base)
        ]


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".:")[:200] if lines else type(error).__name__
