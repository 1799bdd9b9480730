"""Externalised parameters: values, definitions, where they are used, and what becomes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.iflw import read_flow
from pytest_iflow.iflow_model.package import read_package
from pytest_iflow.iflow_model.parameters import (
    Parameter,
    ParameterUse,
    read_parameters,
    read_properties,
    resolve,
    resolve_flow,
    uses,
)
from pytest_iflow.iflow_model.xml_reading import plain_text, rows
from tests import exported_bundles as made
from tests.exported_orders import as_zip

PROPERTIES = rb"""#Fri Sep 15 10:50:55 UTC 2023
! also a comment
url=https\://shop.example/a\=b
To\ email\ address : x
empty=
alone
long=one, \
     two\\
tab\tkey value = 1
uml\u00e4ut=\u20ac \q
"""


def test_values_are_read_as_java_writes_them() -> None:
    """Escapes, blanks in keys, lines that go on, keys without a value."""
    assert read_properties(PROPERTIES.replace(b"\n", b"\r\n")) == {
        "url": "https://shop.example/a=b",
        "To email address": "x",
        "empty": "",
        "alone": "",
        "long": "one, two\\",
        "tab\tkey": "value = 1",
        "umläut": "€ q",
    }


def test_definitions_and_values_come_together() -> None:
    """What is defined, what has a value, and what has only one of them."""
    definitions = (
        b"<parameters><parameter><key/><name>url</name><type>xsd:string</type><isRequired>true</isRequired>"
        b"<description>Where to</description></parameter>"
        b"<parameter><name>none</name></parameter></parameters>"
    )
    found = read_parameters(b"url=x\nextra=1", definitions, "here")
    assert found["url"] == Parameter("url", "x", "xsd:string", True, "Where to", defined=True)
    assert found["none"] == Parameter("none", None, defined=True)
    assert found["extra"] == Parameter("extra", "1")
    with pytest.raises(BundleError, match="no well-formed XML"):
        read_parameters(b"", b"<parameters>", "here")


def test_parameters_are_resolved_where_they_stand(tmp_path: Path) -> None:
    """In properties, rows of tables, addresses, loops; what has no value stays and is seen."""
    (bundle,) = read_package(as_zip(tmp_path)).bundles
    assert bundle.flow is not None
    used = uses(bundle.flow)
    assert used == {
        "a & b": [ParameterUse("Set_1", "Set headers", "headerTable")],
        "url": [ParameterUse("MessageFlow_2", "HTTP", "httpAddressWithoutQuery")],
        "most": [ParameterUse("Local_1", "Again", "loopMaximum")],
    }
    flow = resolve_flow(bundle.flow, bundle.values({"most": "9"}))
    main = flow.processes["Process_1"]
    assert rows(main.steps["Set_1"].properties["headerTable"]) == [{"Name": "k", "Value": "1 < 2"}]
    assert flow.adapters[1].address == "https://shop.example/x"
    loop = main.steps["Local_1"].loop
    assert loop is not None
    assert (loop.condition, loop.language, loop.maximum) == ("${property.more} = 'true'", "simple", "9")
    escaped = resolve(
        "<row><cell>{{a}}</cell><cell>{{b}}</cell></row>", {"a": "&lt;x&gt; &apos;", "b": "y & &lt;"}
    )
    assert rows(escaped) == [{"<x> '": "y & &lt;"}]
    assert resolve("{{a}}{{b}} {{{c}}", {"a": "{{b}}", "{c": "2"}) == "{{b}}{{b}} 2"


def test_conditions_take_values_as_they_are_escaped() -> None:
    """As in tables; other properties take them as they stand."""
    routes = [made.route("R", "A", "B", "{{a}}"), made.step("A", "{{b}}", "Filter", wrapContent="{{a}}")]
    flow = read_flow(made.iflw([], [made.process("P", "", routes)]), "here")
    process = resolve_flow(flow, {"a": "x = &apos;1&apos; &#38; y", "b": "<b>"}).processes["P"]
    assert process.routes[0].condition == "x = '1' & y"
    assert process.steps["A"].properties["wrapContent"] == "x = &apos;1&apos; &#38; y"
    for text in ("a & b", "<x/>&amp;", "&unknown;"):
        assert plain_text(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("no table", None),
        ("<row><cell", None),
        ("<row><cell id='Name'>a</cell><cell id='V'>&lt;x/&gt;</cell></row>", [{"Name": "a", "V": "<x/>"}]),
        ("<row><cell>a</cell><cell>1</cell></row><row><cell>b</cell></row>", [{"a": "1", "b": ""}]),
    ],
)
def test_tables_in_properties_are_read(text: str, expected: list[dict[str, str]] | None) -> None:
    """Headers of a content modifier by the id of a cell, a timer by name and value."""
    assert rows(text) == expected
