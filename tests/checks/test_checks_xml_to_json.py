"""XML becomes JSON as Cloud Integration's converter writes it."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.shape import Shape
from pytest_iflow.checks.xml_to_json import json_form, xml_to_json


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
