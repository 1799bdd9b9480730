"""Bundles and packages of integration flows as SAP's editor exports them, made in code and small."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

NAMESPACES = (
    'xmlns:bpmn2="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:ifl="http:///com.sap.ifl.model/Ifl.xsd" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
IFLW = "src/main/resources/scenarioflows/integrationflow/flow.iflw"

Properties = Mapping[str, str]


def extension(properties: Properties) -> str:
    """Return SAP's properties as the editor writes them."""
    held = "".join(
        f"<ifl:property><key>{escape(key)}</key><value>{escape(value)}</value></ifl:property>"
        for key, value in properties.items()
    )
    return f"<bpmn2:extensionElements>{held}</bpmn2:extensionElements>"


def tag(kind: str, own: str, name: str, inner: str, attributes: str = "") -> str:
    """Return a BPMN element with an id and a name."""
    return f"<bpmn2:{kind} id={quoteattr(own)} name={quoteattr(name)} {attributes}>{inner}</bpmn2:{kind}>"


def variant(name: str, version: str = "1.0.0") -> str:
    """Return a ``cmdVariantUri``."""
    return f"ctype::FlowstepVariant/cname::{name}/version::{version}"


def step(
    own: str,
    name: str,
    activity: str,
    said: str = "",
    element: str = "callActivity",
    more: str = "",
    **properties: str,
) -> str:
    """Return a step; ``said`` is its variant, if not its activity's name, ``more`` what stands in it."""
    held = {**properties, "activityType": activity, "cmdVariantUri": variant(said or activity)}
    return tag(element, own, name, extension(held) + more)


def event(own: str, name: str, element: str = "startEvent", definition: str = "", **properties: str) -> str:
    """Return a start or end event; ``definition`` is what kind it is, such as ``message``."""
    inner = (
        f"<bpmn2:{definition}EventDefinition>{extension(properties)}</bpmn2:{definition}EventDefinition>"
        if definition
        else ""
    )
    return tag(element, own, name, inner)


def route(
    own: str, source: str, target: str, condition: str = "", kind: str = "NonXML", name: str = ""
) -> str:
    """Return an arrow; ``kind`` is the ``expressionType`` of its condition."""
    said = f"<bpmn2:conditionExpression>{escape(condition)}</bpmn2:conditionExpression>" if condition else ""
    held = extension({"expressionType": kind}) if condition else ""
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return tag("sequenceFlow", own, name, held + said, ends)


def router(own: str, name: str, outgoing: Sequence[str], default: str) -> str:
    """Return a router with its routes in order."""
    held = extension(
        {"activityType": "ExclusiveGateway", "cmdVariantUri": variant("ExclusiveGateway", "1.1.2")}
    )
    arrows = "".join(f"<bpmn2:outgoing>{one}</bpmn2:outgoing>" for one in outgoing)
    return tag("exclusiveGateway", own, name, held + arrows, f'default="{default}"')


def process(
    own: str,
    name: str,
    parts: Iterable[str],
    kind: str = "IntegrationProcess",
    version: str = "1.1.3",
    **properties: str,
) -> str:
    """Return a process; ``kind`` is ``LocalIntegrationProcess`` for one that is called."""
    uri = f"ctype::FlowElementVariant/cname::{kind}/version::{version}"
    held = extension({"cmdVariantUri": uri, **properties})
    return tag("process", own, name, held + "".join(parts))


def exception_process(own: str, name: str, parts: Iterable[str]) -> str:
    """Return an exception sub-process."""
    held = extension(
        {
            "activityType": "ErrorEventSubProcessTemplate",
            "cmdVariantUri": variant("ErrorEventSubProcessTemplate"),
        }
    )
    return tag("subProcess", own, name, held + "".join(parts))


def participant(own: str, name: str, kind: str, process: str = "") -> str:
    """Return a sender (``EndpointSender``), a receiver (``EndpointRecevier``) or the pool of a process."""
    held = f' processRef="{process}"' if process else ""
    return f"<bpmn2:participant id={quoteattr(own)} name={quoteattr(name)} ifl:type={quoteattr(kind)}{held}/>"


def adapter(own: str, kind: str, direction: str, source: str, target: str, **properties: str) -> str:
    """Return the connection of a participant and a step."""
    held = {"ComponentType": kind, "direction": direction, **properties}
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return tag("messageFlow", own, kind, extension(held), ends)


def iflw(
    collaboration: Iterable[str], processes: Iterable[str], diagram: str = "", **properties: str
) -> bytes:
    """Return the ``.iflw`` file of a flow; ``properties`` are those of the whole flow."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><bpmn2:definitions {NAMESPACES}>'
        f'<bpmn2:collaboration id="Collaboration_1">{extension(properties)}{"".join(collaboration)}'
        f"</bpmn2:collaboration>{''.join(processes)}{diagram}</bpmn2:definitions>"
    ).encode()


def shape(own: str, x: int, y: int, width: int = 100, height: int = 60) -> str:
    """Return where a part stands in the diagram."""
    return (
        f'<bpmndi:BPMNShape bpmnElement="{own}" id="BPMNShape_{own}">'
        f'<dc:Bounds height="{height}.0" width="{width}.0" x="{x}.0" y="{y}.0"/></bpmndi:BPMNShape>'
    )


def edge(own: str, *points: tuple[int, int]) -> str:
    """Return the line of an arrow or adapter in the diagram."""
    said = "".join(f'<di:waypoint x="{x}.0" y="{y}.0"/>' for x, y in points)
    return f'<bpmndi:BPMNEdge bpmnElement="{own}" id="BPMNEdge_{own}">{said}</bpmndi:BPMNEdge>'


def diagram(*parts: str) -> str:
    """Return the diagram of shapes and edges."""
    return (
        f'<bpmndi:BPMNDiagram id="BPMNDiagram_1"><bpmndi:BPMNPlane id="BPMNPlane_1">{"".join(parts)}'
        "</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    )


def manifest(own: str, name: str = "", version: str = "1.0.0", kind: str = "IntegrationFlow") -> bytes:
    """Return a manifest, its lines folded as Java folds them."""
    lines = [
        "Manifest-Version: 1.0",
        f"Bundle-SymbolicName: {own}; singleton:=true",
        f"Bundle-Name: {name or own}",
        f"Bundle-Version: {version}",
        f"SAP-BundleType: {kind}",
    ]
    folded = ["\r\n ".join(line[at : at + 70] for at in range(0, len(line), 70)) for line in lines]
    return "\r\n".join([*folded, "", ""]).encode()


def parameter_files(values: Mapping[str, str]) -> dict[str, bytes]:
    """Return ``parameters.prop`` and ``parameters.propdef`` of a bundle."""
    lines = [f"{key.replace(' ', chr(92) + ' ')}={value}" for key, value in values.items()]
    said = "".join(
        f"<parameter><key/><name>{escape(key)}</name><type>xsd:string</type><isRequired>false</isRequired>"
        "<constraint/><description/></parameter>"
        for key in values
    )
    return {
        "src/main/resources/parameters.prop": "\n".join(["#a date", *lines, ""]).encode("latin-1"),
        "src/main/resources/parameters.propdef": f"<parameters>{said}</parameters>".encode(),
    }


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return held.getvalue()


def exported_package(name: str, contents: Mapping[str, tuple[str, str, bytes]]) -> bytes:
    """Return an exported package: the type (``IFlow``, ...), name and bytes of each content, by its id."""
    listed = [
        {"id": own, "resourceType": kind, "displayName": shown, "uniqueId": own}
        for own, (kind, shown, _) in contents.items()
    ]
    listed.append({"id": "p", "resourceType": "ContentPackage", "displayName": name, "uniqueId": "p"})
    files = {f"{own}_content": data for own, (_, _, data) in contents.items()}
    files["resources.cnt"] = base64.b64encode(json.dumps({"resources": listed}).encode())
    return zipped(files)


def write(path: Path, data: bytes) -> Path:
    """Write a file, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
