"""OData V2 and SuccessFactors receivers: a request of XML, and XML of its answer (SAP's pages on them).

``odata_payloads`` has the bodies. The EDMX of the bundle says how a function import is called and which
entities it answers with; its parameters are query options, as in SAP's recipe "Invoking an OData function
import". That it is called by GET where no EDMX says it is assumed.
"""

from __future__ import annotations

import re

from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError
from pytest_iflow.iflow_engine.message import Headers, Message
from pytest_iflow.iflow_engine.processing import Processing
from pytest_iflow.iflow_engine.receivers.http import (
    attach_failure,
    failed_request,
    is_success,
    outgoing,
    sent_headers,
    take_answer,
)
from pytest_iflow.iflow_engine.receivers.odata_payloads import (
    ODATA_ERROR,
    ODataModel,
    read_answer,
    read_model,
    written,
)
from pytest_iflow.iflow_engine.receivers.receivers import Answer, Request
from pytest_iflow.iflow_engine.settings import Settings
from pytest_iflow.iflow_model.flow import Adapter

PROTOCOL = "OData V2"
"""The message protocol that is emulated."""

UPSERT = "upsert"
"""Operation and path of SuccessFactors, for several entities in one request (assumed)."""

FUNCTION = "functionimport"
"""Operation that calls a function of the service."""

NO_VALUE = "com.sap.it.rt.adapter.http.api.exception.HttpResponseException"
_REFERENCE = re.compile(r"\$\{(?:in\.)?(?P<kind>header|property)\.(?P<name>[\w-]+)\}")
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
    FUNCTION: "GET",
}
_WITH_BODY = frozenset({"POST", "PUT", "MERGE", "PATCH"})
_QUERIES = ("queryOptions", "customQueryOptions")
_SUFFIX = "urlSuffixSfOData"
"""What SuccessFactors has behind the address."""


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
    path = evaluated_text(settings.text("resourcePath"), processing.scope(message))
    entity_set = re.split(r"[(/?]", path.strip("/"))[0]
    if operation == FUNCTION and (called := model.functions.get(entity_set)):
        entity_set = called.entity_set or entity_set
    payload = read_answer(answer, entity_set, model) if answer.body.strip() else b""
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
    adapter: Adapter, processing: Processing, message: Message, operation: str, model: ODataModel
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
    if operation == FUNCTION:
        method = model.functions[path].method if path in model.functions else method
        headers.pop("Content-Type", None)
    elif method in _WITH_BODY:
        body = written(message.tree(), model, as_json=as_json, several=operation == UPSERT)
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


def _model(deployed: DeployedFlow, path: str) -> ODataModel:
    """Return what the EDMX of the bundle says; nothing where there is none. It is read once."""
    kept = deployed.kept.get(f"edmx:{path}")
    if not isinstance(kept, ODataModel):
        kept = read_model(deployed.bundle.resource(path) if path else None)
        deployed.kept[f"edmx:{path}"] = kept
    return kept
