"""An example message for the sender of an exported flow, told by the schemas and steps of its bundle."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from posixpath import basename

from lxml import etree
from msgspec import Struct

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.iflow_engine.mapping.definition import MappingFileError, Schema, read_mapping
from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.files import BundleError
from pytest_iflow.iflow_model.flow import Adapter, Flow, Step
from pytest_iflow.imports.messages.json_examples import JsonExamples
from pytest_iflow.imports.messages.json_values import NoExampleError
from pytest_iflow.imports.messages.xml_examples import XmlExamples
from pytest_iflow.imports.messages.xml_schemas import SchemaSet

_FOLDERS = ("xsd", "wsdl", "json", "edmx")
_MOST_STEPS = 300
_PARAMETER = re.compile(r"\{\{([^{}\r\n]+)\}\}")
_OWN_BODY = re.compile(r"\$\{(?:in\.)?body")
_GIVES_ANOTHER_BODY = frozenset({"request-reply", "poll enrich", "data store get", "data store select"})
_PLAIN_XML = b"<root/>\n"
_PLAIN_JSON = b'{"root": {"id": "1"}}\n'
_WANTS_XML = frozenset(
    {
        "XML to JSON converter",
        "XML to CSV converter",
        "XSLT mapping",
        "filter",
        "XML modifier",
        "iterating splitter",
        "general splitter",
    }
)
_WANTS_OTHER = frozenset(
    {
        "ZIP decompression",
        "GZIP decompression",
        "MIME multipart decoder",
        "PGP decryptor",
        "EDI to XML converter",
        "EDI extractor",
        "EDI splitter",
        "PKCS#7 splitter",
        "ZIP splitter",
        "TAR splitter",
        "operation mapping",
    }
)


class FlowMessage(Struct, frozen=True):
    """A message and the ending of its file; ``body`` is empty where no step reads it.

    ``why`` says in words what it was made of.
    """

    body: bytes
    ending: str
    why: str


def message_of(bundle: Bundle, flow: Flow, adapter: Adapter) -> FlowMessage:
    """Return a message for what begins with a sender: by the first step that says what it reads.

    Raises NoExampleError where that is a message that no schema describes.
    """
    for step in _steps_ahead(flow, adapter.step):
        if (found := _wanted_by(bundle, step)) is not None:
            return found
        if step.kind in _GIVES_ANOTHER_BODY or _makes_body(step):
            break
    return FlowMessage(b"", "", "no step reads the body that is sent")


def first_schema(bundle: Bundle) -> FlowMessage:
    """Return a message of the only schema of a bundle, where it has one; raises NoExampleError."""
    paths = [path for path in bundle.files if path.lower().endswith((".xsd", ".wsdl"))]
    if len(paths) != 1:
        raise NoExampleError("no step names a schema, and the bundle has " + ("several" if paths else "none"))
    return _by_schema(bundle, Schema("xsd", paths[0], ""), "the only schema of the bundle")


def resource_of(bundle: Bundle, path: str) -> bytes | None:
    """Return a file of a bundle by the path that a step or a schema has for it, or by its name."""
    own = path.removeprefix("src/main/resources/").lstrip("/")
    names = (own, *(f"{folder}/{basename(own)}" for folder in _FOLDERS))
    try:
        return next((found for name in names if (found := bundle.resource(name)) is not None), None)
    except BundleError:
        return None


def with_parameters(bundle: Bundle, text: str) -> str:
    """Return a property with the values of externalised parameters that the bundle has."""
    values = bundle.values()
    return _PARAMETER.sub(lambda found: values.get(found[1], found[0]), text)


def _steps_ahead(flow: Flow, first: str) -> Iterator[Step]:
    """Yield the steps behind a start event, those of called processes among them, each once."""
    waiting: list[str] = [first]
    seen: set[str] = set()
    while waiting and len(seen) < _MOST_STEPS:
        name = waiting.pop(0)
        process = next((each for each in flow.processes.values() if name in each.steps), None)
        if process is None or name in seen:
            continue
        seen.add(name)
        step = process.steps[name]
        if name != first:
            yield step
        called = flow.processes.get(step.called_process)
        inner = [each.id for each in called.starts()] if called is not None else []
        waiting = [*inner, *(route.target for route in process.routes_from(name)), *waiting]


def _makes_body(step: Step) -> bool:
    content = step.properties.get("wrapContent") or ""
    return step.kind == "content modifier" and bool(content.strip()) and not _OWN_BODY.search(content)


def _wanted_by(bundle: Bundle, step: Step) -> FlowMessage | None:
    """Return the message that a step wants, None where it does not say."""
    where = f'its step "{step.name}" ({step.kind})'
    if step.kind == "XML validator":
        path = with_parameters(bundle, step.properties.get("xsd") or "")
        return _by_schema(bundle, Schema("xsd", path, ""), f"the schema of {where}")
    if step.kind == "message mapping":
        return _by_mapping(bundle, step, where)
    if step.kind == "CSV to XML converter":
        return _csv(bundle, step, where)
    if step.kind in _WANTS_OTHER:
        raise NoExampleError(f"{where} wants a message that no schema describes")
    script = b""
    if step.kind == "Groovy script":
        script = bundle.script(step.properties.get("script") or "") or b""
    if step.kind == "JSON to XML converter" or b"JsonSlurper" in script:
        return FlowMessage(_PLAIN_JSON, ".json", f"JSON, which {where} reads")
    if step.kind in _WANTS_XML or b"XmlSlurper" in script or b"XmlParser" in script:
        return FlowMessage(_PLAIN_XML, ".xml", f"XML, which {where} reads")
    return None


def _by_mapping(bundle: Bundle, step: Step, where: str) -> FlowMessage:
    path = with_parameters(
        bundle, step.properties.get("mappingpath") or step.properties.get("mappinguri") or ""
    )
    name = basename(path.rpartition("?")[0] or path)
    content = next(
        (
            found
            for each in (path, f"mapping/{name}", f"mapping/{name}.mmap")
            if (found := resource_of(bundle, each)) is not None
        ),
        None,
    )
    if content is None:
        raise NoExampleError(f"the mapping of {where} is not in the bundle")
    try:
        mapping = read_mapping(content, name)
    except MappingFileError as error:
        raise NoExampleError(f"the mapping of {where} is {error}") from None
    if not mapping.sources:
        raise NoExampleError(f"the mapping of {where} names no source")
    return _by_schema(bundle, mapping.sources[0], f"the source structure of {where}")


def _by_schema(bundle: Bundle, schema: Schema, why: str) -> FlowMessage:
    """Return a message of a schema; raises NoExampleError where none can be made."""
    path = schema.path.removeprefix("src/main/resources/").lstrip("/")
    if path.lower().endswith(".json"):
        try:
            document = json.loads(resource_of(bundle, path) or b"")
            value = JsonExamples(document).example()
        except (ValueError, RecursionError):
            raise NoExampleError(f"{path}, {why}, is no JSON") from None
        return FlowMessage(f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode(), ".json", why)
    if path.lower().endswith(".edmx"):
        raise NoExampleError(f"{path}, {why}, describes entities and no message")
    schemas = SchemaSet(lambda name: resource_of(bundle, name))
    try:
        if not schemas.add_file(path):
            raise NoExampleError(f"{path}, {why}, is not in the bundle")
        roots = schemas.roots(path)
        named = schemas.root_called(schema.root, schema.namespace) if schema.root else None
        root = named or next(iter(roots), None)
        if root is None:
            raise NoExampleError(f"{path}, {why}, declares no element")
        element = XmlExamples(schemas.build()).example(root)
    except ConfigurationError as error:
        raise NoExampleError(f"{path}, {why}: {error.what}") from None
    return FlowMessage(etree.tostring(element, encoding="UTF-8", xml_declaration=False) + b"\n", ".xml", why)


def _csv(bundle: Bundle, step: Step, where: str) -> FlowMessage:
    """Return two lines of CSV: the fields that the schema of a converter has at its place, and values."""
    path = with_parameters(bundle, step.properties.get("XML_Schema_File_Path") or "")
    example = _by_schema(bundle, Schema("xsd", path, ""), f"the schema of {where}")
    place = with_parameters(bundle, step.properties.get("XPath_Field_Location") or "")
    names = [name.rpartition(":")[2] for name in place.strip("/").split("/") if name]
    record = etree.fromstring(example.body)
    for name in names[1:]:
        record = next((each for each in record if etree.QName(each).localname == name), record)
    separator = with_parameters(bundle, step.properties.get("Field_Separator_in_CSV") or ",")
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator if len(separator) == 1 else ",", lineterminator="\n")
    marker = with_parameters(bundle, step.properties.get("Record_Identifier_in_CSV") or "")
    marks = [marker] if marker else []
    if (step.properties.get("ignoreFirstLineAsHeader") or "").lower() in {"true", "1"}:
        writer.writerow([*marks, *(etree.QName(each).localname for each in record)])
    writer.writerow([*marks, *(each.text or "" for each in record)])
    return FlowMessage(written.getvalue().encode(), ".csv", example.why)
