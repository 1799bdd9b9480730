"""XML from a caller, and the converter steps between JSON and XML, with their default settings."""

from __future__ import annotations

import json
from typing import Any

from lxml import etree

from pytest_iflow.emulator.flows.message import FlowFailureError

# The converter adds a root element of this name by default.
ROOT = "root"
EMPTY_INPUT = "End of input at line 1 column 1 path $."
INVALID = "org.apache.camel.CamelException: Invalid JSON input structure."


class NotXmlError(Exception):
    """A body that is no well-formed XML; the text says why."""


def parse_xml(body: bytes) -> etree._Element:
    """Return the root element; raises NotXmlError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise NotXmlError(str(error)) from error


def json_to_xml(body: bytes) -> etree._Element:
    """Convert a JSON object to XML: members become elements, array entries repeat the element.

    Raises FlowFailureError for an empty body (recorded, wire-facts 4.3) and for one that is no JSON
    object (wire-facts 1.3; the text for anything but a wrong first character is assumed).
    """
    text = body.decode("utf-8", "replace").strip()
    if not text:
        raise FlowFailureError(EMPTY_INPUT)
    if not text.startswith("{"):
        raise FlowFailureError(f"{INVALID} A JSONObject text must begin with '{{' at 1 [character 2 line 1]")
    root = etree.Element(ROOT)
    try:
        # Numbers stay the text that they were: 1.50 is not to become 1.5.
        _append(root, json.loads(text, parse_float=str, parse_int=str, parse_constant=str))
    except json.JSONDecodeError as error:
        place = f"at {error.pos} [character {error.colno} line {error.lineno}]"
        raise FlowFailureError(f"{INVALID} Expected a ',' or '}}' {place}") from error
    except (ValueError, RecursionError) as error:
        # A member name or a character that XML cannot hold, or a nesting without end.
        raise FlowFailureError(INVALID) from error
    return root


def _append(parent: etree._Element, members: dict[str, Any]) -> None:
    for name, value in members.items():
        for entry in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, name)
            if isinstance(entry, dict):
                _append(child, entry)
            elif isinstance(entry, list):
                _append(child, {name: entry})
            elif entry is not None:
                child.text = json.dumps(entry) if isinstance(entry, bool) else entry


def xml_to_json(root: etree._Element) -> bytes:
    """Convert XML to JSON: the root is kept, repeated elements become arrays, all leaf values strings."""
    return json.dumps({str(root.tag): _value(root)}, ensure_ascii=False, separators=(",", ":")).encode()


def _value(element: etree._Element) -> str | dict[str, Any]:
    if not len(element):
        return element.text or ""
    members: dict[str, Any] = {}
    for child in element:
        members.setdefault(str(child.tag), []).append(_value(child))
    return {name: values[0] if len(values) == 1 else values for name, values in members.items()}
