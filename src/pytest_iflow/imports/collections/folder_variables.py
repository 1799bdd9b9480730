"""Variables of a folder or of one request, where another folder has another value for the same name.

The tenant file has one value for each name. So a value that holds in one folder only is written into the
requests of that folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from re import Match

import msgspec

from pytest_iflow.imports.collections.collection import Auth, Body, Call, Field, Folder, Variable
from pytest_iflow.imports.collections.variables import REFERENCE, is_secret_name, is_secret_value


def with_own_values(root: Folder) -> Folder:
    """Return a tree in which no two folders set one variable to different values.

    A secret stays a variable: its value is not written anywhere.
    """
    values: dict[str, set[str]] = {}
    _collect(root, values)
    names = {name for name, held in values.items() if len(held) > 1}
    return _settled(root, names, {}) if names else root


def with_values(call: Call, values: Mapping[str, str]) -> Call:
    """Return a request with the values of some variables in it; its scripts stay as they are."""
    if not values:
        return call

    def filled(text: str) -> str:
        def value(found: Match[str]) -> str:
            return values.get(found[1], found[0])

        return REFERENCE.sub(value, text)

    body = call.body
    fields = tuple(
        Field(each.name, filled(each.value), is_file=each.is_file, content_type=each.content_type)
        for each in body.fields
    )
    return msgspec.structs.replace(
        call,
        url=filled(call.url),
        headers=tuple((name, filled(text)) for name, text in call.headers),
        body=Body(body.kind, filled(body.text), body.content_type, fields, filled(body.variables)),
        auth=Auth(call.auth.kind, {name: filled(text) for name, text in call.auth.values.items()}),
    )


def is_secret(variable: Variable) -> bool:
    """Tell whether a variable holds a secret: the tool says so, or its name or its value."""
    return variable.is_secret or is_secret_name(variable.name) or is_secret_value(variable.value)


def _collect(folder: Folder, values: dict[str, set[str]]) -> None:
    for each in folder.variables:
        if not is_secret(each):
            values.setdefault(each.name, set()).add(each.value)
    for inner in folder.folders:
        _collect(inner, values)


def _settled(folder: Folder, names: set[str], outer: Mapping[str, str]) -> Folder:
    own = {each.name: each.value for each in folder.variables if each.name in names and not is_secret(each)}
    scope = {**outer, **own}
    return msgspec.structs.replace(
        folder,
        calls=tuple(with_values(call, scope) for call in folder.calls),
        folders=tuple(_settled(inner, names, scope) for inner in folder.folders),
        variables=tuple(each for each in folder.variables if each.name not in own),
    )
