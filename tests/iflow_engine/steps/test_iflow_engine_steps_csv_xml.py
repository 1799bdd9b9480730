"""CSV to XML and back."""

from __future__ import annotations

from tests.engine_flows import XSD_FOLDER, run_steps
from tests.exported_bundles import step

SCHEMA = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="Orders"><xs:complexType>
<xs:sequence><xs:element name="Order" maxOccurs="unbounded"><xs:complexType><xs:sequence>
<xs:element name="Id" type="xs:string"/><xs:element name="Text" type="xs:string"/></xs:sequence>
</xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>"""


def to_xml(body: str, **properties: str) -> str:
    """Return the XML of a CSV body, or the error."""
    held = {"XML_Schema_File_Path": "/xsd/orders.xsd", "XPath_Field_Location": "/Orders/Order", **properties}
    converter = step("c", "c", "CsvToXmlConverter", **held)
    done = run_steps(converter, message=body, files={f"{XSD_FOLDER}orders.xsd": SCHEMA})
    return done.error.message if done.error else str(done.message.body).partition("?>")[2]


def test_columns_are_the_elements_of_the_schema() -> None:
    """In their order, or by the names of the first line."""
    two = "<Orders><Order><Id>1</Id><Text>a,b &amp;</Text></Order><Order><Id>2</Id></Order></Orders>"
    assert to_xml('1,"a,b &"\r\n2\n') == two
    by_name = to_xml("Text;Id\nx;7\n", Field_Separator_in_CSV=";", ignoreFirstLineAsHeader="true")
    assert by_name == "<Orders><Order><Id>7</Id><Text>x</Text></Order></Orders>"
    marked = to_xml("H,x\nD,1,a\n", Record_Identifier_in_CSV="D")
    assert marked == "<Orders><Order><Id>1</Id><Text>a</Text></Order></Orders>"


def test_what_does_not_fit_the_schema_is_an_error() -> None:
    """Too many fields, unknown columns, a path or a schema that is not there."""
    assert "3 fields, the schema has 2" in to_xml("1,2,3")
    assert "columns that the schema does not have: Nope" in to_xml("Nope\n1", ignoreFirstLineAsHeader="true")
    assert "no element /Orders/X" in to_xml("1", XPath_Field_Location="Orders/X")
    assert "no schema '/xsd/other.xsd'" in to_xml("1", XML_Schema_File_Path="/xsd/other.xsd")


def test_xml_becomes_lines() -> None:
    """One for each element of the path; attributes and names where they are wanted."""
    xml = '<o><r n="1"><a>x</a><b>y,z</b></r><r n="2"><a>u</a></r></o>'
    plain = step("c", "c", "XmlToCsvConverter", XPath_Field_Location="/o/r", Field_Separator_in_CSV=",")
    assert run_steps(plain, message=xml).message.body == 'x,"y,z"\nu,\n'
    full = step(
        "c", "c", "XmlToCsvConverter", XPath_Field_Location="/o/r", Field_Separator_in_CSV=";",
        Include_Header="true", Include_Attribute="true",
    )  # fmt: skip
    assert run_steps(full, message=xml).message.body == "n;a;b\n1;x;y,z\n2;u;\n"
