"""The conversion of XML to JSON, and what a schema declares for each place of a message."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.xml_to_json import UNDECLARED, Shape, json_form, xml_to_json


def converted(xml: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    """Convert XML, guided by a schema if one is given."""
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False))
    if schema is None:
        return xml_to_json(root)
    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    return xml_to_json(root, Shape([(schema, Registry[Any]().resolver_with_root(resource))]))


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        ("<A/>", {"A": ""}),
        ("<A></A>", {"A": ""}),
        ("<A> </A>", {"A": " "}),
        ("<A>51.0</A>", {"A": "51.0"}),
        ("<A>true</A>", {"A": "true"}),
        ("<A>\n  <B>1</B>\n</A>", {"A": {"B": "1"}}),
        ("<A><B>1</B><C/><B>2</B></A>", {"A": {"B": ["1", "2"], "C": ""}}),
        ('<A x="1"/>', {"A": {"@x": "1"}}),
        ('<A x="1">v</A>', {"A": {"@x": "1", "$": "v"}}),
        ('<A x="1"><B>v</B></A>', {"A": {"@x": "1", "B": "v"}}),
        ("<A>one<B>v</B>two</A>", {"A": {"B": "v", "$": "onetwo"}}),
        ("<A><![CDATA[<x>]]></A>", {"A": "<x>"}),
        ("<A><!-- c --><B>v</B><?p q?></A>", {"A": {"B": "v"}}),
        ("<A>x<!-- c -->y</A>", {"A": "xy"}),
        ('<!DOCTYPE A [<!ENTITY e "v">]><A>x&e;y</A>', {"A": "xy"}),
    ],
)
def test_the_rules_of_the_converter(xml: str, value: dict[str, Any]) -> None:
    """Each rule of SAP's pages, with an example of our own."""
    assert converted(xml) == value


def test_namespaces_are_dropped() -> None:
    """Without namespace mapping, local names are all that is left."""
    xml = '<p:A xmlns:p="urn:p" xmlns:q="urn:q" xmlns="urn:d"><q:B q:x="1">v</q:B><C>1</C><p:C>2</p:C></p:A>'
    assert converted(xml) == {"A": {"B": {"@x": "1", "$": "v"}, "C": ["1", "2"]}}


PRODUCTS = {
    "properties": {
        "Products": {
            "type": "object",
            "properties": {"Product": {"type": "array", "items": {"type": "object"}}},
        }
    }
}


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        ("<Products/>", {"Products": {}}),
        ("<Products>\n</Products>", {"Products": {}}),
        ("<Products><Product/></Products>", {"Products": {"Product": [{}]}}),
        ("<Products><Product><Id>1</Id></Product></Products>", {"Products": {"Product": [{"Id": "1"}]}}),
        ("<Products><Product/><Product/></Products>", {"Products": {"Product": [{}, {}]}}),
        ("<Other><Product/></Other>", {"Other": {"Product": ""}}),
    ],
)
def test_the_schema_tells_arrays_and_empty_objects(xml: str, value: dict[str, Any]) -> None:
    """What XML leaves open is taken from the schema that judges the message."""
    assert converted(xml, PRODUCTS) == value


def test_the_root_may_be_declared_as_array() -> None:
    """The converter does so when it streams all elements."""
    assert converted("<A>1</A>", {"properties": {"A": {"type": "array"}}}) == {"A": ["1"]}


def test_an_empty_element_stays_a_text_where_a_text_is_allowed() -> None:
    """A schema that allows both judges what the converter would write."""
    schema = {"properties": {"A": {"type": ["object", "string"]}}}
    assert converted("<A/>", schema) == {"A": ""}


def test_a_json_document_is_its_own_json_form() -> None:
    """Nothing in it is changed."""
    document = parse_document(b'{"A": [""]}', None)
    assert json_form(document) is document.value


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
