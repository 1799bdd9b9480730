"""What a JSON Schema declares for each place of a message: array, object, or nothing.

XML does not tell an array of one from a single value, nor an empty object from an empty text. The
schema does, so the conversion of an XML message asks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from referencing import Resource
from referencing.jsonschema import DRAFT202012

from pytest_iflow.checks.ecma_pattern import search

_ALTERNATIVES = ("allOf", "anyOf", "oneOf")
_CONDITIONALS = ("then", "else")
# A schema may leave its type out; these keywords have an effect on that type only.
_IMPLIED_TYPES = {"properties": "object", "required": "object", "items": "array"}


class SchemaResolver(Protocol):
    """Finds what a ``$ref`` points at; the resolver of the library ``referencing``."""

    def lookup(self, ref: str) -> Any:
        """Give the schema (``contents``) and the resolver to use inside it (``resolver``)."""
        ...

    def in_subresource(self, subresource: Resource[Any]) -> SchemaResolver:
        """Give the resolver of a schema that has an ``$id`` of its own."""
        ...


Declaration = tuple[Any, SchemaResolver]


class Shape:
    """What all declarations for one place of a message say together.

    ``is_array``: the place holds an array. ``is_object``: its value (each item of an array) is an
    object and may not be a text. Follows ``$ref``, ``allOf``, ``anyOf``, ``oneOf``, ``then`` and ``else``
    lazily, so that schemas that refer to themselves work. Raises ``referencing``'s Unresolvable for a
    ``$ref`` that points nowhere.
    """

    __slots__ = ("_children", "_declarations", "is_array", "is_object")

    def __init__(self, declarations: Iterable[Declaration]) -> None:
        place = list(_expanded(declarations))
        types = _types(place)
        self.is_array = "array" in types
        items = list(_expanded(_items(place)))
        value_types = _types(items) if self.is_array else types
        self.is_object = "object" in value_types and "string" not in value_types
        self._declarations = place + items
        self._children: dict[str, Shape] = {}

    def member(self, name: str) -> Shape:
        """Give the shape of the member ``name`` of this object, or of each object in this array."""
        if not self._declarations:
            return self
        if name not in self._children:
            self._children[name] = Shape(
                (schema, resolver)
                for parent, resolver in self._declarations
                for schema in _member_schemas(parent, name)
            )
        return self._children[name]


def _expanded(declarations: Iterable[Declaration]) -> Iterator[Declaration]:
    waiting = list(declarations)
    seen: set[int] = set()
    while waiting:
        schema, resolver = waiting.pop()
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        if "$id" in schema:
            own = Resource.from_contents(schema, default_specification=DRAFT202012)
            resolver = resolver.in_subresource(own)
        yield schema, resolver
        if "$ref" in schema:
            target = resolver.lookup(schema["$ref"])
            waiting.append((target.contents, target.resolver))
        waiting += [(part, resolver) for keyword in _ALTERNATIVES for part in schema.get(keyword, ())]
        waiting += [(schema[keyword], resolver) for keyword in _CONDITIONALS if keyword in schema]


def _types(declarations: Iterable[Declaration]) -> set[str]:
    types: set[str] = set()
    for schema, _ in declarations:
        declared = schema.get("type")
        if declared is None:
            types.update(implied for keyword, implied in _IMPLIED_TYPES.items() if keyword in schema)
        else:
            types.update([declared] if isinstance(declared, str) else declared)
    return types


def _items(declarations: Iterable[Declaration]) -> Iterator[Declaration]:
    for schema, resolver in declarations:
        if "items" in schema:
            yield schema["items"], resolver


def _member_schemas(schema: dict[str, Any], name: str) -> list[Any]:
    found = [part for pattern, part in schema.get("patternProperties", {}).items() if search(pattern, name)]
    if name in schema.get("properties", {}):
        found.append(schema["properties"][name])
    return found or [schema.get("additionalProperties")]


# Without a schema nothing is declared.
UNDECLARED = Shape(())
