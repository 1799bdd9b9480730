"""The format of Postman's collections: version 2.0 and 2.1, and 1 by way of them (schema.getpostman.com).

What is of another type than the format says is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_iflow.imports.collections.collection import (
    Auth,
    Body,
    Call,
    Collection,
    Example,
    Field,
    Folder,
    Variable,
)
from pytest_iflow.imports.collections.json_source import as_text, deeper, is_off, member, objects, text
from pytest_iflow.imports.collections.postman_v1 import as_version_2, is_version_1

_TOOL = "Postman"
_MIME = {
    "json": "application/json",
    "xml": "application/xml",
    "html": "text/html",
    "javascript": "application/javascript",
    "text": "text/plain",
}
_AUTHS = {"noauth": "none"}


def collection_of(document: Any) -> Collection | None:
    """Return a collection of any version; None where a document is none."""
    inner = member(document, "collection")
    if isinstance(inner, dict):  # as Postman's API answers
        document = inner
    if is_version_1(document):
        document = as_version_2(document)
    if not isinstance(member(document, "item"), list):
        return None
    name = text(member(document, "info"), "name") or "Collection"
    root = _folder({**document, "name": name}, 0)
    return Collection(_TOOL, name, root)


def _folder(node: Mapping[str, Any], depth: int) -> Folder:
    calls: list[Call] = []
    folders: list[Folder] = []
    for item in objects(node, "item"):
        if isinstance(item.get("item"), list):
            folders.append(_folder(item, deeper(depth)))
        else:
            calls.append(_call(item))
    return Folder(
        text(node, "name"),
        tuple(calls),
        tuple(folders),
        _auth(node.get("auth")),
        _script(node, "prerequest"),
        _script(node, "test"),
        _description(node.get("description") or member(node.get("info"), "description")),
        tuple(_variables(node)),
    )


def _variables(node: Any) -> Iterator[Variable]:
    for each in objects(node, "variable"):
        name = text(each, "key") or text(each, "id")
        if name and not is_off(each):
            yield Variable(name, text(each, "value"), is_secret=each.get("type") == "secret")


def _call(item: Mapping[str, Any]) -> Call:
    call = _request(item.get("request"), text(item, "name"))
    examples = tuple(_examples(item))
    described = _description(member(item.get("request"), "description")) or _description(
        item.get("description")
    )
    return Call(
        call.name,
        call.method,
        call.url,
        call.headers,
        call.body,
        call.auth,
        _script(item, "prerequest"),
        _script(item, "test"),
        examples,
        described,
    )


def _request(request: Any, name: str) -> Call:
    if isinstance(request, str):
        return Call(name, "GET", request)
    return Call(
        name,
        text(request, "method", "GET").upper() or "GET",
        _url(member(request, "url")),
        tuple(_pairs(member(request, "header"))),
        _body(member(request, "body")),
        _auth(member(request, "auth")),
    )


def _examples(item: Mapping[str, Any]) -> Iterator[Example]:
    for each in objects(item, "response"):
        kind = next(
            (value for name, value in _pairs(each.get("header")) if name.lower() == "content-type"), ""
        )
        code = each.get("code")
        original = each.get("originalRequest")
        method = text(item.get("request"), "method", "GET")
        request = None
        if isinstance(original, dict):
            request = _request({"method": method, **original}, text(each, "name"))
        status = code if isinstance(code, int) and not isinstance(code, bool) else None
        yield Example(text(each, "name"), status, kind, text(each, "body"), request)


def _pairs(node: Any) -> Iterator[tuple[str, str]]:
    """Yield headers: of a list of objects, of an object, or of lines."""
    if isinstance(node, str):
        lines = (
            line.partition(":") for line in node.splitlines() if ":" in line and not line.startswith("//")
        )
        yield from ((name.strip(), value.strip()) for name, _, value in lines)
    elif isinstance(node, dict):
        yield from ((name, as_text(value)) for name, value in node.items())
    else:
        for each in objects(node):
            if text(each, "key").strip() and not is_off(each):
                yield text(each, "key").strip(), text(each, "value")


def _url(node: Any) -> str:
    """Return the address of a request, with the values of its path variables."""
    if not isinstance(node, dict):
        return as_text(node)
    raw = text(node, "raw") or _url_of_parts(node)
    for each in objects(node, "variable"):
        name = text(each, "key") or text(each, "id")
        if name:
            path, question, query = raw.partition("?")
            parts = [text(each, "value") if part == f":{name}" else part for part in path.split("/")]
            raw = "/".join(parts) + question + query
    return raw


def _url_of_parts(node: Mapping[str, Any]) -> str:
    host, path = node.get("host"), node.get("path")
    parts = (
        [as_text(part) or text(part, "value") for part in path] if isinstance(path, list) else [as_text(path)]
    )
    name = ".".join(map(as_text, host)) if isinstance(host, list) else as_text(host)
    query = "&".join(
        f"{text(each, 'key')}={text(each, 'value')}" for each in objects(node, "query") if not is_off(each)
    )
    protocol = f"{text(node, 'protocol')}://" if text(node, "protocol") else ""
    port = f":{text(node, 'port')}" if text(node, "port") else ""
    joined = "/".join(part.strip("/") for part in parts)
    return f"{protocol}{name}{port}/{joined}{'?' if query else ''}{query}"


def _body(node: Any) -> Body:
    mode = "" if is_off(node) else text(node, "mode")
    if mode == "raw":
        language = text(member(member(node, "options"), "raw"), "language", "text")
        return (
            Body("text", text(node, "raw"), _MIME.get(language, "text/plain"))
            if text(node, "raw")
            else Body()
        )
    if mode in {"urlencoded", "formdata"}:
        fields = tuple(_fields(member(node, mode)))
        kind = "form" if mode == "urlencoded" else "multipart"
        return Body(kind, fields=fields) if fields else Body()  # type: ignore[arg-type]
    if mode == "file":
        held = member(node, "file")
        return Body("file", text(held, "src") or as_text(held) or text(held, "content"))
    if mode == "graphql":
        held = member(node, "graphql")
        return Body("graphql", text(held, "query"), variables=text(held, "variables"))
    return Body()


def _fields(node: Any) -> Iterator[Field]:
    if isinstance(node, str):
        yield from (Field(*pair.partition("=")[::2]) for pair in node.split("&") if pair)
    for each in objects(node):
        if is_off(each) or not text(each, "key"):
            continue
        if each.get("type") == "file":
            source = each.get("src")
            for path in source if isinstance(source, list) else [source]:
                yield Field(
                    text(each, "key"), as_text(path), is_file=True, content_type=text(each, "contentType")
                )
        else:
            yield Field(text(each, "key"), text(each, "value"), content_type=text(each, "contentType"))


def _auth(node: Any) -> Auth:
    kind = text(node, "type")
    if not kind:
        return Auth("none") if isinstance(node, dict) and "type" in node else Auth()
    held = member(node, kind)
    values = (
        {text(each, "key"): text(each, "value") for each in objects(held)}
        if isinstance(held, list)
        else {name: as_text(value) for name, value in held.items()}
        if isinstance(held, dict)
        else {}
    )
    return Auth(_AUTHS.get(kind, kind), values)


def _script(node: Any, listen: str) -> str:
    found = [
        text(script, "exec") if isinstance(script := each.get("script"), dict) else as_text(script)
        for each in objects(node, "event")
        if each.get("listen") == listen and not is_off(each)
    ]
    return "\n".join(filter(str.strip, found))


def _description(node: Any) -> str:
    return text(node, "content") if isinstance(node, dict) else as_text(node)
