"""The entity sets of an OData service that an EDMX describes, in versions 2 and 4."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree
from msgspec import Struct

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.descriptions.files import parsed_xml

_SAP = "{http://www.sap.com/Protocols/SAPData}"
_MOST_SETS = 2_000
_DEEPEST = 10
_NO = "false"


class Property(Struct, frozen=True):
    """A property; ``type`` is its Edm type without Collection(); ``members`` are those of a complex type.

    ``choices`` are the members of an enumeration. ``length`` is None where there is no bound.
    """

    name: str
    type: str
    is_collection: bool = False
    is_nullable: bool = True
    length: int | None = None
    scale: int | None = None
    can_be_created: bool = True
    can_be_filtered: bool = True
    members: tuple[Property, ...] = ()
    choices: tuple[str, ...] = ()


class EntitySet(Struct, frozen=True):
    """An entity set with the properties of its entities; ``keys`` are names of properties."""

    name: str
    keys: tuple[str, ...]
    properties: tuple[Property, ...]
    can_be_created: bool

    @property
    def key_properties(self) -> list[Property]:
        """The properties that are keys, in the order of the keys."""
        by_name = {each.name: each for each in self.properties}
        return [by_name[name] for name in self.keys if name in by_name]


class EdmxDescription(Struct, frozen=True):
    """A service; ``version`` is 2 or 4, ``name`` the namespace of its container."""

    name: str
    version: int
    entity_sets: tuple[EntitySet, ...]
    unread: tuple[tuple[str, str], ...]


def read_edmx(data: bytes, where: str) -> EdmxDescription:
    """Return the service of an EDMX; raises ConfigurationError where it is none."""
    root = parsed_xml(data, where)
    if etree.QName(root).localname not in ("Edmx", "Schema"):
        raise ConfigurationError(
            f"This is no EDMX: its root is {etree.QName(root).localname}.",
            where=where,
            remedy="Save what the service answers to $metadata.",
        )
    return _Reader(root).description(where)


class _Reader:
    def __init__(self, root: etree._Element) -> None:
        self._schemas = [each for each in root.iter("{*}Schema") if isinstance(each.tag, str)]
        self._types: dict[str, etree._Element] = {}
        self._unread: list[tuple[str, str]] = []
        for schema in self._schemas:
            for space in (schema.get("Namespace"), schema.get("Alias")):
                for each in schema.iterchildren(
                    "{*}EntityType", "{*}ComplexType", "{*}EnumType", "{*}TypeDefinition"
                ):
                    if space:
                        self._types.setdefault(f"{space}.{each.get('Name')}", each)
        uri = etree.QName(self._schemas[0]).namespace or "" if self._schemas else ""
        self._version = 4 if "oasis-open.org" in uri else 2
        self._not_insertable = self._sets_without_insert()

    def description(self, where: str) -> EdmxDescription:
        """Return the service."""
        container = next(
            (each for schema in self._schemas for each in schema.iterchildren("{*}EntityContainer")), None
        )
        if container is None:
            raise ConfigurationError(
                "The EDMX has no entity container, so nothing can be called.", where=where
            )
        sets = [each for each in container.iterchildren("{*}EntitySet") if each.get("Name")]
        if len(sets) > _MOST_SETS:
            raise ConfigurationError(f"The EDMX has more than {_MOST_SETS:,} entity sets.", where=where)
        parent = container.getparent()
        namespace = parent.get("Namespace") if parent is not None else None
        found = tuple(self._entity_sets(sets))
        for each in container.iterchildren("{*}FunctionImport", "{*}ActionImport", "{*}Singleton"):
            what = f"Of a {etree.QName(each).localname} no scenario is made."
            self._unread.append((each.get("Name") or "", what))
        name = namespace or container.get("Name") or "Service"
        return EdmxDescription(name, self._version, found, tuple(self._unread))

    def _entity_sets(self, sets: list[etree._Element]) -> Iterator[EntitySet]:
        for each in sets:
            name = each.get("Name") or ""
            described = self._types.get(each.get("EntityType") or "")
            if described is None:
                self._unread.append((name, f"Its type {each.get('EntityType')} is not there."))
                continue
            line = self._line_of(described)
            keys = [one.get("Name") or "" for kind in line for one in kind.iterfind("{*}Key/{*}PropertyRef")]
            properties = tuple(self._properties(described, 0))
            can_be_created = each.get(f"{_SAP}creatable") != _NO and name not in self._not_insertable
            yield EntitySet(name, tuple(dict.fromkeys(keys)), properties, can_be_created)

    def _line_of(self, described: etree._Element) -> list[etree._Element]:
        """Return a type with those that it is derived of, the first of them first."""
        line = [described]
        while (base := self._types.get(line[0].get("BaseType") or "")) is not None and base not in line:
            line.insert(0, base)
        return line

    def _properties(self, described: etree._Element, depth: int) -> Iterator[Property]:
        for kind in self._line_of(described):
            for each in kind.iterchildren("{*}Property"):
                if each.get("Name") and each.get("Type"):
                    yield self._property(each, depth)

    def _property(self, each: etree._Element, depth: int) -> Property:
        full = each.get("Type") or ""
        is_collection = full.startswith("Collection(")
        full = full.removeprefix("Collection(").removesuffix(")")
        length, scale = each.get("MaxLength") or "", each.get("Scale") or ""
        members: tuple[Property, ...] = ()
        choices: tuple[str, ...] = ()
        own = self._types.get(full)
        if own is not None:
            kind = etree.QName(own).localname
            if kind == "TypeDefinition":
                full = own.get("UnderlyingType") or "Edm.String"
                length = length or own.get("MaxLength") or ""
            elif kind == "EnumType":
                choices = tuple(one.get("Name") or "" for one in own.iterchildren("{*}Member"))
            elif depth < _DEEPEST:
                members = tuple(self._properties(own, depth + 1))
        return Property(
            each.get("Name") or "",
            full,
            is_collection,
            each.get("Nullable") != _NO,
            int(length) if length.isdigit() else None,
            int(scale) if scale.isdigit() else None,
            each.get(f"{_SAP}creatable") != _NO,
            each.get(f"{_SAP}filterable") != _NO,
            members,
            choices,
        )

    def _sets_without_insert(self) -> set[str]:
        """Return the entity sets whose annotations say that nothing can be created in them (version 4)."""
        found = set()
        for schema in self._schemas:
            for each in schema.iter("{*}Annotation"):
                holder = each.getparent()
                if holder is None or not (each.get("Term") or "").endswith("InsertRestrictions"):
                    continue
                values = each.iterfind("{*}Record/{*}PropertyValue")
                if any(one.get("Property") == "Insertable" and one.get("Bool") == _NO for one in values):
                    found.add((holder.get("Target") or holder.get("Name") or "").rpartition("/")[2])
        return found
