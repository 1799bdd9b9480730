"""The structure of a message, as the XSD or WSDL of a bundle declares it: order, namespaces, occurrence."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from posixpath import basename

from lxml import etree

from pytest_iflow.iflow_engine.message import BodyError, parsed_xml
from pytest_iflow.iflow_model.bundle import Bundle

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_FOLDERS = ("xsd", "wsdl", "edmx", "json")
_DEEPEST = 100
"""Groups and base types within each other."""

_MOST_PARTS = 100_000
"""Elements, attributes and groups that are looked at for one mapping."""

_NAMED = frozenset({"element", "complexType", "group", "attributeGroup", "attribute"})


class StructureError(Exception):
    """The structure is not there or not understood; the text says what of it."""


class Declared:
    """A field of a structure: an element or attribute, with how often it occurs (``most`` None: no bound)."""

    def __init__(
        self, schemas: Schemas, element: etree._Element, name: str, least: int, most: int | None
    ) -> None:
        self._schemas = schemas
        self._element = element
        self.name = name
        self.least = least
        self.most = most

    @cached_property
    def children(self) -> dict[str, Declared]:
        """The elements within it in their order, by their names ``{namespace}name``."""
        found: dict[str, Declared] = {}
        for one in self._schemas.elements_of(self._element):
            found.setdefault(one.name, one)
        return found

    @cached_property
    def attributes(self) -> dict[str, bool]:
        """The attributes by their names, and whether they are required."""
        return dict(self._schemas.attributes_of(self._element))


class Schemas:
    """The schemas of one file with those that it includes, imports or holds; raises StructureError."""

    def __init__(self, bundle: Bundle, path: str) -> None:
        self._bundle = bundle
        self._named: dict[tuple[str, str], etree._Element] = {}
        self._namespaces: dict[etree._Element, tuple[str, bool, bool]] = {}
        self._read: set[tuple[str, str]] = set()
        self._parts = 0
        self._load(path, None)

    def root(self, name: str, namespace: str | None) -> Declared:
        """Return the element that a message begins with; the namespace counts where it is known."""
        found = [
            (own, one)
            for (kind, own), one in self._named.items()
            if kind == "element" and own.rpartition("}")[2] == name
        ]
        exact = [one for one in found if one[0] == _qualified(namespace or "", name)]
        if len(found) > 1 and exact:
            found = exact
        if len(found) != 1:
            raise StructureError(f"no root {name} that is unambiguous")
        return Declared(self, found[0][1], found[0][0], 1, 1)

    def elements_of(self, element: etree._Element) -> Iterator[Declared]:
        """Yield the elements within an element of a schema."""
        definition = self._type_of(element)
        if definition is not None:
            yield from self._particles(definition, 1, 1, 0)

    def attributes_of(self, element: etree._Element) -> Iterator[tuple[str, bool]]:
        """Yield the attributes of an element of a schema, and whether they are required."""
        definition = self._type_of(element)
        if definition is not None:
            yield from self._attributes(definition, 0)

    def _load(self, path: str, taken_namespace: str | None) -> None:
        """Read a file; one that is included without a namespace of its own takes that of who includes it."""
        name = basename(path)
        if (name, taken_namespace or "") in self._read:
            return
        self._read.add((name, taken_namespace or ""))
        places = [path.removeprefix("src/main/resources/"), *(f"{folder}/{name}" for folder in _FOLDERS)]
        content = next((one for place in places if (one := self._bundle.resource(place)) is not None), None)
        if content is None:
            raise StructureError(f"the structure {name}, which is not in the bundle")
        try:
            root = parsed_xml(content)
        except BodyError as error:
            raise StructureError(f"the structure {name}, which is no XML") from error
        for schema in [root] if root.tag == f"{_XSD}schema" else list(root.iter(f"{_XSD}schema")):
            self._add(schema, taken_namespace)

    def _add(self, schema: etree._Element, taken_namespace: str | None) -> None:
        namespace = schema.get("targetNamespace") or taken_namespace or ""
        self._namespaces[schema] = (
            namespace,
            schema.get("elementFormDefault") == "qualified",
            schema.get("attributeFormDefault") == "qualified",
        )
        for one in schema.iterchildren(f"{_XSD}*"):
            kind = etree.QName(one).localname
            if kind in _NAMED:
                self._named.setdefault((kind, _qualified(namespace, one.get("name") or "")), one)
            elif kind in ("include", "redefine", "import") and (place := one.get("schemaLocation")):
                self._load(place, None if kind == "import" else namespace)

    def _find(self, kind: str, at: etree._Element, reference: str) -> etree._Element | None:
        prefix, _, name = reference.rpartition(":")
        namespace = at.nsmap.get(prefix or None) or ("" if prefix else self._schema(at)[0])
        for own in (_qualified(namespace, name), _qualified("", name)):
            if (kind, own) in self._named:
                return self._named[kind, own]
        return None

    def _schema(self, element: etree._Element) -> tuple[str, bool, bool]:
        """Return the namespace of a declaration's schema, and whether elements and attributes are in it."""
        return self._namespaces[next(one for one in element.iterancestors(f"{_XSD}schema"))]

    def _type_of(self, element: etree._Element) -> etree._Element | None:
        """Return the complex type of an element, None for a simple one."""
        if reference := element.get("type"):
            return self._find("complexType", element, reference)
        return next(element.iterchildren(f"{_XSD}complexType"), None)

    def _count(self, depth: int) -> None:
        """Count a part of a type; raises StructureError for types that hold each other without end."""
        self._parts += 1
        if depth > _DEEPEST or self._parts > _MOST_PARTS:
            raise StructureError("a structure whose types are nested without end")

    def _particles(
        self, holder: etree._Element, least: int, most: int | None, depth: int
    ) -> Iterator[Declared]:
        for one in holder.iterchildren(f"{_XSD}*"):
            self._count(depth)
            kind = etree.QName(one).localname
            low, high = _occurrence(one)
            inner_least = 0 if kind == "choice" else least * low
            inner_most = None if most is None or high is None else most * high
            if kind == "element":
                yield self._element(one, least * low, inner_most)
            elif kind in ("sequence", "choice", "all"):
                yield from self._particles(one, inner_least, inner_most, depth + 1)
            elif kind == "group":
                group = self._find("group", one, one.get("ref") or "")
                if group is not None:
                    yield from self._particles(group, inner_least, inner_most, depth + 1)
            elif kind in ("complexContent", "extension", "restriction"):
                base = one.get("base") if kind == "extension" else None
                known = self._find("complexType", one, base) if base else None
                if known is not None:
                    yield from self._particles(known, least, most, depth + 1)
                yield from self._particles(one, least, most, depth + 1)

    def _element(self, one: etree._Element, least: int, most: int | None) -> Declared:
        if reference := one.get("ref"):
            found = self._find("element", one, reference)
            if found is None:
                raise StructureError(f"the element {reference}, which no schema declares")
            return Declared(
                self, found, _qualified(self._schema(found)[0], found.get("name") or ""), least, most
            )
        namespace, qualified, _ = self._schema(one)
        form = one.get("form")
        within = form == "qualified" or (form is None and qualified)
        return Declared(
            self, one, _qualified(namespace if within else "", one.get("name") or ""), least, most
        )

    def _attributes(self, holder: etree._Element, depth: int) -> Iterator[tuple[str, bool]]:
        for one in holder.iterchildren(f"{_XSD}*"):
            self._count(depth)
            kind = etree.QName(one).localname
            if kind == "attribute":
                yield self._attribute(one)
            elif kind == "attributeGroup":
                group = self._find("attributeGroup", one, one.get("ref") or "")
                if group is not None:
                    yield from self._attributes(group, depth + 1)
            elif kind in ("complexContent", "simpleContent", "extension", "restriction"):
                base = self._find("complexType", one, one.get("base") or "")
                if base is not None:
                    yield from self._attributes(base, depth + 1)
                yield from self._attributes(one, depth + 1)

    def _attribute(self, one: etree._Element) -> tuple[str, bool]:
        required = one.get("use") == "required"
        if reference := one.get("ref"):
            prefix, _, name = reference.rpartition(":")
            return _qualified(one.nsmap.get(prefix or None) or "", name), required
        namespace, _, qualified = self._schema(one)
        form = one.get("form")
        within = form == "qualified" or (form is None and qualified)
        return _qualified(namespace if within else "", one.get("name") or ""), required


def _qualified(namespace: str, name: str) -> str:
    """Return a name as lxml writes it; white space around it does not count in a schema."""
    return f"{{{namespace}}}{name.strip()}" if namespace else name.strip()


def _occurrence(one: etree._Element) -> tuple[int, int | None]:
    least, most = one.get("minOccurs") or "1", one.get("maxOccurs") or "1"
    return int(least) if least.isdigit() else 1, int(most) if most.isdigit() else None
