"""Collections of version 1 of Postman's format, which lists requests and folders by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_iflow.imports.collections.json_source import as_text, deeper, member, objects, text

_MODES = {"raw": "raw", "urlencoded": "urlencoded", "params": "formdata", "binary": "file"}


def is_version_1(document: Any) -> bool:
    """Tell whether a document is a collection of version 1."""
    return isinstance(member(document, "requests"), list) and member(document, "item") is None


def as_version_2(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same collection as version 2 has it; requests that no folder names stand at its top."""
    requests = {text(each, "id"): each for each in objects(document, "requests")}
    folders = {text(each, "id"): each for each in objects(document, "folders")}
    placed: set[str] = set()

    def items(node: Mapping[str, Any], depth: int) -> list[dict[str, Any]]:
        found = []
        for name in _order(node, "folders_order", "folders"):
            if name in folders and name not in placed:
                placed.add(name)
                folder = folders[name]
                found.append(
                    {**_kept(folder), "name": text(folder, "name"), "item": items(folder, deeper(depth))}
                )
        for name in _order(node, "order"):
            if name in requests and name not in placed:
                placed.add(name)
                found.append(_item(requests[name]))
        return found

    top = items(document, 0)
    for name, folder in folders.items():
        if name not in placed:
            placed.add(name)
            top.append({**_kept(folder), "name": text(folder, "name"), "item": items(folder, 1)})
    top += [_item(each) for name, each in requests.items() if name not in placed]
    info = {"name": text(document, "name"), "description": text(document, "description")}
    return {**_kept(document), "info": info, "item": top, "variable": document.get("variables")}


def _order(node: Mapping[str, Any], *names: str) -> list[str]:
    held: list[Any] = next((node[name] for name in names if isinstance(node.get(name), list)), [])
    return [as_text(each) for each in held if isinstance(each, str | int)]


def _kept(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return authorisation and scripts, which version 2 has in the same form."""
    return {name: node[name] for name in ("auth", "event") if name in node} | {
        "event": node.get("events") or node.get("event") or _events(node)
    }


def _events(node: Mapping[str, Any]) -> list[dict[str, Any]]:
    scripts = (("prerequest", "preRequestScript"), ("test", "tests"))
    return [
        {"listen": listen, "script": {"exec": text(node, name)}}
        for listen, name in scripts
        if text(node, name)
    ]


def _item(request: Mapping[str, Any]) -> dict[str, Any]:
    mode = _MODES.get(text(request, "dataMode"), "")
    raw = text(request, "rawModeData") or as_text(request.get("data"))
    body = {"mode": mode, mode: raw if mode == "raw" else request.get("data")} if mode else None
    headers = (
        request.get("headerData") if isinstance(request.get("headerData"), list) else request.get("headers")
    )
    helper = request.get("currentHelper") or text(request, "helper")
    attributes = request.get("helperAttributes")
    auths = {"basicAuth": "basic", "oAuth2": "oauth2", "bearerAuth": "bearer"}
    auth = request.get("auth")
    if not auth and isinstance(helper, str) and helper in auths and isinstance(attributes, dict):
        auth = {"type": auths[helper], auths[helper]: attributes}
    return {
        **_kept(request),
        "name": text(request, "name"),
        "request": {
            "method": text(request, "method"),
            "url": text(request, "url"),
            "header": headers,
            "body": body,
            "auth": auth,
            "description": text(request, "description"),
        },
        "response": [
            {
                "name": text(each, "name"),
                "code": member(each.get("responseCode"), "code"),
                "header": each.get("headers"),
                "body": text(each, "text"),
            }
            for each in objects(request, "responses")
        ],
    }
