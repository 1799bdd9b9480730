"""JSON to XML and XML to JSON, by SAP's pages "Conversion Rules for …", "Limitations for …" and others.

Text of XML and of JSON is written piece by piece: a tenant writes names without a namespace as they stand,
and with streaming one member twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree
from msgspec import Struct

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.processing import Action, Processing
from pytest_iflow.iflow_engine.settings import Settings
from pytest_iflow.iflow_model.flow import Step

JSON_ERROR = "com.sap.it.rt.converter.json.JsonXmlException"
DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>"
_NAME = re.compile(r"[^\W\d][\w.-]*")
_TEXT = "$"
_ATTRIBUTE = "@"
_DEEPEST = 500


class _Names(Struct, frozen=True):
    """Prefixes of JSON members and namespaces of XML; no namespaces where they are switched off."""

    separator: str
    namespaces: Mapping[str, str]
    """By prefix."""
    used: bool

    def xml(self, member: str) -> str:
        """Return the name of an element or attribute for a member; raises StepError for one that is none."""
        parts = member.split(self.separator) if self.used else [member]
        if not all(_NAME.fullmatch(part) for part in parts):
            raise StepError(f"the member name {member!r} is no name of XML", JSON_ERROR)
        return ":".join(parts) if len(parts) > 1 and parts[0] in self.namespaces else member

    def json(self, tag: str, prefix: str | None, *, streaming: bool) -> str:
        """Return the name of a member for an element or attribute; raises StepError for a namespace."""
        name = etree.QName(tag)
        if not self.used or not name.namespace:
            return name.localname
        known = next((key for key, uri in self.namespaces.items() if uri == name.namespace), prefix)
        if known is None and not streaming:
            raise StepError(f"Invalid JSON namespace: {name.namespace}", "java.lang.IllegalStateException")
        return f"{known}{self.separator}{name.localname}" if known else name.localname


def _names(settings: Settings, *, prefix_first: bool) -> _Names:
    rows = settings.cells("jsonNamespaceMapping")
    pairs = [row[:2] if prefix_first else row[1::-1] for row in rows if len(row) > 1 and all(row[:2])]
    return _Names(
        settings.text("jsonNamespaceSeparator", ":"),
        {prefix: uri for prefix, uri in pairs},  # noqa: C416, rows are lists
        settings.flag("useNamespaces"),
    )


def json_to_xml(step: Step, deployed: DeployedFlow) -> Action:
    """Return what makes XML of a JSON body."""
    settings = deployed.settings(step.properties)
    names = _names(settings, prefix_first=True)
    root = settings.text("additionalRootElementName", "root") if settings.flag("addXMLRootElement") else ""
    namespace = settings.text("additionalRootElementNamespace")

    def convert(_processing: Processing, message: Message) -> None:
        document = _parsed(message.text())
        if isinstance(document, _Members) and document and document[0][0].startswith(_ATTRIBUTE):
            raise StepError(
                "The root member name starts with the attribute indicator @. An attribute cannot be root.",
                JSON_ERROR,
            )
        if root:
            document = _Members([(root, document)])
        message.body = DECLARATION + "".join(_document(document, names, namespace if root else ""))

    return convert


class _Members(list[tuple[str, Any]]):
    """The members of a JSON object in their order; a name may be there twice."""


def _parsed(text: str) -> Any:
    try:
        return json.loads(
            text.lstrip("\ufeff"),
            object_pairs_hook=_Members,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
        )
    except (ValueError, RecursionError) as error:
        raise StepError(f"the body is no JSON: {error}", JSON_ERROR) from error


def _document(document: Any, names: _Names, namespace: str) -> Iterator[str]:
    if not isinstance(document, _Members):
        raise StepError("the JSON text must start with an object", JSON_ERROR)
    if len(document) != 1:
        raise StepError(
            f"the root object must have exactly one member, but has {len(document)}; "
            "choose Add XML Root Element",
            JSON_ERROR if document else "java.lang.IllegalStateException",
        )
    ((name, value),) = document
    if isinstance(value, list) and not isinstance(value, _Members):
        raise StepError(f"the root member {name!r} is an array; XML has one root", JSON_ERROR)
    declared = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in names.namespaces.items())
    yield from _element(
        name, value, names, declared + (f" xmlns={quoteattr(namespace)}" if namespace else ""), 0
    )


def _element(name: str, value: Any, names: _Names, declared: str, depth: int) -> Iterator[str]:
    """Yield the XML of a member; an array is the element several times."""
    if depth > _DEEPEST:
        raise StepError(f"the JSON is nested more than {_DEEPEST} deep", JSON_ERROR)
    if isinstance(value, list) and not isinstance(value, _Members):
        for one in value:
            yield from _element(name, one, names, declared, depth + 1)
        return
    tag = names.xml(name)
    if not isinstance(value, _Members):
        text = escape(_scalar(value))
        yield f"<{tag}{declared}>{text}</{tag}>" if text else f"<{tag}{declared}/>"
        return
    attributes, members = _attributes(value, names)
    inner = "".join(
        escape(_scalar(one)) if member == _TEXT else "".join(_element(member, one, names, "", depth + 1))
        for member, one in members
    )
    yield f"<{tag}{declared}{attributes}>{inner}</{tag}>" if inner else f"<{tag}{declared}{attributes}/>"


def _attributes(value: _Members, names: _Names) -> tuple[str, list[tuple[str, Any]]]:
    """Split members into attributes, which come first, and the others."""
    written: list[str] = []
    for place, (member, one) in enumerate(value):
        if not member.startswith(_ATTRIBUTE):
            if any(name.startswith(_ATTRIBUTE) for name, _ in value[place:]):
                raise StepError(
                    "Trying to write an attribute when there is no open start element", JSON_ERROR
                )
            return "".join(written), value[place:]
        if one is None:
            raise StepError(f"the attribute {member!r} is null, which XML cannot say", JSON_ERROR)
        written.append(f" {names.xml(member[1:])}={quoteattr(_scalar(one))}")
    return "".join(written), []


def _scalar(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return str(value)


def xml_to_json(step: Step, deployed: DeployedFlow) -> Action:
    """Return what makes JSON of an XML body."""
    settings = deployed.settings(step.properties)
    names = _names(settings, prefix_first=False)
    streaming = settings.flag("xmlJsonUseStreaming")
    everything = settings.text("xmlJsonConvertAllElements") == "all"
    paths = {"/" + row[0].strip("/") for row in settings.cells("xmlJsonPathTable") if row}
    drops_root = settings.flag("xmlJsonSuppressRootElement")
    encoding = settings.text("jsonOutputEncoding")

    def is_array(path: str, count: int) -> bool:
        if streaming:
            return everything or path in paths
        return count > 1

    def convert(_processing: Processing, message: Message) -> None:
        root = message.tree()
        name = names.json(str(root.tag), root.prefix, streaming=streaming)
        value = _member_value(root, f"/{name}", names, is_array, streaming=streaming)
        if not drops_root:
            value = f"[{value}]" if streaming and is_array(f"/{name}", 1) else value
            value = "{" + f"{_quoted(name)}:{value}" + "}"
        message.body = value.encode(encoding) if encoding else value

    return convert


def _member_value(
    element: etree._Element,
    path: str,
    names: _Names,
    is_array: Callable[[str, int], bool],
    *,
    streaming: bool,
) -> str:
    """Return the JSON of an element's content: a text, or an object of attributes, children and text."""
    members = []
    for name, one in element.attrib.items():
        prefix = next((key for key, uri in element.nsmap.items() if uri == etree.QName(name).namespace), None)
        member = _ATTRIBUTE + names.json(str(name), prefix, streaming=streaming)
        members.append(f"{_quoted(member)}:{_quoted(str(one))}")
    children = [child for child in element if isinstance(child.tag, str)]
    for name, group in _groups(children, names, streaming=streaming):
        inner = f"{path}/{name}"
        values = [_member_value(child, inner, names, is_array, streaming=streaming) for child in group]
        if is_array(inner, len(values)):
            members.append(f"{_quoted(name)}:[{','.join(values)}]")
        else:
            members += [f"{_quoted(name)}:{value}" for value in values]
    text = "".join([element.text or "", *(child.tail or "" for child in element)])
    if not members:
        return _quoted(text)
    if text.strip():
        members.append(f'"{_TEXT}":{_quoted(text.strip() if children else text)}')
    return "{" + ",".join(members) + "}"


def _groups(
    children: Sequence[etree._Element], names: _Names, *, streaming: bool
) -> list[tuple[str, list[etree._Element]]]:
    """Return children by name: all of a name together, with streaming those that follow each other."""
    named = [(names.json(str(child.tag), child.prefix, streaming=streaming), child) for child in children]
    if streaming:
        return [(name, [child for _, child in run]) for name, run in groupby(named, key=lambda one: one[0])]
    found: dict[str, list[etree._Element]] = {}
    for name, child in named:
        found.setdefault(name, []).append(child)
    return list(found.items())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
