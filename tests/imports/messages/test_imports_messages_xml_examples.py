"""Example messages out of XSDs, judged by libxml2."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from lxml import etree

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.messages.json_values import NoExampleError
from pytest_iflow.imports.messages.xml_examples import XmlExamples
from pytest_iflow.imports.messages.xml_schemas import SchemaSet


def schema(content: str, attributes: str = "") -> bytes:
    """Return an XSD in the namespace urn:t with the prefix t."""
    head = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" {attributes}>'
    return f"{head}{content}</xs:schema>".encode()


IN_T = 'targetNamespace="urn:t" elementFormDefault="qualified"'


def element(content: str, name: str = "order") -> str:
    """Return a global element with a sequence."""
    inner = f"<xs:complexType><xs:sequence>{content}</xs:sequence></xs:complexType>"
    return f'<xs:element name="{name}">{inner}</xs:element>'


def typed(name: str, base: str, *facets: str) -> str:
    """Return an element of a restricted simple type."""
    held = "".join(f"<xs:{facet}/>" for facet in facets)
    return (
        f'<xs:element name="{name}"><xs:simpleType><xs:restriction base="xs:{base}">{held}</xs:restriction>'
        "</xs:simpleType></xs:element>"
    )


SIMPLE = [
    *(
        f'<xs:element name="{kind}" type="xs:{kind}"/>'
        for kind in (
            *(
                "string",
                "token",
                "normalizedString",
                "boolean",
                "decimal",
                "integer",
                "positiveInteger",
                "long",
            ),
            *(
                "negativeInteger",
                "unsignedByte",
                "byte",
                "float",
                "double",
                "date",
                "dateTime",
                "time",
                "gYear",
            ),
            *("gYearMonth", "gMonth", "gMonthDay", "gDay", "duration", "hexBinary", "base64Binary", "anyURI"),
            *("QName", "language", "NMTOKEN", "NMTOKENS", "Name", "NCName", "ID", "IDREF", "anySimpleType"),
        )
    ),
    typed("codes", "string", 'enumeration value="EUR"', 'enumeration value="USD"'),
    typed("short", "string", 'maxLength value="2"'),
    typed("long1", "string", 'minLength value="12"'),
    typed("exact", "string", 'length value="3"', r'pattern value="[A-Z]+"'),
    typed("material", "string", r'pattern value="[A-Z]{2}-\d{4}"'),
    typed(
        "amount", "decimal", 'totalDigits value="5"', 'fractionDigits value="2"', 'minExclusive value="10"'
    ),
    typed("share", "decimal", 'minExclusive value="0"', 'maxExclusive value="1"', 'fractionDigits value="2"'),
    typed("early", "date", 'maxInclusive value="1999-12-31"'),
    typed("day", "dateTime", r'pattern value="[0-9-]+T[0-9:]+"'),
    typed("bytes", "hexBinary", 'length value="5"'),
    typed("packed", "base64Binary", 'length value="5"'),
]
FILES: dict[str, Mapping[str, bytes]] = {
    "simple types": {"main.xsd": schema(element("".join(SIMPLE)))},
    "qualified, with attributes": {
        "main.xsd": schema(
            element(
                '<xs:element name="item"><xs:complexType><xs:simpleContent><xs:extension base="xs:int">'
                '<xs:attribute name="unit" use="required" fixed="kg"/><xs:attribute name="note"/>'
                '<xs:attribute name="id" type="xs:ID" use="required"/>'
                "</xs:extension></xs:simpleContent></xs:complexType></xs:element>"
            ),
            IN_T,
        )
    },
    "lists, unions, choices, groups, all": {
        "main.xsd": schema(
            '<xs:group name="g"><xs:choice><xs:element name="a"/><xs:element name="b"/></xs:choice>'
            "</xs:group>"
            '<xs:simpleType name="u"><xs:union memberTypes="xs:int xs:date"/></xs:simpleType>'
            '<xs:simpleType name="l"><xs:list itemType="t:u"/></xs:simpleType>'
            '<xs:complexType name="all"><xs:all><xs:element name="x"/>'
            '<xs:element name="y" minOccurs="0"/></xs:all>'
            "</xs:complexType>"
            + element(
                '<xs:group ref="t:g" minOccurs="2" maxOccurs="3"/><xs:element name="u" type="t:u"/>'
                '<xs:element name="l" type="t:l"/><xs:element name="all" type="t:all"/>'
                '<xs:element name="three" minOccurs="3" maxOccurs="unbounded"/>'
                '<xs:element name="none" minOccurs="0" maxOccurs="0"/>'
                '<xs:any namespace="##other" processContents="lax"/>'
            ),
            IN_T,
        )
    },
    "derived, abstract, substituted": {
        "main.xsd": schema(
            '<xs:complexType name="base" abstract="true"><xs:sequence><xs:element name="a"/></xs:sequence>'
            "</xs:complexType>"
            '<xs:complexType name="own"><xs:complexContent><xs:extension base="t:base"><xs:sequence>'
            '<xs:element name="b"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>'
            '<xs:element name="head" abstract="true" type="t:own"/>'
            '<xs:element name="member" substitutionGroup="t:head" type="t:own"/>'
            + element('<xs:element name="typed" type="t:base"/><xs:element ref="t:head"/>'),
            IN_T,
        )
    },
    "a circle that may end": {
        "main.xsd": schema(
            '<xs:complexType name="n"><xs:sequence><xs:element name="v"/>'
            '<xs:element name="n" type="t:n" minOccurs="0"/>'
            '<xs:choice><xs:element name="again" type="t:n"/><xs:element name="end"/></xs:choice>'
            '</xs:sequence></xs:complexType><xs:element name="order" type="t:n"/>',
            IN_T,
        )
    },
    "imports and includes": {
        "main.xsd": schema(
            '<xs:import namespace="urn:o" schemaLocation="sub/other.xsd"/>'
            '<xs:include schemaLocation="without.xsd"/>'
            + element('<xs:element ref="o:other"/><xs:element name="c" type="t:chameleon"/>'),
            f'{IN_T} xmlns:o="urn:o"',
        ),
        "sub/other.xsd": schema(
            '<xs:include schemaLocation="../sub/more.xsd"/><xs:element name="other" type="o:more"/>',
            'targetNamespace="urn:o" xmlns:o="urn:o"',
        ),
        "sub/more.xsd": schema(
            '<xs:complexType name="more"><xs:sequence><xs:element name="m"/></xs:sequence></xs:complexType>',
            'targetNamespace="urn:o"',
        ),
        "without.xsd": schema(
            '<xs:complexType name="chameleon"><xs:sequence><xs:element name="leaf" type="kind"/>'
            '</xs:sequence></xs:complexType><xs:simpleType name="kind"><xs:restriction base="xs:int"/>'
            "</xs:simpleType>",
            'elementFormDefault="qualified"',
        ),
    },
}


def made(files: Mapping[str, bytes], root: str = "") -> etree._Element:
    """Return a message of the schemas, which begin with main.xsd."""
    schemas = SchemaSet(files.get)
    assert schemas.add_file("main.xsd")
    return XmlExamples(schemas.build()).example(root or schemas.roots("main.xsd")[0])


@pytest.mark.parametrize("files", FILES.values(), ids=FILES)
def test_a_message_fits_its_schema(
    files: Mapping[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """By libxml2, which reads the files by itself; and the same message each time."""
    folder = tmp_path_factory.mktemp("xsd")
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    message = made(files)
    written = etree.tostring(message)
    judge = etree.XMLSchema(etree.parse(folder / "main.xsd"))
    assert judge.validate(etree.fromstring(written)), (written, judge.error_log)
    assert etree.tostring(made(files)) == written


def test_the_root_is_an_element_that_no_other_one_holds() -> None:
    """Of several global elements of a file."""
    files = {"main.xsd": schema('<xs:element name="item"/>' + element('<xs:element ref="t:item"/>'), IN_T)}
    assert etree.QName(made(files)).localname == "order"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('<xs:element name="order" type="t:n"/><xs:complexType name="n"><xs:sequence>'
         '<xs:element name="n" type="t:n"/></xs:sequence></xs:complexType>', "contains itself without end"),
        (element('<xs:element name="a" minOccurs="999999999"/>'), "more than 100 times"),
        (element(typed("a", "string", 'minLength value="999999999"')), "more than 10000 characters"),
        (element(typed("a", "string", r'pattern value="\p{Sc}{4}"')), "is not understood"),
        (element(typed("a", "int", 'minInclusive value="5"', 'maxInclusive value="4"')), "no text was found"),
        (element('<xs:any processContents="strict"/>'), "any element of another schema"),
        ('<xs:element name="order" abstract="true"/>', "abstract"),
        (element('<xs:element name="no name"/>'), "no name of an element"),
    ],
    ids=lambda each: str(each)[:30],
)  # fmt: skip
def test_a_schema_of_which_no_message_is_made_says_why(content: str, why: str) -> None:
    """In words, whatever the schema is; and soon."""
    began = time.process_time()
    with pytest.raises((NoExampleError, ConfigurationError), match=why):
        made({"main.xsd": schema(content, IN_T)})
    assert time.process_time() - began < 5


def test_a_bomb_of_groups_ends_soon() -> None:
    """Each of thirty groups leads to the next one twice."""
    groups = "".join(
        f'<xs:group name="g{n}"><xs:sequence><xs:group ref="t:g{n + 1}"/><xs:group ref="t:g{n + 1}"/>'
        "</xs:sequence></xs:group>"
        for n in range(30)
    )
    last = '<xs:group name="g30"><xs:sequence><xs:element name="a"/></xs:sequence></xs:group>'
    began = time.process_time()
    with pytest.raises((NoExampleError, ConfigurationError)):
        made({"main.xsd": schema(groups + last + element('<xs:group ref="t:g0"/>'), IN_T)})
    assert time.process_time() - began < 30


def test_a_wide_schema_is_read_soon() -> None:
    """Three thousand elements side by side; nobody compares every two of them."""
    wide = "".join(f'<xs:element name="e{n}" minOccurs="0"/>' for n in range(3_000))
    began = time.process_time()
    assert len(made({"main.xsd": schema(element(wide), IN_T)})) == 0
    assert time.process_time() - began < 10


def test_nothing_is_read_that_is_not_given() -> None:
    """Neither of the network nor of the disk; what is missing is named."""
    content = (
        '<xs:import namespace="urn:a" schemaLocation="https://example.com/a.xsd"/>'
        '<xs:import namespace="urn:b" schemaLocation="../../etc/b.xsd"/>' + element('<xs:element name="x"/>')
    )
    asked: list[str] = []

    def find(name: str) -> bytes | None:
        asked.append(name)
        return schema(content) if name == "main.xsd" else None

    schemas = SchemaSet(find)
    schemas.add_file("main.xsd")
    assert etree.QName(XmlExamples(schemas.build()).example("order")).localname == "order"
    assert schemas.missing == ["https://example.com/a.xsd", "../../etc/b.xsd"]
    assert asked == ["main.xsd", "a.xsd", "b.xsd"]
