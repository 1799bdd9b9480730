"""Bodies of OData V2: XML of a message as Atom or JSON, and an answer as XML, by the types of an EDMX.

The XML is ``<EntitySet><EntityType><Property>…``; what the EDMX does not say is taken from the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree
from msgspec import Struct, field

from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import BodyError, parsed_xml
from pytest_iflow.iflow_engine.receivers.receivers import Answer

ODATA_ERROR = "com.sap.gateway.core.ip.component.odata.exception.OsciException"
_ATOM = "{http://www.w3.org/2005/Atom}"
_METADATA = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_NUMBERS = frozenset({"Edm.Int16", "Edm.Int32", "Edm.Byte", "Edm.SByte"})


class ODataFunction(Struct):
    """A function import: the HTTP method that calls it, and the set of what it answers with, if any."""

    method: str
    entity_set: str


class ODataModel(Struct):
    """What an EDMX says: entity types by their sets, types of properties by entity type, functions."""

    types: dict[str, str] = field(default_factory=dict)
    properties: dict[str, dict[str, str]] = field(default_factory=dict)
    functions: dict[str, ODataFunction] = field(default_factory=dict)


def read_model(content: bytes | None) -> ODataModel:
    """Return what an EDMX says; nothing where there is none, or it cannot be read."""
    model = ODataModel()
    if not content:
        return model
    try:
        root = parsed_xml(content)
    except BodyError:
        return model
    for element in root.iter("{*}EntitySet"):
        model.types[element.get("Name") or ""] = (element.get("EntityType") or "").rpartition(".")[2]
    for element in root.iter("{*}FunctionImport"):
        method = element.get(f"{{{_METADATA}}}HttpMethod") or "GET"
        function = ODataFunction(method.upper(), element.get("EntitySet") or "")
        model.functions[element.get("Name") or ""] = function
    for element in root.iter("{*}EntityType"):
        model.properties[element.get("Name") or ""] = {
            one.get("Name") or "": one.get("Type") or "" for one in element.iterchildren("{*}Property")
        }
    return model


def written(root: etree._Element, model: ODataModel, *, as_json: bool, several: bool) -> bytes:
    """Return the body of a request for ``<EntitySet><EntityType>…``; one entity, or ``several``."""
    entities = list(root.iterchildren("*"))
    if not entities or (len(entities) > 1 and not several):
        raise StepError(
            f"the OData receiver needs one entity in the body, which has {len(entities)}", ODATA_ERROR
        )
    if as_json:
        documents = [_json_of(one, model.properties.get(etree.QName(one).localname, {})) for one in entities]
        return json.dumps(documents if len(documents) > 1 else documents[0], ensure_ascii=False).encode()
    entries = [_entry(one) for one in entities]
    if len(entries) == 1:
        return entries[0].encode()
    return f'<feed xmlns="{_ATOM[1:-1]}">{"".join(entries)}</feed>'.encode()


def _entry(entity: etree._Element) -> str:
    """Return an entity in Atom."""
    if any(len(child) for child in entity):
        raise NotSupportedError(
            "not supported by the local tenant: nested entities in Atom of the OData receiver"
        )
    held = "".join(
        f"<d:{etree.QName(one).localname}>{escape(one.text or '')}</d:{etree.QName(one).localname}>"
        for one in entity.iterchildren("*")
    )
    return (
        f'<entry xmlns="{_ATOM[1:-1]}" xmlns:m="{_METADATA}" xmlns:d="{_DATA}">'
        f'<content type="application/xml"><m:properties>{held}</m:properties></content></entry>'
    )


def _json_of(entity: etree._Element, types: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in entity.iterchildren("*"):
        name = etree.QName(one).localname
        if len(one):
            found[name] = {"results": [_json_of(inner, {}) for inner in one.iterchildren("*")]}
        else:
            found[name] = _json_value(one.text or "", types.get(name, "Edm.String"))
    return found


def _json_value(text: str, edm_type: str) -> Any:
    if edm_type in _NUMBERS and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text == "true" if edm_type == "Edm.Boolean" else text


def read_answer(answer: Answer, entity_set: str, model: ODataModel) -> bytes:
    """Return the XML of an answer in JSON or Atom."""
    content = answer.body.strip()
    type_name = model.types.get(entity_set, "")
    if content.startswith((b"{", b"[")):
        try:
            inner = "".join(_from_json(json.loads(content), type_name or entity_set))
        except ValueError as error:
            raise StepError(f"the OData service answered with no JSON: {error}", ODATA_ERROR) from error
    elif content.startswith(b"<"):
        inner = "".join(_from_atom(parsed_xml(content), type_name or entity_set))
    else:
        return answer.body
    return _element(entity_set, inner).encode()


def _element(name: str, inner: str) -> str:
    return f"<{name}>{inner}</{name}>" if inner else f"<{name}/>"


def _from_json(document: Any, type_name: str) -> Iterator[str]:
    held = document.get("d", document) if isinstance(document, dict) else document
    entities = held.get("results", [held]) if isinstance(held, dict) else held
    for entity in entities if isinstance(entities, list) else []:
        if isinstance(entity, dict):
            own = as_text((entity.get("__metadata") or {}).get("type")).rpartition(".")[2] or type_name
            yield _element(own, "".join(_json_members(entity)))


def _json_members(entity: dict[str, Any]) -> Iterator[str]:
    for name, value in entity.items():
        if name == "__metadata" or (isinstance(value, dict) and "__deferred" in value):
            continue
        if isinstance(value, dict | list):
            yield _element(name, "".join(_from_json(value, name)))
        else:
            yield _element(name, escape(as_text(value)))


def _from_atom(root: etree._Element, type_name: str) -> Iterator[str]:
    entries = [root] if root.tag == f"{_ATOM}entry" else root.findall(f"{_ATOM}entry")
    for entry in entries:
        category = entry.find(f"{_ATOM}category")
        own = (category.get("term") or "").rpartition(".")[2] if category is not None else type_name
        held = next(entry.iter(f"{{{_METADATA}}}properties"), None)
        inner = "".join(
            _element(etree.QName(one).localname, escape(one.text or ""))
            for one in (held if held is not None else ())
        )
        for link in entry.findall(f"{_ATOM}link"):
            inline = link.find(f"{{{_METADATA}}}inline")
            if inline is not None:
                name = link.get("title") or (link.get("rel") or "").rpartition("/")[2]
                nested = "".join("".join(_from_atom(one, name)) for one in inline)
                inner += _element(name, nested)
        yield _element(own or type_name, inner)
