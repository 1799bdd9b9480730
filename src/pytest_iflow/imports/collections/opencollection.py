"""OpenCollection, in which Bruno keeps collections since version 3: requests, folders and their parts.

Its schema is ``opencollection.schema.json`` of opencollection-dev/opencollection. How Bruno reads it:
usebruno/bruno, ``bruno-filestore/src/formats/yml``, and docs.usebruno.com, "OpenCollection YAML".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_iflow.imports.collections.bruno_assertions import check_script
from pytest_iflow.imports.collections.bruno_files import MIME, oauth_values, selected, value_of
from pytest_iflow.imports.collections.collection import (
    Auth,
    Body,
    Call,
    Example,
    Field,
    Pairs,
    Variable,
    headers_on,
    with_path_parameters,
)
from pytest_iflow.imports.collections.folder_variables import is_secret, with_values
from pytest_iflow.imports.collections.json_source import as_text, is_off, member, number, objects, text

_FORMS = {"form-urlencoded": "form", "multipart-form": "multipart"}
_OTHERS = {"grpc": "gRPC", "websocket": "WebSocket"}
_FILES = {"script": "a script that requests share", "app": "an app of Bruno"}


def kind_of(node: Any) -> str:
    """Return what an item is: ``http``, ``graphql``, ``folder`` or others; empty where it is no item."""
    kind = text(member(node, "info"), "type") or text(node, "type")
    return kind or next((name for name in ("http", "graphql", *_OTHERS) if member(node, name)), "")


def why_left(kind: str) -> str:
    """Return why an item of a kind is left, in a sentence."""
    if kind in _OTHERS:
        return f"It is a request of {_OTHERS[kind]}, which no step sends."
    return f"It is {_FILES[kind]}, and no request." if kind in _FILES else "It is no request of Bruno."


def call_of(node: Mapping[str, Any], name: str, outer_headers: Pairs) -> Call:
    """Return a request; ``name`` is for one that has none."""
    is_graphql = kind_of(node) == "graphql"
    runtime = node.get("runtime")
    sent = _sent(node.get("graphql" if is_graphql else "http"), outer_headers, is_graphql=is_graphql)
    before, after = scripts_of(runtime)
    call = Call(
        text(node.get("info"), "name") or name,
        sent.method,
        sent.url,
        sent.headers,
        sent.body,
        sent.auth,
        before,
        "\n".join(filter(str.strip, (after, *_checks(runtime)))),
        tuple(_examples(node, sent, outer_headers)),
        documented(node.get("docs")) or documented(member(node.get("info"), "description")),
    )
    return with_values(call, {each.name: each.value for each in variables_of(runtime) if not is_secret(each)})


def secrets_of(node: Mapping[str, Any]) -> Iterator[Variable]:
    """Yield the variables of a request that hold secrets, which are not written into it."""
    yield from (each for each in variables_of(node.get("runtime")) if is_secret(each))


def variables_of(node: Any) -> Iterator[Variable]:
    """Yield the variables that a folder or a request sets before it is sent."""
    for each in objects(node, "variables"):
        if text(each, "name") and not is_off(each):
            is_named_secret = each.get("secret") is True
            yield Variable(text(each, "name"), value_of(each.get("value")), is_secret=is_named_secret)


def headers_of(node: Any) -> Pairs:
    """Return the headers that a folder or a request sets."""
    return tuple(
        (text(each, "name"), text(each, "value"))
        for each in objects(node, "headers")
        if text(each, "name") and not is_off(each)
    )


def auth_of(node: Any, without: Auth) -> Auth:
    """Return an authorisation; ``without`` where nothing is said."""
    if node == "inherit":
        return Auth()
    kind = node if isinstance(node, str) else text(node, "type")
    if not kind:
        return without
    values: dict[str, str] = {}
    for part in (node, *(member(node, name) for name in (kind, "credentials", "resourceOwner"))):
        if isinstance(part, dict):
            values |= {name: as_text(value) for name, value in part.items() if as_text(value)}
    placement = text(member(node, "credentials"), "placement")
    return Auth(kind, oauth_values({**values, "credentials_placement": placement}))


def scripts_of(node: Any) -> tuple[str, str]:
    """Return the script before a request, and the one after its response, with what it does in the end."""
    held = list(objects(node, "scripts"))
    after = [text(each, "code") for each in held if text(each, "type") in {"after-response", "tests"}]
    kept = (
        f"bru.setVar({text(each.get('variable'), 'name')!r}, {text(each.get('selector'), 'expression')});"
        for each in objects(node, "actions")
        if each.get("type") == "set-variable" and each.get("phase") == "after-response" and not is_off(each)
    )
    before = (text(each, "code") for each in held if each.get("type") == "before-request")
    return "\n".join(filter(str.strip, before)), "\n".join(filter(str.strip, (*after, *kept)))


def documented(node: Any) -> str:
    """Return a description, which is a text, or an object with its type."""
    return text(node, "content") if isinstance(node, dict) else as_text(node)


def place_of(node: Any) -> float:
    """Return the place of an item in its folder; those that have none come last."""
    return number(member(node, "info"), "seq", math.inf)


def _sent(node: Any, outer_headers: Pairs, *, is_graphql: bool) -> Call:
    return Call(
        "",
        (text(node, "method") or ("POST" if is_graphql else "GET")).upper(),
        _url(node),
        headers_on(outer_headers, headers_of(node)),
        _graphql(member(node, "body")) if is_graphql else _body(member(node, "body")),
        auth_of(member(node, "auth"), Auth("none")),
    )


def _url(node: Any) -> str:
    """Return the address with its parameters; Bruno has those of the query in the address, too."""
    parameters = [each for each in objects(node, "params") if text(each, "name") and not is_off(each)]
    in_path = ((text(each, "name"), text(each, "value")) for each in parameters if each.get("type") == "path")
    url = with_path_parameters(text(node, "url"), in_path)
    known = {pair.partition("=")[0] for pair in url.partition("?")[2].split("&")}
    missing = [
        f"{text(each, 'name')}={text(each, 'value')}"
        for each in parameters
        if each.get("type") != "path" and text(each, "name") not in known
    ]
    return url + ("&" if "?" in url else "?") + "&".join(missing) if missing else url


def _chosen(node: Any) -> Any:
    """Return a body; of several variants the one that is selected, else the first."""
    return selected(node).get("body") if isinstance(node, list) else node


def _graphql(node: Any) -> Body:
    held = _chosen(node)
    return Body("graphql", text(held, "query"), variables=text(held, "variables"))


def _body(node: Any) -> Body:
    held = _chosen(node)
    kind = text(held, "type")
    if kind in _FORMS:
        fields = tuple(_fields(held))
        return Body("form" if _FORMS[kind] == "form" else "multipart", fields=fields) if fields else Body()
    if kind == "file":
        chosen = selected(member(held, "data"))
        return Body("file", text(chosen, "filePath"), text(chosen, "contentType")) if chosen else Body()
    data = text(held, "data")
    return Body("text", data, MIME.get(kind, "text/plain")) if kind and data else Body()


def _fields(node: Any) -> Iterator[Field]:
    for each in objects(node, "data"):
        name, value = text(each, "name"), each.get("value")
        if is_off(each) or not name:
            continue
        if each.get("type") == "file":
            for path in value if isinstance(value, list) else [value]:
                yield Field(name, as_text(path), is_file=True)
        else:
            yield Field(name, as_text(value), content_type=text(each, "contentType"))


def _checks(node: Any) -> Iterator[str]:
    for each in objects(node, "assertions"):
        if not is_off(each) and text(each, "expression"):
            expected = f"{text(each, 'operator', 'eq')} {text(each, 'value')}"
            yield check_script(text(each, "expression"), expected)


def _examples(node: Mapping[str, Any], sent: Call, outer_headers: Pairs) -> Iterator[Example]:
    """Yield saved answers, each with the request that got it."""
    for each in objects(node, "examples"):
        answer = each.get("response")
        if not isinstance(answer, dict):
            continue
        kind = next((value for name, value in headers_of(answer) if name.lower() == "content-type"), "")
        body = answer.get("body")
        status = text(answer, "status")
        request = each.get("request")
        yield Example(
            text(each, "name"),
            int(status) if status.isascii() and status.isdecimal() and len(status) == len("200") else None,
            kind or MIME.get(text(body, "type"), ""),
            text(body, "data"),
            _sent(_asked(request, sent), outer_headers, is_graphql=False) if request else None,
        )


def _asked(request: Any, sent: Call) -> dict[str, Any]:
    """Return the request of an example; method and address are those of the request where it has none."""
    own = {name: held for name, held in request.items() if held} if isinstance(request, dict) else {}
    return {"method": sent.method, "url": sent.url, **own}
