"""JSON to XML and back, by the examples of SAP's pages on conversion rules."""

from __future__ import annotations

import pytest

from tests.engine_flows import cells, run_steps
from tests.exported_bundles import step

MAPPING = cells(["abc", "http://com.sap/abc"], ["xyz", "http://com.sap/xyz"])
TURNED = cells(["http://com.sap/abc", "abc"], ["http://com.sap/xyz", "xyz"])
SAP_JSON = (
    '{"abc:A":{"xyz:B":{"@xyz:attr1":"1","@attr2":"2","$":"valueB"},"C":["valueC1","valueC2"],'
    '"D":"","E":"valueE"}}'
)
SAP_XML = (
    '<abc:A xmlns:abc="http://com.sap/abc" xmlns:xyz="http://com.sap/xyz">'
    '<xyz:B xyz:attr1="1" attr2="2">valueB</xyz:B><C>valueC1</C><C>valueC2</C><D/><E>valueE</E></abc:A>'
)
DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>"


def to_xml(body: str, **properties: str) -> str:
    """Return the XML of a JSON body, or the error."""
    done = run_steps(step("c", "c", "JsonToXmlConverter", **properties), message=body)
    return done.error.message if done.error else str(done.message.body).removeprefix(DECLARATION)


def to_json(body: str, **properties: str) -> str:
    """Return the JSON of an XML body, or the error."""
    done = run_steps(step("c", "c", "XmlToJsonConverter", **properties), message=body)
    return done.error.message if done.error else str(done.message.body)


def test_the_example_with_namespaces() -> None:
    """Both ways."""
    held = {"useNamespaces": "true", "jsonNamespaceSeparator": ":"}
    assert to_xml(SAP_JSON, jsonNamespaceMapping=MAPPING, **held) == SAP_XML
    assert to_json(SAP_XML, jsonNamespaceMapping=TURNED, **held) == SAP_JSON


def test_the_example_without_namespaces() -> None:
    """Prefixes are part of the name in JSON, and left out of it."""
    json = '{"abc.A":{"xyz.B":{"@xyz.attr1":"1","@attr2":"2","$":"valueB"},"C":["c1","c2"],"D":""}}'
    assert to_xml(json) == (
        '<abc.A><xyz.B xyz.attr1="1" attr2="2">valueB</xyz.B><C>c1</C><C>c2</C><D/></abc.A>'
    )
    without = SAP_JSON.replace("abc:", "").replace("xyz:", "")
    assert to_json(SAP_XML) == without


@pytest.mark.parametrize(
    ("json", "xml"),
    [
        ('{"a":{"C":null}}', "<a><C/></a>"),
        ('{"a":{"n":1.50,"b":true,"t":"<&>"}}', "<a><n>1.50</n><b>true</b><t>&lt;&amp;&gt;</t></a>"),
        ('{"a":{"b":[{"c":1},{"c":2}]}}', "<a><b><c>1</c></b><b><c>2</c></b></a>"),
        ('{"a":{"p:A":1}}', "<a><p:A>1</p:A></a>"),
        ('{"a":1,"b":2}', "the root object must have exactly one member, but has 2"),
        ("[1]", "the JSON text must start with an object"),
        ('{"a":{"x":1,"@y":2}}', "Trying to write an attribute when there is no open start element"),
        ('{"@a":1}', "The root member name starts with the attribute indicator @"),
        ('{"a":{"@b":null}}', "the attribute '@b' is null"),
        ('{"a":{"b c":1}}', "the member name 'b c' is no name of XML"),
        ('{"a":', "the body is no JSON"),
    ],
)
def test_rules_of_json_to_xml(json: str, xml: str) -> None:
    """Also what is an error, with the words of SAP's page where it has some."""
    assert to_xml(json, useNamespaces="true", jsonNamespaceSeparator=":").startswith(xml)


def test_a_root_can_be_added() -> None:
    """For an object of several members."""
    assert to_xml('{"a":1,"b":2}', addXMLRootElement="true", additionalRootElementName="root") == (
        "<root><a>1</a><b>2</b></root>"
    )


def test_streaming_decides_what_is_an_array() -> None:
    """The examples of SAP's page on streaming, the invalid one among them."""
    xml = "<root>\n  <A>a</A>\n  <B>b1</B>\n  <B>b2</B>\n  <C>c</C>\n</root>"
    assert to_json(xml) == '{"root":{"A":"a","B":["b1","b2"],"C":"c"}}'
    streaming = {"xmlJsonUseStreaming": "true"}
    assert to_json(xml, xmlJsonConvertAllElements="all", **streaming) == (
        '{"root":[{"A":["a"],"B":["b1","b2"],"C":["c"]}]}'
    )
    specific = {**streaming, "xmlJsonConvertAllElements": "specific"}
    both = cells(["/root/A", ""], ["root/B", ""])
    assert to_json(xml, xmlJsonPathTable=both, **specific) == '{"root":{"A":["a"],"B":["b1","b2"],"C":"c"}}'
    assert to_json(xml, xmlJsonPathTable=cells(["root/A", ""]), **specific) == (
        '{"root":{"A":["a"],"B":"b1","B":"b2","C":"c"}}'
    )
    turns = "<root><x>1</x><y>2</y><x>3</x></root>"
    assert to_json(turns) == '{"root":{"x":["1","3"],"y":"2"}}'


@pytest.mark.parametrize(
    ("xml", "json"),
    [
        ("<r><A>a</A><B>b</B></r>", '{"A":"a","B":"b"}'),
        ("<r>v</r>", '"v"'),
        ("<r/>", '""'),
        ("<r><A> </A></r>", '{"A":" "}'),
        ('<r><A x="1">v</A></r>', '{"A":{"@x":"1","$":"v"}}'),
        ('<r xmlns:x="u"><A x:y="1"/></r>', '{"A":{"@y":"1"}}'),
        ("<r><A>m1<B>b</B>m2</A></r>", '{"A":{"B":"b","$":"m1m2"}}'),
    ],
)
def test_the_root_can_be_dropped(xml: str, json: str) -> None:
    """Special cases of SAP's page; mixed content comes out wrong, as there."""
    assert to_json(xml, xmlJsonSuppressRootElement="true") == json


def test_a_namespace_without_a_prefix_that_is_not_mapped_is_an_error() -> None:
    """With streaming it is left out."""
    held = {"useNamespaces": "true", "jsonNamespaceSeparator": "."}
    assert to_json('<A xmlns="http://test"/>', **held) == "Invalid JSON namespace: http://test"
    assert to_json('<A xmlns="http://test">v</A>', xmlJsonUseStreaming="true", **held) == '{"A":"v"}'
    assert to_json('<ns:A xmlns:ns="http://test"/>', **held) == '{"ns.A":""}'
