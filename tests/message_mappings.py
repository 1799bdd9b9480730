"""Message mappings for tests: the bricks of a ``.mmap`` file, and bundles with a step that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.run_record import FlowRun
from tests.engine_flows import XSD_FOLDER, XSLT_FOLDER, bundle_files, end, row, run, start
from tests.exported_bundles import step

XSD = "http://www.w3.org/2001/XMLSchema"
SOURCE = """<xs:element name="in"><xs:complexType><xs:sequence>
 <xs:element name="group" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
  <xs:element name="name" type="xs:string" minOccurs="0"/>
  <xs:element name="item" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
   <xs:element name="text" type="xs:string" minOccurs="0"/></xs:sequence>
   <xs:attribute name="id"/></xs:complexType></xs:element>
 </xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>"""
TARGET = """<xs:element name="out"><xs:complexType><xs:sequence>
 <xs:element name="value" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
 <xs:element name="one" type="xs:string" minOccurs="0"/>
 <xs:element name="row" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
  <xs:element name="key" type="xs:string"/>
  <xs:element name="cell" type="xs:string" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
  <xs:attribute name="id"/><xs:attribute name="kind"/></xs:complexType></xs:element>
 <xs:element name="frame"><xs:complexType><xs:sequence>
  <xs:element name="note" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>
</xs:sequence></xs:complexType></xs:element>"""


def src(path: str, context: str = "", **more: str) -> str:
    """Return a brick of a source field."""
    settings = {"path": path, **({"context": context} if context else {}), **more}
    written = "".join(f" {name}={quoteattr(value)}" for name, value in settings.items())
    return f'<brick gid="0" type="Src"{written}/>'


def func(name: str, *arguments: str, library: str = "dflt", **settings: str) -> str:
    """Return a brick of a function; a setting that begins with ``<`` is XML."""
    held = "".join(f'<arg pin="{place}">{one}</arg>' for place, one in enumerate(arguments))
    bound = "".join(
        f'<param name="{key}"><value>{value if value.startswith("<") else escape(value)}</value></param>'
        for key, value in settings.items()
    )
    return f'<brick fname="{name}" fns="{library}" type="Func">{held}<bindings>{bound}</bindings></brick>'


def const(value: str) -> str:
    """Return the brick of a constant."""
    return func("const", value=value)


def mmap(fields: Mapping[str, str], prefixes: Mapping[str, str] | None = None, **schemas: str) -> bytes:
    """Return a ``.mmap`` file: for each target field the brick of its value.

    ``schemas`` are the ``kind``, ``source`` and ``target`` of its structures, and ``libraries`` as XML.
    """
    bricks = "".join(
        f'<brick gid="0" path="{path}" type="Dst"><arg>{value}</arg><group/></brick>'
        for path, value in fields.items()
    )
    spaces = "".join(
        f'<property name="{space}">{name}</property>' for name, space in (prefixes or {}).items()
    )
    links = "".join(
        f'<lnkRole role="{role}_IFR_MESS"><lnk><key typeID="{schemas.get("kind", "xsd")}">'
        f"<elem>{file}</elem><elem>src/main/resources/xsd</elem><elem/></key></lnk></lnkRole>"
        for role, file in (
            ("SOURCE", schemas.get("source", "in.xsd")),
            ("TARGET", schemas.get("target", "out.xsd")),
        )
    )
    return (
        f'<xiObj xmlns="urn:sap-com:xi">{links}<libstorage>{schemas.get("libraries", "")}</libstorage>'
        f"<transformation>{bricks}<namespaces><properties>{spaces}</properties></namespaces>"
        "</transformation></xiObj>"
    ).encode()


def schema(content: str, **attributes: str) -> bytes:
    """Return an XSD."""
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<xs:schema xmlns:xs="{XSD}"{written}>{content}</xs:schema>'.encode()


def mapping_step(**properties: str) -> str:
    """Return the step that runs the mapping ``Map``."""
    settings = {"mappingname": "Map", "mappingpath": "src/main/resources/mapping/Map", **properties}
    return step("map", "Map it", "Mapping", "MessageMapping", **settings)


def mapping_files(content: bytes, **more: bytes) -> dict[str, bytes]:
    """Return the files of a mapping with its schemas; ``more`` are further files below ``xsd``."""
    named = {name.replace("_", "."): data for name, data in more.items()}
    files = {"in.xsd": schema(SOURCE), "out.xsd": schema(TARGET), **named}
    return {
        f"{XSLT_FOLDER}Map.mmap": content,
        **{f"{XSD_FOLDER}{name}": data for name, data in files.items()},
    }


def run_mapping(
    content: bytes, message: Message | str, engine: Engine | None = None, **more: bytes
) -> FlowRun:
    """Run a message through a flow whose one step is the mapping."""
    files = bundle_files(row([start(), mapping_step(), end()])) | mapping_files(content, **more)
    return run(files, message, engine=engine)


def mapped(fields: Mapping[str, str], message: Message | str) -> str:
    """Return the body after a mapping without its XML declaration, else the words of its error."""
    done = run_mapping(mmap(fields), message)
    if done.error:
        return done.error.message
    return done.message.binary().decode().partition("?>\n")[2]
