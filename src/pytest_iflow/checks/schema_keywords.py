"""Keywords in a JSON Schema that judge nothing: misspelt ones, and those that its dialect does not know.

JSON Schema lets any other keyword stand there and passes over it. So a schema can look strict, and let
everything through.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pytest_iflow.checks.dialects import DIALECTS, MAPS, Place, validator_kind

_SCHEMAS = frozenset(
    {
        *("items", "prefixItems", "additionalItems", "unevaluatedItems", "contains", "contentSchema"),
        *("additionalProperties", "unevaluatedProperties", "propertyNames"),
        *("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "extends", "disallow"),
    }
)
"""Keywords whose values are schemas, or lists of them."""
_OF_ANOTHER_KEYWORD = {
    "http://json-schema.org/draft-03/schema#": frozenset(
        {"exclusiveMaximum", "exclusiveMinimum", "required"}
    ),
    "http://json-schema.org/draft-04/schema#": frozenset({"exclusiveMaximum", "exclusiveMinimum"}),
}
"""Keywords that a dialect knows beside another one, which judges by them."""
_ALONE = frozenset(DIALECTS[:4])
"""Dialects in which nothing counts beside ``$ref`` (draft 7, "Schema References With $ref")."""
_BESIDE = frozenset(
    {
        *("$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary", "$comment"),
        *("$defs", "definitions", "then", "else", "minContains", "maxContains", "title", "description"),
        *("default", "examples", "example", "deprecated", "readOnly", "writeOnly", "nullable", "xml"),
        *("contentMediaType", "contentEncoding", "contentSchema", "discriminator", "externalDocs"),
    }
)
"""Keywords of JSON Schema and of OpenAPI that judge nothing, or as a part of another one."""
_ALIKE = 0.83


def misspelt_keyword(part: Mapping[str, Any], place: Place) -> tuple[str, str] | None:
    """Return a keyword of a schema that is none, and the one that is meant; None where there is no such."""
    if not _is_schema(place):
        return None
    for name in part:
        if name not in _keywords() and name not in _BESIDE and (meant := _nearest(name)):
            return name, meant
    return None


def without_effect(part: Mapping[str, Any], place: Place, dialect: str) -> Iterator[str]:
    """Yield each keyword of a schema that another dialect would judge by, in words."""
    if not _is_schema(place):
        return
    known = validator_kind(dialect).VALIDATORS.keys() | _OF_ANOTHER_KEYWORD.get(dialect, frozenset())
    is_alone = dialect in _ALONE and isinstance(part.get("$ref"), str)
    for name in _keywords() & part.keys():
        if name not in known:
            yield f"{name}, which {_name(dialect)} does not know"
        elif is_alone and name != "$ref":
            yield f"{name} beside $ref, where {_name(dialect)} looks at nothing else"


def _name(dialect: str) -> str:
    """Return what people call a dialect: draft-07, 2020-12."""
    return dialect.split("/")[-2]


@cache
def _keywords() -> frozenset[str]:
    """Return the keywords by which some dialect judges."""
    return frozenset(name for each in DIALECTS for name in validator_kind(each).VALIDATORS)


@cache
def _nearest(name: str) -> str:
    """Return the keyword that a name is most like; empty where it is like none."""
    by_letters = {each.lower(): each for each in sorted(_keywords())}
    near = difflib.get_close_matches(name.lower(), by_letters, 1, _ALIKE)
    return by_letters[near[0]] if near else ""


def _is_schema(place: Place) -> bool:
    """Tell whether a place is that of a schema, and not within a keyword that somebody made up."""
    rest = iter(place)
    for each in rest:
        if each in MAPS:
            next(rest, None)  # the name of a member
        elif isinstance(each, str) and each not in _SCHEMAS:
            return False
    return True
