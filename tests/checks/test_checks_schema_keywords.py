"""Keywords that judge nothing are told: JSON Schema itself passes over them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.checks.json_schema import JsonSchema
from pytest_iflow.errors import ConfigurationError

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
NEWEST = "https://json-schema.org/draft/2020-12/schema"


def load(folder: Path, schema: dict[str, Any]) -> JsonSchema:
    """Write a schema and load it."""
    path = folder / "order.json"
    path.write_text(json.dumps(schema), encoding="utf-8")
    return JsonSchema.load(path)


@pytest.mark.parametrize(
    ("schema", "place", "written", "meant"),
    [
        ({"requried": ["id"]}, "$", "requried", "required"),
        ({"additionalproperties": False}, "$", "additionalproperties", "additionalProperties"),
        ({"properties": {"a": {"ref": "#"}}}, "$.properties.a", "ref", "$ref"),
        ({"allOf": [{}, {"minLenght": 3}]}, "$.allOf[1]", "minLenght", "minLength"),
        ({"$defs": {"required": {"Enum": [1]}}}, "$['$defs'].required", "Enum", "enum"),
        ({"if": {"propertys": {}}}, "$.if", "propertys", "properties"),
    ],
)
def test_a_misspelt_keyword_is_refused(
    tmp_path: Path, schema: dict[str, Any], place: str, written: str, meant: str
) -> None:
    """Wherever a schema stands; the message says where, and what is meant."""
    with pytest.raises(ConfigurationError) as raised:
        load(tmp_path, schema)
    assert f'has a keyword that judges nothing: "{written}"' in str(raised.value)
    assert f"order.json, at {place}" in str(raised.value)
    assert f'Did you mean "{meant}"?' in str(raised.value)


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"requried": {"type": "string"}}, "patternProperties": {"^ref$": {}}},
        {"x-note": {"requried": 1}, "meta": {"item": 1}, "unit": "kg", "default": {"Type": 1}},
        {"title": "t", "nullable": True, "example": 1, "if": {}, "then": {}, "else": {}, "minContains": 1},
        {"$schema": DRAFT_4, "id": "http://shop.example/a", "minimum": 1, "exclusiveMinimum": True},
        {"$schema": DRAFT_7, "definitions": {"a": {}}, "properties": {"a": {"$ref": "#/definitions/a"}}},
        {"dependencies": {"a": ["b"]}, "contains": {}, "maxContains": 2},
    ],
)
def test_what_is_no_mistake_is_left_alone(tmp_path: Path, schema: dict[str, Any]) -> None:
    """Names of properties, keywords of the author and of OpenAPI, what counts beside another keyword."""
    assert load(tmp_path, schema).unchecked == set()


def test_keywords_of_another_draft_are_named(tmp_path: Path) -> None:
    """So are those beside a reference, where an old draft looks at nothing else."""
    schema = {
        "$schema": DRAFT_7,
        "dependentRequired": {"a": ["b"]},
        "properties": {"a": {"$ref": "#/definitions/a", "minLength": 1, "description": "d"}},
        "definitions": {"a": {}},
    }
    assert load(tmp_path, schema).unchecked == {
        "dependentRequired, which draft-07 does not know (order.json)",
        "minLength beside $ref, where draft-07 looks at nothing else (order.json)",
    }
    assert load(tmp_path, schema | {"$schema": NEWEST}).unchecked == set()
