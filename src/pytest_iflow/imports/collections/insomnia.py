"""What Insomnia exports as JSON, version 4: a list of resources that name their parents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_iflow.drafts.draft import SuiteDraft
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.collections.collection import (
    Auth,
    Body,
    Call,
    Collection,
    Field,
    Folder,
    Stage,
    Variable,
)
from pytest_iflow.imports.collections.json_source import (
    as_text,
    deeper,
    is_off,
    member,
    objects,
    read_json,
    text,
)
from pytest_iflow.imports.collections.suite import collection_draft
from pytest_iflow.imports.kinds import Request

_TOOL = "Insomnia"
_TAG = re.compile(r"\{%\s*(\w+)[^%]*(?:%(?!\})[^%]*)*%\}")
_TAGS = {"uuid": "guid", "now": "isoTimestamp"}
_REQUESTS = frozenset({"request", "grpc_request", "websocket_request"})
_FORMS = {"application/x-www-form-urlencoded": "form", "multipart/form-data": "multipart"}


def read_draft(request: Request) -> SuiteDraft:
    """Read an export; raises ConfigurationError."""
    source = request.source
    if source is None:
        raise ConfigurationError(
            "Nothing to import is named.", remedy="Name the file that Insomnia exported."
        )
    document = read_json(source)
    resources = list(objects(document, "resources"))
    if not resources:
        raise ConfigurationError(
            "This is no export of Insomnia that can be read.",
            where=str(source),
            remedy="Export the collection as Insomnia v4 (JSON).",
        )
    workspaces = [each for each in resources if each.get("_type") == "workspace"]
    name = next((text(each, "name") for each in workspaces if text(each, "name")), source.stem)
    stages = tuple(_stage(each) for each in resources if each.get("_type") == "environment")
    held = {text(each, "_id") for each in resources}
    orphans = {text(each, "parentId") for each in resources} - held
    root = _folder(name, {text(each, "_id") for each in workspaces} | orphans, resources, 0)
    return collection_draft([Collection(_TOOL, name.strip(), root, stages)], (), request, source.parent)


def _stage(node: Mapping[str, Any]) -> Stage:
    held = node.get("data")
    values = held.items() if isinstance(held, dict) else ()
    return Stage(text(node, "name"), tuple(Variable(name, as_text(value)) for name, value in values))


def _folder(name: str, ids: set[str], resources: list[dict[str, Any]], depth: int) -> Folder:
    own = sorted(
        (each for each in resources if text(each, "parentId") in ids),
        key=lambda each: _key(each.get("metaSortKey")),
    )
    groups = [each for each in own if each.get("_type") == "request_group"]
    calls = tuple(_call(each) for each in own if each.get("_type") in _REQUESTS)
    folders = tuple(
        _folder(text(each, "name"), {text(each, "_id")}, resources, deeper(depth)) for each in groups
    )
    return Folder(name, calls, tuple(each for each in folders if any(each.all_calls())))


def _key(node: Any) -> float:
    return float(node) if isinstance(node, int | float) and not isinstance(node, bool) else 0.0


def _call(node: Mapping[str, Any]) -> Call:
    query = "&".join(
        f"{text(each, 'name')}={text(each, 'value')}"
        for each in objects(node, "parameters")
        if not is_off(each)
    )
    url = _untagged(text(node, "url"))
    for each in objects(node, "pathParameters"):
        url = url.replace(f":{text(each, 'name')}", text(each, "value"))
    return Call(
        text(node, "name"),
        text(node, "method", "GET").upper(),
        url + (("&" if "?" in url else "?") + query if query else ""),
        tuple(
            (text(each, "name"), _untagged(text(each, "value")))
            for each in objects(node, "headers")
            if not is_off(each) and text(each, "name")
        ),
        _body(node.get("body")),
        _auth(node.get("authentication")),
        text(node, "preRequestScript"),
        text(node, "afterResponseScript"),
        description=text(node, "description"),
    )


def _untagged(written: str) -> str:
    """Return a text with a variable for each tag of Insomnia, such as ``{% uuid 'v4' %}``."""
    return _TAG.sub(lambda found: f"{{{{${_TAGS.get(found[1], found[1])}}}}}", written)


def _body(node: Any) -> Body:
    kind = text(node, "mimeType")
    if kind in _FORMS and isinstance(member(node, "params"), list):
        fields = tuple(_fields(node))
        return Body("form" if _FORMS[kind] == "form" else "multipart", fields=fields) if fields else Body()
    if text(node, "fileName"):
        return Body("file", text(node, "fileName"), kind)
    return Body("text", _untagged(text(node, "text")), kind) if text(node, "text") else Body()


def _fields(node: Any) -> Iterator[Field]:
    for each in objects(node, "params"):
        if is_off(each) or not text(each, "name"):
            continue
        is_file = each.get("type") == "file"
        yield Field(text(each, "name"), text(each, "fileName" if is_file else "value"), is_file=is_file)


def _auth(node: Any) -> Auth:
    kind = text(node, "type")
    if not kind:
        return Auth("none")
    if is_off(node):
        return Auth("none")
    values = {name: as_text(value) for name, value in node.items()}
    in_body = {"client_authentication": "body"} if node.get("credentialsInBody") is True else {}
    return Auth(kind, {**values, **in_body})
