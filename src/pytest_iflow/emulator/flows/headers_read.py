"""Which headers of a request a flow of the suite reads, by its template or its source.

A tenant passes on only the headers that a flow allows (wire-facts 4.10). So a flow that reads one, and does
not say which are allowed, would work on the local tenant alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_iflow.emulator.flows.message import ADAPTER_HEADERS, ALL_HEADERS, Protocol

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.nodes import Node

# The adapter sets these itself, or others that begin so.
SET_BY_ADAPTER = ("camel", "sapauthenticatedusername")


@dataclass(frozen=True, slots=True)
class HeadersRead:
    """The names of headers that a flow reads; ``unknown`` says that it reads others that no source names."""

    names: frozenset[str] = frozenset()
    unknown: bool = False

    @classmethod
    def of(cls, found: Iterable[str | None], protocol: Protocol) -> HeadersRead:
        """Return what of ``found`` has to be allowed; None stands for a name that is not in the source."""
        names = set(found)
        own = (each for each in names if each and not each.lower().startswith(SET_BY_ADAPTER))
        return cls(
            frozenset(each for each in own if each.lower() not in ADAPTER_HEADERS[protocol]), None in names
        )

    @property
    def allowed_headers(self) -> str:
        """What *Allowed Header(s)* has to say for all of them; empty if nothing has to be allowed."""
        return ALL_HEADERS if self.unknown else "|".join(sorted(self.names))


def headers_of_template(source: str, environment: Environment) -> Iterator[str | None]:
    """Yield the names that a Jinja2 template reads of ``headers``, None where only a run tells them.

    Raises ``TemplateSyntaxError``.
    """
    from jinja2 import nodes

    def is_headers(node: Node) -> bool:
        return isinstance(node, nodes.Name) and node.name == "headers"

    def visit(node: Node) -> Iterator[str | None]:
        if (
            isinstance(node, nodes.Call)
            and isinstance(node.node, nodes.Getattr)
            and is_headers(node.node.node)
        ):
            yield _constant(node.args) if node.node.attr == "get" else None
        elif isinstance(node, nodes.Getattr) and is_headers(node.node):
            yield node.attr
        elif isinstance(node, nodes.Getitem) and is_headers(node.node):
            yield _constant([node.arg])
        elif is_headers(node):
            yield None
        else:
            for child in node.iter_child_nodes():
                yield from visit(child)

    return visit(environment.parse(source))


def headers_of_function(source: str, name: str) -> Iterator[str | None]:
    """Yield the names that a function reads of its message's headers, with the functions that it calls.

    Those are the ones of the same file that call the message by the same name.
    """
    functions = {each.name: each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)}
    if name not in functions or not functions[name].args.args:
        return
    message = functions[name].args.args[0].arg
    reached = [name]
    for each in reached:
        called = {node.id for node in ast.walk(functions[each]) if isinstance(node, ast.Name)}
        reached += [other for other in functions if other in called and other not in reached]
        yield from _headers_of_message(functions[each], message)


def _headers_of_message(node: ast.AST, message: str) -> Iterator[str | None]:
    def is_of_message(part: ast.AST, attribute: str) -> bool:
        return (
            isinstance(part, ast.Attribute)
            and part.attr == attribute
            and isinstance(part.value, ast.Name)
            and part.value.id == message
        )

    match node:
        case ast.Call(func=ast.Attribute(value=part, attr="get"), args=args) if is_of_message(
            part, "headers"
        ):
            yield _constant(args)
        case ast.Call(func=part, args=args) if is_of_message(part, "header"):
            yield _constant(args)
        case ast.Subscript(value=part, slice=key) if is_of_message(part, "headers"):
            yield _constant([key])
        case part if is_of_message(part, "headers"):
            yield None
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _headers_of_message(child, message)


def _constant(arguments: Iterable[object]) -> str | None:
    """Return the first of the arguments, where it is a text."""
    first = next(iter(arguments), None)
    value = getattr(first, "value", None)
    return value if isinstance(value, str) else None
