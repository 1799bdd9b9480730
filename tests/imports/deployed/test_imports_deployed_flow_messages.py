"""Which message a flow wants, told by the schemas and steps of its bundle."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from pytest_iflow.imports.deployed.flow_messages import FlowMessage, message_of
from pytest_iflow.imports.messages.json_values import NoExampleError
from tests.engine_flows import (
    XSD_FOLDER,
    bundle_files,
    call_step,
    deployed,
    end,
    local,
    modifier,
    row,
    start,
)
from tests.exported_bundles import route, router, step
from tests.message_mappings import SOURCE, mmap, schema, src

ORDERS = """<xs:element name="orders"><xs:complexType><xs:sequence>
<xs:element name="order" maxOccurs="unbounded"><xs:complexType><xs:sequence>
<xs:element name="id" type="xs:int"/><xs:element name="note" type="xs:string"/>
</xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"""
VALIDATOR = step("v", "Check", "XmlValidator", xsd="/xsd/orders.xsd")
CSV = step(
    "c", "Read", "CsvToXmlConverter", XML_Schema_File_Path="/xsd/orders.xsd",
    XPath_Field_Location="/orders/order", Field_Separator_in_CSV=";", ignoreFirstLineAsHeader="true",
    Record_Identifier_in_CSV="D",
)  # fmt: skip
TO_XML, TO_JSON = step("j", "Read", "JsonToXmlConverter"), step("x", "Write", "XmlToJsonConverter")
FILES = {f"{XSD_FOLDER}orders.xsd": schema(ORDERS)}


def wanted(*steps: str, files: Mapping[str, bytes] = FILES, **more: object) -> FlowMessage:
    """Return the message for a flow whose main process has these steps in a row."""
    held = {**bundle_files(row([start(), *steps, end()]), **more), **files}  # type: ignore[arg-type]
    bundle = deployed(held).bundle
    assert bundle.flow is not None
    return message_of(bundle, bundle.flow, bundle.flow.senders()[0])


def test_the_schema_of_a_validator_says_it() -> None:
    """Also behind steps that read nothing, in a process that is called, and by a parameter."""
    expected = b"<orders>\n  <order>\n    <id>1</id>\n    <note>text</note>\n  </order>\n</orders>\n"
    assert wanted(VALIDATOR).body == expected
    assert wanted(modifier(), VALIDATOR, TO_JSON).body == expected
    call = step("call", "Call", "ProcessCallElement", processId="Local")
    assert wanted(call, TO_XML, processes=[local("Local", VALIDATOR)]).body == expected
    named = step("v", "Check", "XmlValidator", xsd="{{Schema}}")
    assert wanted(named, parameters={"Schema": "/xsd/orders.xsd"}).body == expected


def test_the_fields_of_a_csv_converter_are_those_of_its_place() -> None:
    """With a header, where the converter takes one, its separator, and what marks its records."""
    found = wanted(CSV)
    assert (found.body, found.ending) == (b"D;id;note\nD;1;text\n", ".csv")


def test_the_source_of_a_mapping_says_it() -> None:
    """A structure in XSD, or in JSON."""
    content = mmap({"/out/one": src("/in/group/name")})
    steps = step("m", "Map", "Mapping", "MessageMapping", mappingpath="src/main/resources/mapping/m")
    files = {"src/main/resources/mapping/m.mmap": content, f"{XSD_FOLDER}in.xsd": schema(SOURCE)}
    assert wanted(steps, files=files).body.startswith(b"<in>\n  <group>\n    <name>text</name>")
    as_json = mmap({"/out/one": src("/in")}, kind="json", source="in.json")
    held = json.dumps({"type": "object", "properties": {"in": {"type": "integer"}}}).encode()
    files = {"src/main/resources/mapping/m.mmap": as_json, "src/main/resources/json/in.json": held}
    assert json.loads(wanted(steps, files=files).body) == {"in": 1}


@pytest.mark.parametrize(
    ("steps", "ending"),
    [
        ((TO_XML,), ".json"),
        ((TO_JSON,), ".xml"),
        ((step("s", "S", "Script", "GroovyScript", script="json.groovy"),), ".json"),
        ((step("s", "S", "Script", "GroovyScript", script="xml.groovy"),), ".xml"),
        ((step("s", "S", "Script", "GroovyScript", script="plain.groovy"),), ""),
        ((modifier(body="<own/>"), TO_JSON), ""),
        ((modifier(body="${in.body}"), TO_JSON), ".xml"),
        ((call_step("call"), TO_JSON), ""),
        ((), ""),
    ],
)
def test_steps_without_a_schema_say_what_kind_they_read(steps: tuple[str, ...], ending: str) -> None:
    """None is needed where the flow makes its own body, or a receiver does."""
    scripts = {
        "src/main/resources/script/json.groovy": b"new JsonSlurper().parse(body)",
        "src/main/resources/script/xml.groovy": b"new XmlSlurper().parse(body)",
        "src/main/resources/script/plain.groovy": b"return message",
    }
    found = wanted(*steps, files=scripts)
    assert (found.ending, bool(found.body)) == (ending, bool(ending))


def test_both_ways_of_a_router_are_looked_at() -> None:
    """In their order; the first step that says what it reads counts."""
    parts = [start(), router("r", "Which", ["a", "b"], "b"), modifier("one"), TO_XML, end()]
    routes = [
        route("s", "start", "r"), route("a", "r", "one", "${header.x} = 'y'"), route("b", "r", "j"),
        route("c", "one", "end"), route("d", "j", "end"),
    ]  # fmt: skip
    bundle = deployed(bundle_files([*parts, *routes])).bundle
    assert bundle.flow is not None
    assert message_of(bundle, bundle.flow, bundle.flow.senders()[0]).ending == ".json"


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ((step("z", "Unpack", "Decoder", "ZIP Decompress"),), "ZIP decompression"),
        ((step("v", "Check", "XmlValidator", xsd="/xsd/gone.xsd"),), "is not in the bundle"),
        ((step("v", "Check", "XmlValidator", xsd="/xsd/broken.xsd"),), "no well-formed XML"),
        ((step("v", "Check", "XmlValidator", xsd="/xsd/empty.xsd"),), "declares no element"),
        ((step("m", "Map", "Mapping", "MessageMapping", mappingpath="gone"),), "is not in the bundle"),
    ],
)
def test_what_no_schema_describes_is_said(steps: tuple[str, ...], why: str) -> None:
    """With the step that wants it."""
    files = {f"{XSD_FOLDER}broken.xsd": b"<xs:schema", f"{XSD_FOLDER}empty.xsd": schema("")}
    with pytest.raises(NoExampleError, match=why) as caught:
        wanted(*steps, files=files)
    assert "its step" in str(caught.value)
