"""Schemas of OpenAPI as JSON Schemas that stand for themselves, with all that they refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pytest_iflow.drafts.file_names import Names, variable_name

_DRAFT_4 = "http://json-schema.org/draft-04/schema#"
_NEWEST = "https://json-schema.org/draft/2020-12/schema"
_DEEPEST = 60
_MOST = 20_000
"""Parts of a schema with all that it refers to."""

_LEFT_OUT = frozenset(
    {
        *("discriminator", "externalDocs", "xml", "nullable", "collectionFormat"),
        *("$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef", "$ref"),
    }
)
"""Keywords that are OpenAPI's own, or would give a part another address than that in its document."""

_OF_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_DATA = frozenset({"const", "default", "enum", "example", "examples"})

Direction = Literal["request", "response"]
Json = Any


class ApiSchemas:
    """Makes JSON Schemas of the schemas of one API.

    ``is_newest`` says that they are JSON Schemas of 2020-12 already, as in OpenAPI 3.1; those before it are
    close to draft 4. ``elsewhere`` are references to other files and to the network. They are never followed:
    such a part allows anything.
    """

    def __init__(self, document: Mapping[str, Json], *, is_newest: bool) -> None:
        self._document = document
        self._is_newest = is_newest
        self.elsewhere: set[str] = set()

    def schema(self, schema: Json, direction: Direction) -> dict[str, Json]:
        """Return a JSON Schema for a message of one direction, without what the other one has only.

        Raises ValueError where it is too large or nested too deep.
        """
        part = _Part(self._document, direction, is_newest=self._is_newest, elsewhere=self.elsewhere)
        converted = part.converted(schema, 0)
        found: dict[str, Json] = {"$schema": _NEWEST if self._is_newest else _DRAFT_4}
        if set(converted) == {"$ref"} and not self._is_newest:  # what stands beside a $ref does not count
            converted = {"allOf": [converted]}
        found |= converted
        definitions = part.definitions()
        return {**found, part.home: definitions} if definitions else found


def followed(document: Mapping[str, Json], value: Json) -> Json:
    """Return what a reference within a document names, through others, None where it leads nowhere."""
    for _ in range(_DEEPEST):
        if not (isinstance(value, Mapping) and isinstance(reference := value.get("$ref"), str)):
            return value
        value = target_of(document, reference)
    return None


def target_of(document: Mapping[str, Json], reference: str) -> Json:
    """Return what ``#/a/b`` names in a document, None where there is nothing, or it is another document."""
    if not reference.startswith("#/"):
        return None
    found: Json = document
    for step in reference[2:].split("/"):
        name = step.replace("%7B", "{").replace("%7D", "}").replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found


class _Part:
    """One schema with the definitions that it needs."""

    def __init__(
        self, document: Mapping[str, Json], direction: Direction, *, is_newest: bool, elsewhere: set[str]
    ) -> None:
        self._document = document
        self._skipped = "readOnly" if direction == "request" else "writeOnly"
        self._is_newest = is_newest
        self._elsewhere = elsewhere
        self._names = Names()
        self._name_of: dict[str, str] = {}
        self._definitions: dict[str, Json] = {}
        self._left: list[str] = []
        self._count = 0
        self.home = "$defs" if is_newest else "definitions"

    def definitions(self) -> dict[str, Json]:
        """Return all that was referred to, and what that refers to."""
        while self._left:
            reference = self._left.pop(0)
            target = target_of(self._document, reference)
            self._definitions[self._name_of[reference]] = self.converted(target, 0)
        return self._definitions

    def converted(self, schema: Json, depth: int) -> dict[str, Json]:
        """Return one part; anything that is no schema allows everything."""
        self._count += 1
        if depth > _DEEPEST or self._count > _MOST:
            raise ValueError("the schema is too large, or nested too deep")
        if schema is False and self._is_newest:
            return {"not": {}}
        if not isinstance(schema, Mapping):
            return {}
        reference = schema.get("$ref")
        if isinstance(reference, str):
            referring = self._reference(reference)
            if not self._is_newest:
                return referring
            rest = {name: value for name, value in schema.items() if name != "$ref"}
            return {**self.converted(rest, depth + 1), **referring} if rest else referring
        found = {
            name: value
            for name, each in schema.items()
            if isinstance(name, str)
            and name not in _LEFT_OUT
            and not name.startswith("x-")
            and (value := self._keyword(name, each, depth)) is not None
        }
        self._drop_of_other_direction(schema, found)
        return found if self._is_newest else _as_draft_4(schema, found)

    def _reference(self, reference: str) -> dict[str, Json]:
        if target_of(self._document, reference) is None:
            self._elsewhere.add(reference)
            return {}
        if reference not in self._name_of:
            name = variable_name(reference.rpartition("/")[2]) if reference != "#/" else "root"
            self._name_of[reference] = self._names.add(name, between="-")
            self._left.append(reference)
        return {"$ref": f"#/{self.home}/{self._name_of[reference]}"}

    def _keyword(self, name: str, value: Json, depth: int) -> Json:
        """Return what a keyword says, None where it says nothing to JSON Schema."""
        if name in _OF_NAMES:
            parts = value.items() if isinstance(value, Mapping) else ()
            return {str(key): self.converted(each, depth + 1) for key, each in parts}
        if isinstance(value, Mapping) and name not in _DATA:
            return self.converted(value, depth + 1)
        if name in ("allOf", "anyOf", "oneOf", "prefixItems") and isinstance(value, list):
            return [self.converted(each, depth + 1) for each in value] or None
        return value

    def _drop_of_other_direction(self, schema: Mapping[str, Json], found: dict[str, Json]) -> None:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            return
        dropped = {
            str(name)
            for name, each in properties.items()
            if isinstance(each, Mapping) and each.get(self._skipped) is True
        }
        for name in dropped:
            found["properties"].pop(name, None)
        if dropped and isinstance(found.get("required"), list):
            found["required"] = [name for name in found["required"] if name not in dropped]


def _as_draft_4(schema: Mapping[str, Json], found: dict[str, Json]) -> dict[str, Json]:
    """Return a part of OpenAPI before 3.1 as draft 4 has it, which knows null, and no empty lists."""
    required = found.get("required")
    if not isinstance(required, list) or not required:
        found.pop("required", None)
    else:
        found["required"] = list(dict.fromkeys(str(name) for name in required))
    if isinstance(found.get("enum"), list) and not found["enum"]:
        del found["enum"]
    if found.get("type") == "file":
        found["type"] = "string"
    for name in ("minimum", "maximum"):
        exclusive = f"exclusive{name.capitalize()}"
        if name not in found:
            found.pop(exclusive, None)
    if schema.get("nullable") is True or schema.get("x-nullable") is True:
        if isinstance(found.get("type"), str):
            found["type"] = [found["type"], "null"]
        if isinstance(found.get("enum"), list) and None not in found["enum"]:
            found["enum"] = [*found["enum"], None]
    return found
