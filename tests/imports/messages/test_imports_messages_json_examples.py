"""Example messages out of JSON Schemas, judged by jsonschema."""

from __future__ import annotations

import time
from typing import Any

import jsonschema
import pytest

from pytest_iflow.imports.messages.json_examples import JsonExamples
from pytest_iflow.imports.messages.json_values import NoExampleError

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
NODE = {
    "type": "object",
    "required": ["v"],
    "properties": {"v": {"type": "number"}, "next": {"$ref": "#/$defs/n"}},
}
SCHEMAS: dict[str, Any] = {
    "formats": {
        "type": "object",
        "properties": {
            each: {"type": "string", "format": each}
            for each in (
                "date",
                "date-time",
                "time",
                "uuid",
                "email",
                "ipv4",
                "ipv6",
                "uri",
                "hostname",
                "regex",
            )
        },
    },
    "limits": {
        "properties": {
            "a": {"type": "integer", "minimum": 5, "multipleOf": 3},
            "b": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "c": {"type": "integer", "maximum": -5},
            "d": {"type": "string", "minLength": 6, "maxLength": 7},
            "e": {"type": "string", "pattern": "^[A-Z]{2}\\d{3}$"},
            "f": {"type": "number", "minimum": 0.1, "maximum": 0.2},
            "g": {"type": ["null", "boolean"]},
        },
        "required": ["a", "z"],
    },
    "limits of draft 4": {"$schema": DRAFT_4, "type": "number", "minimum": 3, "exclusiveMinimum": True},
    "values of its own": {
        "properties": {
            "a": {"type": "string", "example": "4711"},
            "b": {"type": "string", "examples": [7, "seven"]},
            "c": {"const": {"x": [1]}},
            "d": {"enum": [None, "EUR"]},
            "e": {"type": "integer", "default": "wrong", "enum": [3]},
        }
    },
    "lists": {
        "properties": {
            "a": {"type": "array", "items": {"enum": ["x", "y"]}, "minItems": 2, "uniqueItems": True},
            "b": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "null"}], "items": False},
            "c": {
                "type": "array",
                "items": {"type": "string", "minLength": 3},
                "minItems": 3,
                "uniqueItems": True,
            },
            "d": {"type": "array", "maxItems": 0},
            "e": {"type": "array", "contains": {"const": 5}},
        }
    },
    "members without names": {
        "type": "object",
        "minProperties": 2,
        "additionalProperties": {"type": "integer"},
    },
    "allOf": {
        "allOf": [
            {"properties": {"a": {"type": "string", "minLength": 3}}, "required": ["a"]},
            {"properties": {"a": {"maxLength": 3, "pattern": "^[A-Z]+$"}, "b": {"type": "integer"}}},
        ]
    },
    "oneOf": {
        "oneOf": [
            {"properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
        ]
    },
    "anyOf whose first never fits": {"type": "integer", "anyOf": [{"type": "string"}, {"minimum": 9}]},
    "a circle that may end": {"$defs": {"n": NODE}, "$ref": "#/$defs/n"},
    "escapes in a reference": {"$defs": {"a/b~c d": {"type": "integer"}}, "$ref": "#/$defs/a~1b~0c%20d"},
    "if": {"properties": {"a": {"const": 1}, "b": {"type": "string"}}, "if": {}, "then": {"required": ["b"]}},
    "anything": True,
}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_message_fits_its_schema(schema: Any) -> None:
    """By the judgement of the library itself, formats included; and the same message each time."""
    message = JsonExamples(schema).example()
    kind = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
    kind(schema, format_checker=kind.FORMAT_CHECKER).validate(message)
    assert JsonExamples(schema).example() == message


def test_a_message_has_all_that_it_may_hold_and_the_values_of_the_schema() -> None:
    """An example of the schema's own comes before one that is made up, where it fits."""
    message = JsonExamples(SCHEMAS["values of its own"]).example()
    assert message == {"a": "4711", "b": "seven", "c": {"x": [1]}, "d": "EUR", "e": 3}


def doubling(depth: int, part: Any) -> dict[str, Any]:
    """Return definitions each of which leads to the next one in the way of ``part``."""
    return {
        "$defs": {f"d{n}": part(f"#/$defs/d{n + 1}") for n in range(depth)}
        | {f"d{depth}": {"type": "string"}},
        "$ref": "#/$defs/d0",
    }


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (
            {"$defs": {"n": {**NODE, "required": ["next"]}}, "$ref": "#/$defs/n"},
            "contains itself without end",
        ),
        ({"$ref": "https://example.com/order.json"}, "another document"),
        ({"$ref": "#/$defs/nothing"}, "is not there"),
        ({"type": "objekt"}, "no JSON Schema"),
        ({"properties": []}, "no JSON Schema"),
        ([], "no JSON Schema"),
        ({"$schema": "urn:unknown"}, "dialect"),
        (False, "allows no message"),
        ({"not": {}}, "no message was found"),
        ({"type": "string", "minLength": 10**9}, "more than 10000 characters"),
        ({"type": "array", "minItems": 10**9, "items": {}}, "more than 100 items"),
        (doubling(30, lambda to: {"allOf": [{"$ref": to}, {"$ref": to}]}), "too many parts|without end"),
        (
            {
                "anyOf": [{"anyOf": [{"anyOf": [{"type": "integer", "minimum": 2, "maximum": 1}] * 8}] * 8}]
                * 8
            },
            "fits|seconds|too many",
        ),
    ],
    ids=lambda each: str(each)[:40],
)
def test_a_schema_of_which_no_message_is_made_says_why(schema: Any, why: str) -> None:
    """Nothing is fetched, nothing goes on without end, and a bomb takes seconds at the most."""
    began = time.process_time()
    with pytest.raises(NoExampleError, match=why):
        JsonExamples(schema).example()
    assert time.process_time() - began < 20


def test_a_wide_schema_gives_a_message_that_can_be_read() -> None:
    """Ten members, each with ten, thirty levels deep: what may be left out is left out further down."""
    wide = doubling(
        30, lambda to: {"type": "object", "properties": {f"p{n}": {"$ref": to} for n in range(10)}}
    )
    message = JsonExamples(wide).example()
    assert len(message) == 10
    assert len(str(message)) < 10_000
