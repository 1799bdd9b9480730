"""CSV to XML and XML to CSV, by SAP's pages "Configure CSV to XML Converter" and "… XML to CSV Converter"."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from lxml import etree

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions import xpath
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import LARGEST_BODY, Message, parsed_xml
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_model.flow import Step

XSD = "{http://www.w3.org/2001/XMLSchema}"
CSV_ERROR = "com.sap.it.rt.converter.csv.CsvXmlException"
_SEPARATORS = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";", "pipe": "|"}


def csv_to_xml(step: Step, deployed: DeployedFlow) -> Action:
    """Return what makes XML of a CSV body: one element of the schema for each record."""
    settings = deployed.settings(step.properties)
    separator = _separator(settings.text("Field_Separator_in_CSV", ","))
    has_header = settings.flag("ignoreFirstLineAsHeader")
    by_xsd = settings.text("headerMapping", "mapHeadersToXSD") == "mapHeadersToXSD"

    def convert(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        schema = schema_file(deployed, evaluated_text(settings.text("XML_Schema_File_Path"), scope))
        path = evaluated_text(settings.text("XPath_Field_Location"), scope).strip("/").split("/")
        marker = evaluated_text(settings.text("Record_Identifier_in_CSV"), scope)
        fields, namespace = _fields(parsed_xml(schema), path)
        csv.field_size_limit(LARGEST_BODY)
        records = [row for row in csv.reader(io.StringIO(message.text()), delimiter=separator) if row]
        if marker:
            records = [row[1:] for row in records if row[0].strip() == marker]
        columns = fields
        if has_header and records:
            columns = _columns(records.pop(0), fields)
        message.body = _document(records, columns, fields if by_xsd else columns, path, namespace)

    return convert


def _columns(header: Sequence[str], fields: Sequence[str]) -> list[str]:
    columns = [name.strip() for name in header]
    if unknown := [name for name in columns if name not in fields]:
        raise StepError(
            f"the CSV has columns that the schema does not have: {', '.join(unknown)}; "
            f"it has {', '.join(fields)}",
            CSV_ERROR,
        )
    return columns


def _document(
    records: Sequence[Sequence[str]],
    columns: Sequence[str],
    order: Sequence[str],
    path: list[str],
    namespace: str,
) -> str:
    names = [step.rpartition(":")[2] for step in path]
    written = []
    for record in records:
        if len(record) > len(columns):
            raise StepError(f"a record has {len(record)} fields, the schema has {len(columns)}", CSV_ERROR)
        values = dict(zip(columns, record, strict=False))
        held = "".join(f"<{name}>{escape(values[name])}</{name}>" for name in order if name in values)
        written.append(f"<{names[-1]}>{held}</{names[-1]}>")
    declared = f' xmlns="{escape(namespace)}"' if namespace else ""
    opened = "".join(f"<{name}{'' if place else declared}>" for place, name in enumerate(names[:-1]))
    closed = "".join(f"</{name}>" for name in reversed(names[:-1]))
    return f'<?xml version="1.0" encoding="UTF-8"?>{opened}{"".join(written)}{closed}'


def _fields(schema: etree._Element, path: list[str]) -> tuple[list[str], str]:
    """Return the names of an element's children by its path in a schema, and their namespace."""
    where: etree._Element | None = schema
    for name in path:
        where = _child(schema, where, name.rpartition(":")[2])
        if where is None:
            raise StepError(f"the schema has no element /{'/'.join(path)}", CSV_ERROR)
    fields = [
        (one.get("name") or one.get("ref") or "").rpartition(":")[2] for one in _children(schema, where)
    ]
    qualified = schema.get("elementFormDefault") == "qualified"
    return fields, schema.get("targetNamespace", "") if qualified else ""


def _child(schema: etree._Element, where: etree._Element | None, name: str) -> etree._Element | None:
    inner = schema.iterfind(f"{XSD}element") if where is schema else _children(schema, where)
    for one in inner:
        if name in {one.get("name"), (one.get("ref") or "").rpartition(":")[2]}:
            reference = (one.get("ref") or "").rpartition(":")[2]
            return schema.find(f"{XSD}element[@name='{reference}']") if reference else one
    return None


def _children(schema: etree._Element, element: etree._Element | None) -> list[etree._Element]:
    """Return the elements within an element of a schema, by its own type or the type that it names."""
    if element is None:
        return []
    named = (element.get("type") or "").rpartition(":")[2]
    own = schema.find(f"{XSD}complexType[@name='{named}']") if named else element.find(f"{XSD}complexType")
    if own is None:
        return []
    return list(_outermost(own))


def _outermost(group: etree._Element) -> Iterator[etree._Element]:
    for child in group:
        if child.tag == f"{XSD}element":
            yield child
        else:
            yield from _outermost(child)


def schema_file(deployed: DeployedFlow, path: str) -> bytes:
    """Return a schema of the bundle; raises StepError or NotSupportedError where it is not there."""
    if path.startswith("pd:"):
        raise NotSupportedError(
            f"not supported by the local tenant: a schema of the partner directory ({path})"
        )
    found = deployed.bundle.resource(path) or deployed.bundle.resource(f"xsd/{path.rpartition('/')[2]}")
    if found is None:
        raise StepError(f"the bundle has no schema {path!r}")
    return found


def xml_to_csv(step: Step, deployed: DeployedFlow) -> Action:
    """Return what makes CSV of an XML body: a line for each element that the path finds.

    That a field with the separator in it is quoted, and that each line ends with a line feed, is assumed.
    """
    settings = deployed.settings(step.properties)
    separator = _separator(settings.text("Field_Separator_in_CSV", ","))
    header = settings.text("CSV_Header")
    if header not in {"", "none", "xml", "xmlBased", "XML based"}:
        raise NotSupportedError(f"not supported by the local tenant: {step.name}, CSV header {header}")
    with_header = settings.flag("Include_Header") or header.lower().startswith("xml")
    with_attributes = settings.flag("Include_Attribute")
    if settings.flag("Include_Master"):
        raise NotSupportedError(f"not supported by the local tenant: {step.name}, include parent element")

    def convert(processing: Processing, message: Message) -> None:
        scope = processing.scope(message, step)
        found = xpath.found_by(settings.text("XPath_Field_Location"), scope)
        elements = [one for one in found if etree.iselement(one)] if isinstance(found, list) else []
        records = [_record(one, with_attributes=with_attributes) for one in elements]
        names = list(dict.fromkeys(name for record in records for name in record))
        written = io.StringIO()
        writer = csv.writer(written, delimiter=separator, lineterminator="\n")
        if with_header and records:
            writer.writerow(names)
        writer.writerows([record.get(name, "") for name in names] for record in records)
        message.body = written.getvalue()

    return convert


def _record(element: etree._Element, *, with_attributes: bool) -> dict[str, str]:
    record = {}
    if with_attributes:
        record.update({etree.QName(name).localname: str(value) for name, value in element.attrib.items()})
    for child in element.iterchildren("*"):
        record[etree.QName(child).localname] = xpath.text_of_node(child)
    return record


def _separator(text: str) -> str:
    separator = _SEPARATORS.get(text.strip().lower(), text)
    if len(separator) != 1:
        raise NotSupportedError(f"not supported by the local tenant: the field separator {text!r}")
    return separator
