"""A schema tells which places are arrays and which are objects."""

from __future__ import annotations

from typing import Any

import pytest
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from pytest_iflow.checks.shape import UNDECLARED, Shape


def shape_of(schema: dict[str, Any], **neighbours: dict[str, Any]) -> Shape:
    """Give the shape that a schema declares, with neighbours that it may refer to by name."""
    registry = Registry[Any]().with_resources(
        (name, Resource.from_contents(content, default_specification=DRAFT202012))
        for name, content in neighbours.items()
    )
    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    return Shape([(schema, registry.resolver_with_root(resource))])


ARRAY = {"type": "array", "items": {"type": "object"}}


@pytest.mark.parametrize(
    ("schema", "is_array", "is_object"),
    [
        ({}, False, False),
        ({"type": "string"}, False, False),
        ({"type": "object"}, False, True),
        ({"type": ["object", "null"]}, False, True),
        ({"type": ["object", "string"]}, False, False),
        ({"properties": {"x": True}}, False, True),
        ({"required": ["x"]}, False, True),
        ({"type": "array"}, True, False),
        ({"items": {"type": "string"}}, True, False),
        (ARRAY, True, True),
        ({"$ref": "#/$defs/list"}, True, True),
        ({"$ref": "neighbour"}, True, True),
        ({"$ref": "neighbour#/items"}, False, True),
        ({"allOf": [{"title": "x"}, {"type": "object"}]}, False, True),
        ({"anyOf": [{"const": ""}, {"type": "object"}]}, False, True),
        ({"anyOf": [{"type": "string"}, {"type": "object"}]}, False, False),
        ({"oneOf": [ARRAY, {"type": "object"}]}, True, True),
        ({"if": {"type": "array"}, "then": {"type": "object"}, "else": True}, False, True),
        ({"$ref": "#"}, False, True),
        ({"$id": "urn:own", "$ref": "#/$defs/x", "$defs": {"x": {"type": "array"}}}, True, False),
    ],
)
def test_declarations_are_collected(schema: dict[str, Any], is_array: bool, is_object: bool) -> None:
    """Wherever a schema may declare a type for the place of a member."""
    root = {"properties": {"x": schema}, "$defs": {"list": ARRAY}}
    member = shape_of(root, neighbour=ARRAY).member("x")
    assert (member.is_array, member.is_object) == (is_array, is_object)


@pytest.mark.parametrize(
    "parent",
    [
        {"properties": {"x": ARRAY}},
        {"patternProperties": {"^x$": ARRAY}},
        {"additionalProperties": ARRAY},
        {"properties": {"y": {}}, "additionalProperties": ARRAY},
        {"type": "array", "items": {"properties": {"x": ARRAY}}},
        {"anyOf": [{"type": "string"}, {"properties": {"x": ARRAY}}]},
    ],
)
def test_members_are_found(parent: dict[str, Any]) -> None:
    """Of an object, of the objects in an array, of an alternative."""
    assert shape_of(parent).member("x").is_array


@pytest.mark.parametrize("parent", [{}, {"additionalProperties": False}, {"properties": {"y": ARRAY}}])
def test_what_is_not_declared_has_no_shape(parent: dict[str, Any]) -> None:
    """Nor do its members."""
    member = shape_of(parent).member("x")
    assert (member.is_array, member.member("any").is_object) == (False, False)


def test_a_schema_may_refer_to_itself() -> None:
    """A tree of categories, at any depth."""
    shape = shape_of({"properties": {"Category": {"type": "array", "items": {"$ref": "#"}}}})
    for _ in range(20):
        shape = shape.member("Category")
        assert shape.is_array


def test_a_reference_that_leads_nowhere_is_an_error() -> None:
    """Of the library that follows it; the schema that has it makes a sentence of it."""
    with pytest.raises(Unresolvable):
        shape_of({"properties": {"x": {"$ref": "#/$defs/none"}}}).member("x")


def test_without_a_schema_nothing_is_declared() -> None:
    """Neither at the root nor below."""
    assert UNDECLARED.member("any") is UNDECLARED
