"""XSDs judge XML messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.xml_schema import XmlSchema
from pytest_iflow.errors import CheckError, ConfigurationError

XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{head}
<xs:element name="Products"><xs:complexType><xs:sequence>
<xs:element name="Price" type="{type}" maxOccurs="unbounded"/>
</xs:sequence></xs:complexType></xs:element></xs:schema>"""


def load(folder: Path, head: str = "", kind: str = "xs:decimal") -> XmlSchema:
    """Write an XSD and load it."""
    path = folder / "products.xsd"
    path.write_text(XSD.format(head=head, type=kind), encoding="utf-8")
    return XmlSchema.load(path)


def test_every_violation_is_told_with_its_line(tmp_path: Path) -> None:
    """And none for a message that matches, before or after."""
    schema = load(tmp_path)
    good = parse_document(b"<Products><Price>51.0</Price></Products>", None)
    bad = parse_document(b"<Products>\n<Price>free</Price>\n<Price/>\n<Name/></Products>", None)
    assert schema.violations(good) == []
    lines = [line.partition(": ")[0] for line in schema.violations(bad)]
    assert {"line 2", "line 3", "line 4"} == set(lines)
    assert schema.violations(good) == []


def test_an_included_file_is_found_beside_the_xsd(tmp_path: Path) -> None:
    """By its relative path."""
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "money.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:simpleType name="Money">'
        '<xs:restriction base="xs:decimal"><xs:fractionDigits value="2"/></xs:restriction>'
        "</xs:simpleType></xs:schema>",
        encoding="utf-8",
    )
    schema = load(tmp_path, '<xs:include schemaLocation="types/money.xsd"/>', "Money")
    assert schema.violations(parse_document(b"<Products><Price>1.005</Price></Products>", None))


def test_json_is_not_for_an_xsd(tmp_path: Path) -> None:
    """The error names what serves both."""
    with pytest.raises(CheckError, match=re.escape("The response is JSON, but products.xsd judges XML")):
        load(tmp_path).violations(parse_document(b"{}", None))


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("<xs:schema", "products.xsd is not valid XML", "line 1, column"),
        ("<schema/>", "products.xsd is not a usable XSD", "products.xsd"),
        (XSD.format(head="", type="Money"), "line 3: .*Money", "products.xsd"),
    ],
)
def test_a_file_that_is_no_xsd_is_refused(tmp_path: Path, text: str, what: str, where: str) -> None:
    """With the place and the reason."""
    path = tmp_path / "products.xsd"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=what) as caught:
        XmlSchema.load(path)
    assert where in (caught.value.where or "")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """It may have gone between being found and being read."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        XmlSchema.load(tmp_path / "gone.xsd")


def test_an_include_from_the_network_is_refused(tmp_path: Path) -> None:
    """What lies elsewhere cannot change the verdict."""
    head = '<xs:include schemaLocation="http://127.0.0.1:9/money.xsd"/>'
    with pytest.raises(ConfigurationError, match="never fetched from the network"):
        load(tmp_path, head, "Money")
