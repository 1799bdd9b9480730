"""A collection of requests as a tool keeps it: folders, requests, what they send, examples of answers.

Postman, Bruno and Insomnia are read into this. All texts are as they were written, with variables as
``{{name}}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec


class Field(msgspec.Struct, frozen=True):
    """A field of a form; of a file ``value`` is its path."""

    name: str
    value: str
    is_file: bool = False
    content_type: str = ""


BodyKind = Literal["none", "text", "form", "multipart", "file", "graphql"]


class Body(msgspec.Struct, frozen=True):
    """What a request sends; of a file ``text`` is its path. ``content_type`` is what the tool itself says."""

    kind: BodyKind = "none"
    text: str = ""
    content_type: str = ""
    fields: tuple[Field, ...] = ()
    variables: str = ""
    """Those of GraphQL, as JSON."""


class Auth(msgspec.Struct, frozen=True):
    """How a request is authorised: ``inherit``, ``none``, ``basic``, ``bearer``, ``oauth2`` or others."""

    kind: str = "inherit"
    values: Mapping[str, str] = {}


class Example(msgspec.Struct, frozen=True):
    """A saved answer, with the request that it belongs to where the tool keeps that."""

    name: str
    status: int | None
    content_type: str
    body: str
    request: Call | None = None


class Call(msgspec.Struct, frozen=True):
    """A request; ``before`` and ``after`` are its scripts, ``checks`` assertions that are no script."""

    name: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = Body()
    auth: Auth = Auth()
    before: str = ""
    after: str = ""
    examples: tuple[Example, ...] = ()
    description: str = ""


class Folder(msgspec.Struct, frozen=True):
    """A folder of requests and folders; its scripts run around each of them."""

    name: str
    calls: tuple[Call, ...] = ()
    folders: tuple[Folder, ...] = ()
    auth: Auth = Auth()
    before: str = ""
    after: str = ""
    description: str = ""
    variables: tuple[Variable, ...] = ()

    def all_calls(self) -> Iterator[Call]:
        """Yield the requests of the folder and of those in it."""
        yield from self.calls
        for folder in self.folders:
            yield from folder.all_calls()


class Variable(msgspec.Struct, frozen=True):
    """A variable of a collection or an environment."""

    name: str
    value: str
    is_secret: bool = False


class Stage(msgspec.Struct, frozen=True):
    """An environment of the tool, or its globals."""

    name: str
    variables: tuple[Variable, ...]


class Collection(msgspec.Struct, frozen=True):
    """A whole collection; ``tool`` is the name of the one that wrote it."""

    tool: str
    name: str
    root: Folder
    stages: tuple[Stage, ...] = ()


Pairs = tuple[tuple[str, str], ...]
"""Names with their values: headers, parameters."""


def stage_on(base: Stage, own: Stage) -> Stage:
    """Return an environment with what it inherits of another one: all that it does not set itself."""
    names = {each.name for each in own.variables}
    inherited = (each for each in base.variables if each.name not in names)
    return Stage(own.name, (*own.variables, *inherited))


def headers_on(outer: Pairs, own: Pairs) -> Pairs:
    """Return headers with those of the folders around them; one that is set again replaces the outer one."""
    names = {name.lower() for name, _ in own}
    return (*(pair for pair in outer if pair[0].lower() not in names), *own)


def with_path_parameters(url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return an address with the values of its parameters, such as ``/orders/:id``."""
    for name, value in parameters:
        parts = re.split(rf"/:{re.escape(name)}(?=[/?#]|$)", url)
        url = f"/{value}".join(parts)
    return url
