"""What a request of Insomnia is, which versions 4 and 5 of its export have in common.

A request inherits the authorisation of the nearest folder that has one, and headers (Kong/insomnia,
``network.ts``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_iflow.imports.collections.collection import (
    Auth,
    Body,
    Call,
    Field,
    Pairs,
    Variable,
    headers_on,
    with_path_parameters,
)
from pytest_iflow.imports.collections.json_source import as_text, deeper, is_off, member, objects, text

_TAG = re.compile(r"\{%\s*(\w+)[^%]*(?:%(?!\})[^%]*)*%\}")
_TAGS = {"uuid": "guid", "now": "isoTimestamp"}
_BRACKETS = re.compile(r"\{\{\s*_\[\s*(['\"])([^'\"{}\n]{1,200})\1\s*\]\s*\}\}")
_FORMS = {"application/x-www-form-urlencoded": "form", "multipart/form-data": "multipart"}
_VAULT = "__insomnia_vault"
"""The member of an environment that has its secrets, encrypted; requests name them ``{{ _.vault.name }}``
(Kong/insomnia, models/environment.ts)."""


def call_of(
    node: Mapping[str, Any],
    auth: Auth,
    scripts: tuple[str, str],
    description: str,
    outer_headers: Pairs = (),
) -> Call:
    """Return a request; ``scripts`` are the one before it and the one after its response."""
    query = "&".join(
        f"{text(each, 'name')}={_untagged(text(each, 'value'))}"
        for each in objects(node, "parameters")
        if not is_off(each) and text(each, "name")
    )
    path_parameters = (
        (text(each, "name"), _untagged(text(each, "value"))) for each in objects(node, "pathParameters")
    )
    url = with_path_parameters(_untagged(text(node, "url")), path_parameters)
    return Call(
        text(node, "name"),
        text(node, "method", "GET").upper(),
        url + (("&" if "?" in url else "?") + query if query else ""),
        headers_on(outer_headers, headers_of(node)),
        _body(node.get("body")),
        auth,
        *scripts,
        description=description,
    )


def headers_of(node: Mapping[str, Any]) -> Pairs:
    """Return the headers that a request or a folder sets."""
    return tuple(
        (text(each, "name"), _untagged(text(each, "value")))
        for each in objects(node, "headers")
        if not is_off(each) and text(each, "name")
    )


def auth_of(node: Any, without: Auth) -> Auth:
    """Return an authorisation; ``without`` where there is none, or it is switched off."""
    kind = text(node, "type")
    if not kind or is_off(node):
        return without
    values = {name: as_text(value) for name, value in node.items()}
    in_body = {"client_authentication": "body"} if text(node, "credentialsInBody") == "true" else {}
    return Auth(kind, {**values, **in_body})


def variables_of(node: Any, prefix: str = "", depth: int = 0) -> Iterator[Variable]:
    """Yield the variables of an environment; one within an object has both names: ``order.id``.

    Those of the vault are secrets. Raises ConfigurationError for objects nested too deep.
    """
    for name, value in node.items() if isinstance(node, dict) else ():
        if name == _VAULT and not prefix:
            secrets = value if isinstance(value, dict) else ()
            yield from (Variable(f"vault.{each}", "", is_secret=True) for each in secrets)
        elif isinstance(value, dict):
            yield from variables_of(value, f"{prefix}{name}.", deeper(depth))
        elif name:
            yield Variable(f"{prefix}{name}", _untagged(as_text(value)))


def _untagged(written: str) -> str:
    """Return a text with a variable for each tag of Insomnia, such as ``{% uuid 'v4' %}``."""
    named = _BRACKETS.sub(lambda found: f"{{{{{found[2]}}}}}", written)
    return _TAG.sub(lambda found: f"{{{{${_TAGS.get(found[1], found[1])}}}}}", named)


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
        value = text(each, "fileName") if is_file else _untagged(text(each, "value"))
        yield Field(text(each, "name"), value, is_file=is_file)
