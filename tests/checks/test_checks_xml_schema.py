"""XSDs judge XML messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.xml_schema import XmlSchema
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import SuiteFiles
from tests.side_by_side import side_by_side

XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t">{head}
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


@pytest.mark.parametrize("directive", ["include", "redefine", "import"])
@pytest.mark.parametrize(
    ("location", "file"),
    [
        ("common types.xsd", "common types.xsd"),
        ("common%20types.xsd", "common types.xsd"),
        ("gemeinsam_für_alle.xsd", "gemeinsam_für_alle.xsd"),
        ("gemeinsame Typen/common.xsd", "gemeinsame Typen/common.xsd"),
        ("Typen\\common.xsd", "Typen/common.xsd"),
        ("./Typen/../common.xsd", "common.xsd"),
        ("a+b&amp;c (1).xsd", "a+b&c (1).xsd"),
        ("文書/型.xsd", "文書/型.xsd"),
        (" common.xsd ", "common.xsd"),
    ],
)
def test_what_is_imported_is_found_by_any_address(
    tmp_path: Path, directive: str, location: str, file: str
) -> None:
    """As xs:anyURI allows it, in files that are imported as well."""
    folder = tmp_path / "ein Ordner"
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / "Typen").mkdir(exist_ok=True)
    space = ' targetNamespace="urn:t" xmlns:t="urn:t"' if directive == "import" else ""
    (folder / file).write_text(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"{space}><xs:simpleType name="Money">'
        '<xs:restriction base="xs:decimal"><xs:fractionDigits value="2"/></xs:restriction>'
        "</xs:simpleType></xs:schema>",
        encoding="utf-8",
    )
    named = 'namespace="urn:t" ' if directive == "import" else ""
    kind = "t:Money" if directive == "import" else "Money"
    schema = load(folder, f'<xs:{directive} {named}schemaLocation="{location}"/>', kind)
    good = parse_document(b"<Products><Price>1.00</Price></Products>", None)
    bad = parse_document(b"<Products><Price>1.005</Price></Products>", None)
    assert schema.violations(good) == []
    assert "2" in schema.violations(bad)[0]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Not the element that is missing for it, and also where nothing needs it."""
    with pytest.raises(ConfigurationError, match=r"none.xsd, to which products.xsd refers, cannot be read"):
        load(tmp_path, '<xs:import namespace="urn:t" schemaLocation="none.xsd"/>')


def test_a_file_outside_of_the_suite_is_refused(tmp_path: Path) -> None:
    """A schema reads below its own folder."""
    (tmp_path / "outside.xsd").write_text(XSD.format(head="", type="xs:int"), encoding="utf-8")
    (tmp_path / "schemas").mkdir()
    path = tmp_path / "schemas" / "a.xsd"
    path.write_text(XSD.format(head='<xs:include schemaLocation="../outside.xsd"/>', type="xs:int"))
    with pytest.raises(ConfigurationError, match=r"outside.xsd. lies outside of the suite"):
        XmlSchema.load(path, SuiteFiles(tmp_path / "schemas").read)


def test_what_lies_on_the_network_is_named_where_it_is_needed(tmp_path: Path) -> None:
    """It is never fetched."""
    head = '<xs:import namespace="urn:t" schemaLocation="http://127.0.0.1:9/t.xsd"/>'
    with pytest.raises(ConfigurationError, match=r"http://127.0.0.1:9/t.xsd: schemas are never fetched"):
        load(tmp_path, head, "t:Money")
    assert (
        load(tmp_path, head).violations(parse_document(b"<Products><Price>1</Price></Products>", None)) == []
    )


def test_an_xsd_may_use_entities_of_its_own(tmp_path: Path) -> None:
    """As that of XML signatures does; and a violation shows what cannot be seen."""
    path = tmp_path / "a.xsd"
    path.write_text(
        '<!DOCTYPE xs:schema [<!ENTITY v "A B">]><xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        '<xs:element name="A"><xs:simpleType><xs:restriction base="xs:string">'
        '<xs:enumeration value="&v;"/></xs:restriction></xs:simpleType></xs:element></xs:schema>',
        encoding="utf-8",
    )
    schema = XmlSchema.load(path)
    assert schema.violations(parse_document(b"<A>A B</A>", None)) == []
    assert r"'A\u00a0B'" in schema.violations(parse_document("<A>A\u00a0B</A>".encode(), None))[0]


def test_messages_of_many_threads_are_each_judged_by_their_own_violations(tmp_path: Path) -> None:
    """What is wrong with a message stands in the schema for a moment, which all of them share."""
    schema = load(tmp_path)

    def judge(number: int) -> list[list[str]]:
        wrong = [index for index in range(12) if number >> index & 1]
        prices = "\n".join(f"<Price>{f'no-{index}' if index in wrong else 1}</Price>" for index in range(12))
        found = schema.violations(parse_document(f"<Products>\n{prices}</Products>".encode(), None))
        assert len(found) == len(wrong)
        assert all(f"'no-{index}'" in line for index, line in zip(wrong, found, strict=True))
        return [found]

    side_by_side(lambda first: [judge(number) for number in range(first, 3000, 60)], range(60))
