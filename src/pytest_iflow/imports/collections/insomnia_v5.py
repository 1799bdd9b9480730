"""What Insomnia exports today, and keeps in Git: version 5, a tree of folders and requests in YAML.

The format is that of Kong/insomnia: ``import-v5-parser.ts`` has its fields, ``insomnia-schema-migrations``
how kinds of requests are told apart without ``type`` (before 5.2). Items are in the order of ``sortKey``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pytest_iflow.drafts.draft import Fate, Remark
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.collections.collection import (
    Auth,
    Call,
    Folder,
    Pairs,
    Stage,
    headers_on,
    stage_on,
)
from pytest_iflow.imports.collections.folder_variables import with_own_values
from pytest_iflow.imports.collections.insomnia_call import auth_of, call_of, headers_of, variables_of
from pytest_iflow.imports.collections.json_source import deeper, member, number, objects, text

_TYPE = re.compile(r"([\w-]+)\.insomnia\.rest/(\d+)(?:\.\d+)*")
_READ = "5"
_WITH_REQUESTS = frozenset({"collection", "spec"})
_OTHERS = {
    "GrpcRequest": "gRPC",
    "WebSocketRequest": "WebSocket",
    "SocketIORequest": "Socket.IO",
    "McpRequest": "MCP",
}
_PREFIXES = {
    "greq": "GrpcRequest",
    "fld": "RequestGroup",
    "socketio-req": "SocketIORequest",
    "ws-req": "WebSocketRequest",
    "req": "Request",
}
_MEMBERS = {
    "protoFileId": "GrpcRequest",
    "reflectionApi": "GrpcRequest",
    "metadata": "GrpcRequest",
    "method": "Request",
    "eventListeners": "SocketIORequest",
    "children": "RequestGroup",
    "url": "Request",
}
"""Members that only one kind has; the first one that is there decides."""


def is_v5(document: Any) -> bool:
    """Tell whether a document says that it is of version 5, or of a later one."""
    return bool(_TYPE.fullmatch(text(document, "type")))


def root_of(document: Mapping[str, Any], where: str, notes: list[Remark]) -> Folder:
    """Return the folder of all; ``notes`` gets a remark for each request that is none of HTTP.

    Raises ConfigurationError where there is no request.
    """
    kind = _kind(document, where)
    if kind not in _WITH_REQUESTS:
        remedy = "Name the export of a collection"
        remedy += "; add this one to it: --with FILE." if kind == "environment" else "."
        what = f"This export of Insomnia has no requests: it is of the kind {kind}."
        raise ConfigurationError(what, where=where, remedy=remedy)
    for each in objects(document, "testSuites"):
        what = "A test suite of Insomnia sends requests itself, and is not read."
        notes.append(Remark(Fate.LEFT, text(each, "name") or "test suite", what))
    tree = {"name": text(document, "name"), "children": document.get("collection")}
    root = _folder(tree, (), 0, Auth("none"), (), notes)
    if not any(root.all_calls()):
        only_spec = isinstance(document.get("spec"), dict)
        raise ConfigurationError(
            "There is no request of HTTP in this export of Insomnia.",
            where=where,
            remedy="Generate a collection of the document in Insomnia, or import the description as openapi."
            if only_spec
            else "Export the collection that has the requests.",
        )
    return with_own_values(root)


def stages_of(document: Mapping[str, Any], where: str) -> tuple[Stage, ...]:
    """Return the base environment, and those below it with all that they inherit of it.

    Raises ConfigurationError for another version.
    """
    _kind(document, where)
    held = document.get("environments")
    if not isinstance(held, dict):
        return ()
    base = Stage(text(held, "name") or "Base Environment", tuple(variables_of(held.get("data"))))
    below = (
        Stage(text(each, "name"), tuple(variables_of(each.get("data"))))
        for each in objects(held, "subEnvironments")
    )
    return (base, *(stage_on(base, each) for each in below))


def _kind(document: Mapping[str, Any], where: str) -> str:
    written = text(document, "type")
    found = _TYPE.fullmatch(written)
    if not found or found[2] != _READ:
        raise ConfigurationError(
            f'This version of the export of Insomnia is not read here: "{written[:80]}".',
            where=where,
            remedy="Export the collection as Insomnia v5 (YAML) or v4 (JSON).",
        )
    return found[1]


def _folder(
    node: Mapping[str, Any],
    names: tuple[str, ...],
    depth: int,
    without_auth: Auth,
    outer_headers: Pairs,
    notes: list[Remark],
) -> Folder:
    headers = headers_on(outer_headers, headers_of(node))
    calls: list[Call] = []
    folders: list[Folder] = []
    for each in sorted(objects(node, "children"), key=_sort_key):
        kind, path = _kind_of_item(each), (*names, text(each, "name"))
        if kind == "RequestGroup":
            folders.append(_folder(each, path, deeper(depth), Auth(), headers, notes))
        elif kind == "Request":
            auth = auth_of(each.get("authentication"), Auth())
            calls.append(call_of(each, auth, _scripts(each), _description(each), headers))
        else:
            what = f"It is a request of {_OTHERS[kind]}, which no step sends." if kind in _OTHERS else ""
            notes.append(Remark(Fate.LEFT, " / ".join(path), what or "It is no request and no folder."))
    return Folder(
        text(node, "name"),
        tuple(calls),
        tuple(each for each in folders if any(each.all_calls())),
        auth_of(node.get("authentication"), without_auth),
        *_scripts(node),
        _description(node),
        tuple(variables_of(node.get("environment"))),
    )


def _kind_of_item(node: Mapping[str, Any]) -> str:
    """Return what an item says that it is, else what its id or its members say."""
    prefix = text(member(node, "meta"), "id").partition("_")[0]
    by_members = next((kind for name, kind in _MEMBERS.items() if name in node), "")
    return text(node, "type") or _PREFIXES.get(prefix, by_members)


def _sort_key(node: Mapping[str, Any]) -> float:
    return number(member(node, "meta"), "sortKey", 0)


def _scripts(node: Mapping[str, Any]) -> tuple[str, str]:
    held = node.get("scripts")
    return text(held, "preRequest"), text(held, "afterResponse")


def _description(node: Mapping[str, Any]) -> str:
    return text(node, "description") or text(member(node, "meta"), "description")
