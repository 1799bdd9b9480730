"""What is quickly found to match a schema matches it by ``jsonschema``, in each dialect."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.json_number import JsonFloat
from pytest_iflow.checks.json_schema import JsonSchema
from pytest_iflow.errors import CheckError

DIALECTS = (
    "http://json-schema.org/draft-03/schema#",
    "http://json-schema.org/draft-04/schema#",
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
)
NEWEST = DIALECTS[-1]
NAMES = ("a", "b", "c")
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    1.0,
    JsonFloat("1.0"),
    JsonFloat("1.50"),
    -3,
    "",
    "a",
    "ab",
    "2026-11-03",
    "é",
    [],
    {},
)
INTEGERS_OR_ANYTHING = {
    "$schema": DIALECTS[-2],
    "$id": "https://example.com/main.json",
    "$defs": {
        "node": {
            "$id": "node.json",
            "$recursiveAnchor": True,
            "additionalProperties": {"$recursiveRef": "#"},
        }
    },
    "if": {"propertyNames": {"pattern": "^[a-m]"}},
    "then": {"$id": "any.json", "$recursiveAnchor": True, "$ref": "node.json"},
    "else": {
        "$id": "integer.json",
        "$recursiveAnchor": True,
        "type": ["object", "integer"],
        "$ref": "node.json",
    },
}
"""What ``$recursiveRef`` means depends on the way to it."""
TYPES = ("string", "object", "array", "boolean", "null", "integer", "number")


def some_schema(chance: random.Random, dialect: str, depth: int = 0) -> Any:
    """Make a schema of keywords that this dialect has, valid by its schema of schemas."""
    if dialect not in DIALECTS[:2] and chance.random() < 0.08:
        return chance.random() < 0.7
    schema: dict[str, Any] = {}

    def part() -> Any:
        return some_schema(chance, dialect, depth + 1)

    makers: dict[str, Any] = {
        "type": lambda: chance.choice([chance.choice(TYPES), chance.sample(TYPES, 3)]),
        "enum": lambda: [chance.choice((None, True, 2.5, "a")), "ab", 7],
        "pattern": lambda: chance.choice(["^a", "b$", "[0-9]+"]),
        "minLength": lambda: chance.randint(0, 2),
        "maxLength": lambda: chance.randint(0, 2),
        "minimum": lambda: chance.randint(-1, 2),
        "minItems": lambda: chance.randint(0, 2),
        "maxItems": lambda: chance.randint(0, 2),
        "uniqueItems": lambda: True,
    }
    if depth < 3:
        makers |= {
            "properties": lambda: {name: part() for name in chance.sample(NAMES, 2)},
            "patternProperties": lambda: {"^a": part()},
            "additionalProperties": lambda: chance.choice([False, True, part()]),
            "items": part,
        }
        if dialect != DIALECTS[0]:
            makers |= {
                "required": lambda: chance.sample(NAMES, 2),
                "allOf": lambda: [part(), part()],
                "anyOf": lambda: [part(), part()],
                "oneOf": lambda: [part(), part()],
                "not": part,
                "$ref": lambda: "#/definitions/x",
            }
        if dialect not in DIALECTS[:3]:
            makers |= {"if": part, "then": part, "else": part, "contains": part, "const": lambda: "ab"}
        if dialect in DIALECTS[4:]:
            makers |= {"dependentSchemas": lambda: {"a": part()}, "unevaluatedProperties": lambda: False}
        if dialect == NEWEST:
            makers |= {"prefixItems": lambda: [part(), part()]}
    for keyword in chance.sample(sorted(makers), chance.randint(1, 4)):
        schema[keyword] = makers[keyword]()
    return schema


def some_value(chance: random.Random, depth: int = 0) -> Any:
    """Make a message."""
    kind = chance.random()
    if depth < 3 and kind < 0.35:
        return {name: some_value(chance, depth + 1) for name in chance.sample(NAMES, chance.randint(0, 3))}
    if depth < 3 and kind < 0.5:
        return [some_value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return chance.choice(VALUES)


def is_valid(schema: JsonSchema, value: Any) -> bool:
    """Whether ``jsonschema`` finds nothing wrong."""
    return next(iter(schema.validator.iter_errors(value)), None) is None


def loaded(tmp_path: Path, schema: Any) -> JsonSchema:
    """Load a schema as a suite does."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps(schema), encoding="utf-8")
    return JsonSchema.load(path)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_matches_that_does_not_match_by_the_library(tmp_path: Path, dialect: str) -> None:
    """Random schemas and messages; nearly all that match are found to match."""
    chance = random.Random(dialect)  # noqa: S311, the same ones each time
    valid = known = 0
    for _ in range(100):
        contents = some_schema(chance, dialect)
        if isinstance(contents, dict):
            contents |= {"$schema": dialect, "definitions": {"x": some_schema(chance, dialect, 3)}}
        schema = loaded(tmp_path, contents)
        for _ in range(15):
            value = some_value(chance)
            judged, quick = is_valid(schema, value), schema.is_known_to_match(value)
            assert judged or not quick, (contents, value)
            valid += judged
            known += quick
    assert valid > 200
    assert known > 0.75 * valid


@pytest.mark.parametrize(
    ("contents", "values"),
    [
        ({"additionalProperties": False, "properties": {"a": {}}}, [{"a": 1}, {}, "a"]),
        ({"items": False, "prefixItems": [{}, {"type": "string"}]}, [[], [1], [1, "a"], {}]),
        ({"properties": {"next": {"$ref": "#"}, "n": {"type": "integer"}}}, [{"n": 1, "next": {"n": 1.0}}]),
        ({"enum": ["a", 1]}, ["a", 1, 1.0]),
        ({"if": {"type": "array"}, "then": {"minItems": 1}, "else": {"type": "string"}}, [[1], "a"]),
        ({"format": "date"}, ["2026-11-03", 7]),
        ({"allOf": [{"$ref": "#/$defs/a"}, {"maxLength": 3}], "$defs": {"a": {"pattern": "^a"}}}, ["abc", 1]),
    ],
)
def test_a_message_that_matches_is_known_to(tmp_path: Path, contents: Any, values: list[Any]) -> None:
    """Without another look by the library."""
    schema = loaded(tmp_path, contents)
    assert [value for value in values if not schema.is_known_to_match(value)] == []


@pytest.mark.parametrize(
    ("contents", "values"),
    [
        ({"additionalProperties": False, "properties": {"a": {}}}, [{"a": 1, "b": 1}]),
        ({"type": "integer"}, [True, 1.5, "1"]),
        ({"enum": ["a", 1]}, [True, "A", None]),
        ({"const": [1]}, [[True], [1, 1]]),
        ({"items": False, "prefixItems": [{}]}, [[1, 2]]),
        ({"not": {"$dynamicRef": "#/$defs/a"}, "$defs": {"a": {"type": "string"}}}, ["a"]),
        ({"if": {"$dynamicRef": "#/$defs/a"}, "then": False, "$defs": {"a": {"type": "string"}}}, ["a"]),
        ({"properties": {"a": True}, "unevaluatedProperties": False}, [{"b": 1}]),
        (INTEGERS_OR_ANYTHING, [{"alpha": 1.1}, {"november": 1.1}]),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, [{"a": 1}]),
        ({"properties": {"a": {"$ref": "none.json"}}}, [{"a": 1}]),
    ],
)
def test_a_message_that_does_not_match_is_left_to_the_library(
    tmp_path: Path, contents: Any, values: list[Any]
) -> None:
    """And so is what cannot be judged at all: it says why."""
    schema = loaded(tmp_path, contents)
    assert [value for value in values if schema.is_known_to_match(value)] == []


def test_a_schema_that_leads_in_a_circle_is_told(tmp_path: Path) -> None:
    """As a message that is too deep: nobody can tell the two apart."""
    schema = loaded(tmp_path, {"properties": {"a": {"allOf": [{"$ref": "#/properties/a"}]}}})
    with pytest.raises(CheckError, match="nested too deep"):
        schema.violations(parse_document(b'{"a": 1}', None))
