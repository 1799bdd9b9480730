"""OData V2 and SuccessFactors receivers: a request of XML, and XML of its answer (SAP's pages on them).

The XML is ``<EntitySet><EntityType><Property>…``; names of entity types and types of properties come from the
EDMX of the bundle, else from the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree
from msgspec import Struct, field

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import BodyError, Headers, Message, parsed_xml
from pytest_iflow.iflow_engine.processing import Processing
from pytest_iflow.iflow_engine.receivers.http import (
    attach_failure,
    failed_request,
    is_success,
    outgoing,
    sent_headers,
    take_answer,
)
from pytest_iflow.iflow_engine.receivers.receivers import Answer, Request
from pytest_iflow.iflow_engine.settings import Settings
from pytest_iflow.iflow_model.flow import Adapter

PROTOCOL = "OData V2"
"""The message protocol that is emulated."""

UPSERT = "upsert"
"""Operation and path of SuccessFactors, for several entities in one request (assumed)."""

ODATA_ERROR = "com.sap.gateway.core.ip.component.odata.exception.OsciException"
NO_VALUE = "com.sap.it.rt.adapter.http.api.exception.HttpResponseException"
_REFERENCE = re.compile(r"\$\{(?:in\.)?(?P<kind>header|property)\.(?P<name>[\w-]+)\}")
_ATOM = "{http://www.w3.org/2005/Atom}"
_METADATA = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_NUMBERS = frozenset({"Edm.Int16", "Edm.Int32", "Edm.Byte", "Edm.SByte"})
_METHODS = {
    "query": "GET",
    "read": "GET",
    "get": "GET",
    "create": "POST",
    UPSERT: "POST",
    "update": "PUT",
    "merge": "MERGE",
    "patch": "PATCH",
    "delete": "DELETE",
}
_WITH_BODY = frozenset({"POST", "PUT", "MERGE", "PATCH"})
_QUERIES = ("queryOptions", "customQueryOptions")
_SUFFIX = "urlSuffixSfOData"
"""What SuccessFactors has behind the address."""


class _Model(Struct):
    """What an EDMX says: entity types by their sets, and the types of properties by entity type."""

    types: dict[str, str] = field(default_factory=dict)
    properties: dict[str, dict[str, str]] = field(default_factory=dict)


def odata(adapter: Adapter, processing: Processing, message: Message) -> None:
    """Send by the OData V2 receiver adapter; raises StepError for an answer that is no success."""
    settings = processing.deployed.settings(adapter.properties)
    operation = require_operation(settings)
    model = _model(processing.deployed, settings.text("edmxFilePath"))
    request = _request(adapter, processing, message, operation, model)
    answer = processing.tenant.receivers.answer(request)
    if not is_success(answer.status):
        attach_failure(processing, adapter, answer, settings)
        raise failed_request(request, answer, ODATA_ERROR)
    entity_set = re.split(r"[(/?]", evaluated_text(settings.text("resourcePath"), processing.scope(message)))[
        0
    ]
    payload = _read(answer, entity_set.strip("/"), model) if answer.body.strip() else b""
    take_answer(
        message,
        Answer(answer.status, payload, answer.headers, answer.reason),
        settings.text("whitelistResponseHeaders"),
    )
    message.headers["Content-Type"] = "application/xml"
    if settings.flag("pagination"):
        channel = f"{processing.deployed.receiver_name(adapter)}.{adapter.name}"
        message.properties[f"{channel}.hasMoreRecords"] = "false"


def require_operation(settings: Settings) -> str:
    """Return the operation of an adapter in small letters; raises NotSupportedError."""
    if (protocol := settings.text("MessageProtocol", PROTOCOL)) != PROTOCOL:
        raise NotSupportedError(f"adapter not emulated: {protocol}")
    if settings.flag("enableBatchProcessing"):
        raise NotSupportedError("not supported by the local tenant: batch processing of the OData receiver")
    operation = re.split(r"[(\s]", settings.text("operation", "Query(GET)"))[0].lower()
    if operation not in _METHODS:
        raise NotSupportedError(
            f"not supported by the local tenant: operation {operation} of the OData receiver"
        )
    return operation


def _request(
    adapter: Adapter, processing: Processing, message: Message, operation: str, model: _Model
) -> Request:
    settings = processing.deployed.settings(adapter.properties)
    method = _METHODS[operation]
    scope = processing.scope(message)
    for name in ("address", _SUFFIX, "resourcePath", *_QUERIES):
        _require_values(settings.text(name), message)
    queries = [evaluated_text(settings.text(name), scope).lstrip("?&") for name in _QUERIES]
    query = "&".join(filter(None, queries))
    address = evaluated_text(settings.text("address"), scope).rstrip("/")
    if suffix := evaluated_text(settings.text(_SUFFIX), scope).strip("/"):
        address = f"{address}/{suffix}"
    path = UPSERT if operation == UPSERT else evaluated_text(settings.text("resourcePath"), scope).strip("/")
    as_json = "json" in settings.text("contentType")
    headers = _headers(message, settings.text("whitelistRequestHeaders"), as_json=as_json)
    body = b""
    if method in _WITH_BODY:
        body = _written(message.tree(), model, as_json=as_json, several=operation == UPSERT)
    else:
        headers.pop("Content-Type", None)
    return outgoing(
        adapter,
        processing,
        method,
        f"{address}/{path}" + (f"?{query}" if query else ""),
        headers,
        body,
        evaluated_text(settings.text("alias"), scope),
    )


def _require_values(text: str, message: Message) -> None:
    """Raise StepError where a header or property of an expression has no value (wire-facts 1.3)."""
    for found in _REFERENCE.finditer(text):
        held = message.headers if found["kind"] == "header" else message.properties
        if as_text(held.get(found["name"])) == "":
            raise StepError(f"Header/Property value not found for the parameter {found[0]}.", NO_VALUE)


def _headers(message: Message, allowed: str, *, as_json: bool) -> Headers:
    headers = sent_headers(message, allowed)
    headers["Accept"] = "application/json" if as_json else "application/atom+xml"
    headers["Content-Type"] = "application/json" if as_json else "application/atom+xml"
    return headers


def _model(deployed: DeployedFlow, path: str) -> _Model:
    """Return what the EDMX of the bundle says; nothing where there is none. It is read once."""
    kept = deployed.kept.get(f"edmx:{path}")
    if not isinstance(kept, _Model):
        kept = _read_model(deployed.bundle.resource(path) if path else None)
        deployed.kept[f"edmx:{path}"] = kept
    return kept


def _read_model(content: bytes | None) -> _Model:
    model = _Model()
    if not content:
        return model
    try:
        root = parsed_xml(content)
    except BodyError:
        return model
    for element in root.iter("{*}EntitySet"):
        model.types[element.get("Name") or ""] = (element.get("EntityType") or "").rpartition(".")[2]
    for element in root.iter("{*}EntityType"):
        model.properties[element.get("Name") or ""] = {
            one.get("Name") or "": one.get("Type") or "" for one in element.iterchildren("{*}Property")
        }
    return model


def _written(root: etree._Element, model: _Model, *, as_json: bool, several: bool) -> bytes:
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


def _read(answer: Answer, entity_set: str, model: _Model) -> bytes:
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
