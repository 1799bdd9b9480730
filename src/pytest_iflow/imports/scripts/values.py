"""What an expression of a test script stands for: a value of the response, a constant, a remembered value.

Scripts are those of Postman (today's and the older names), Bruno and Insomnia. They are parsed by tree-sitter
and never run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from tree_sitter import Node

from pytest_iflow.imports.scripts.tree import adds_up, arguments_of, called, text_of, unescaped

_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)

Kind = str
"""``json``, ``xml``, ``text``, ``status``, ``time``, ``header``, ``cookie``, ``constant``, ``regex``,
``variable``, ``count`` or ``sum`` of a value, and ``headers``, ``response``: of which a part is meant."""


class Value(msgspec.Struct, frozen=True):
    """A value that a script names.

    ``path`` is the JSONPath or XPath, the name of a header, a cookie or a variable; ``constant`` what a
    constant is, with ``Decimal`` for numbers; ``flags`` are those of a regular expression.
    """

    kind: Kind
    path: str = ""
    constant: Any = None
    flags: str = ""

    def member(self, name: str) -> Value | None:
        """Return a member of this value; None where a script may mean something else by it."""
        if self.kind == "json":
            if name == "length":
                return Value("count", self.path)
            return Value("json", self.path + json_step(name))
        if self.kind == "xml":
            at = "@" if self.path.endswith("/$") else ""
            path = self.path.removesuffix("/$")
            return Value("xml", path if name == "_" else f"{path}/{at}{name}")
        if self.kind == "headers":
            return Value("header", name)
        if self.kind == "constant" and isinstance(self.constant, dict) and name in self.constant:
            return Value("constant", constant=self.constant[name])
        return _MEMBERS.get((self.kind, name))

    def item(self, number: int) -> Value | None:
        """Return an item of a list, counted from 0."""
        if self.kind == "json":
            return Value("json", f"{self.path}[{number}]")
        return Value("xml", f"{self.path}[{number + 1}]") if self.kind == "xml" else None


_RESPONSE = Value("response")
_MEMBERS = {
    ("response", "code"): Value("status"),
    ("response", "status"): Value("status"),
    ("response", "responseTime"): Value("time"),
    ("response", "headers"): Value("headers"),
    ("response", "body"): Value("json", "$"),
    ("code", "code"): Value("status"),
}
_NAMES: Mapping[str, Value] = {
    "responseBody": Value("text"),
    "responseTime": Value("time"),
    "responseCode": Value("code"),
    "responseHeaders": Value("headers"),
    "res": _RESPONSE,
    "undefined": Value("constant", constant=...),
}
_TOOLS = frozenset({"pm", "insomnia", "postman", "bru"})
_SCOPES = frozenset({"environment", "globals", "variables", "collectionVariables", "baseEnvironment"})
_GETTERS = frozenset(
    {"getVar", "getEnvVar", "getGlobalEnvVar", "getEnvironmentVariable", "getGlobalVariable"}
)


def json_step(name: str) -> str:
    """Return a member as a JSONPath has it."""
    if _PLAIN_NAME.fullmatch(name):
        return f".{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


class Scope:
    """The names that a script gives to values; one within a function knows those around it.

    ``variable`` gives the value of a variable of the collection, None for one that is not known.
    """

    def __init__(
        self,
        names: Mapping[str, Value] | None = None,
        variable: Callable[[str], Value | None] = lambda name: Value("variable", name),
    ) -> None:
        self.names = dict(names or {})
        self.variable = variable

    def within(self, **names: Value) -> Scope:
        """Return a scope with more names."""
        return Scope({**self.names, **names}, self.variable)

    def value(self, node: Node | None) -> Value | None:
        """Return what an expression stands for; None where that is not known."""
        read = _READERS.get(node.type) if node is not None else None
        return read(self, node) if read is not None and node is not None else None

    def constant(self, node: Node | None) -> tuple[Any] | None:
        """Return the constant that an expression is, in a tuple; None where it is none."""
        value = self.value(node)
        return (value.constant,) if value is not None and value.kind == "constant" else None

    def text(self, node: Node | None) -> str | None:
        """Return the text that an expression is; None where it is none."""
        found = self.constant(node)
        return found[0] if found and isinstance(found[0], str) else None


def _identifier(scope: Scope, node: Node) -> Value | None:
    name = text_of(node)
    return scope.names.get(name) or _NAMES.get(name)


def _member(scope: Scope, node: Node) -> Value | None:
    owner, name = node.child_by_field_name("object"), text_of(node.child_by_field_name("property"))
    if text_of(owner) in _TOOLS and name == "response":
        return _RESPONSE
    value = scope.value(owner)
    if value == _RESPONSE and name == "status" and text_of(owner) != "res":
        return None  # the reason phrase, which nothing here names
    if value == _RESPONSE and name == "body" and text_of(owner) != "res":
        return None
    return value.member(name) if value else None


def _subscript(scope: Scope, node: Node) -> Value | None:
    value = scope.value(node.child_by_field_name("object"))
    index = scope.constant(node.child_by_field_name("index"))
    if value is None or index is None:
        return None
    if isinstance(index[0], str):
        return value.member(index[0])
    is_number = isinstance(index[0], Decimal) and index[0] == int(index[0]) and index[0] >= 0
    return value.item(int(index[0])) if is_number else None


def _call(scope: Scope, node: Node) -> Value | None:
    arguments = arguments_of(node)
    method = called(node)
    if method is None:
        is_xml = text_of(node.child_by_field_name("function")) == "xml2Json" and len(arguments) == 1
        return Value("xml") if is_xml and scope.value(arguments[0]) == Value("text") else None
    owner, name, _ = method
    if not arguments:
        return _of_response(name) if scope.value(owner) == _RESPONSE else None
    if text_of(owner) == "JSON" and name == "parse":
        return Value("json", "$") if scope.value(arguments[0]) == Value("text") else None
    named = scope.text(arguments[0])
    if named is not None:
        return _named(scope, owner, name, named)
    value = scope.value(owner) if name == "reduce" and adds_up(node) else None
    return Value("sum", value.path) if value is not None and value.kind == "json" else None


def _of_response(name: str) -> Value | None:
    methods = {
        "json": Value("json", "$"),
        "text": Value("text"),
        "getBody": Value("json", "$"),
        "getStatus": Value("status"),
        "getResponseTime": Value("time"),
    }
    return methods.get(name)


def _named(scope: Scope, owner: Node, name: str, named: str) -> Value | None:
    """Return a header, a cookie or a variable that is asked for by its name."""
    value, whole = scope.value(owner), text_of(owner)
    tool, _, part = whole.partition(".")
    if (value == Value("headers") and name == "get") or name == "getResponseHeader":
        return Value("header", named)
    if value == _RESPONSE and name == "getHeader":
        return Value("header", named)
    if tool in _TOOLS and part == "cookies" and name == "get":
        return Value("cookie", named)
    is_variable = (tool in _TOOLS and part in _SCOPES and name == "get") or (
        whole in _TOOLS and name in _GETTERS
    )
    if tool in _TOOLS and name == "replaceIn":
        return Value("constant", constant=named)
    return scope.variable(named) if is_variable else None


def _string(_: Scope, node: Node) -> Value | None:
    text = unescaped(node)
    return None if text is None else Value("constant", constant=text)


def _number(_: Scope, node: Node) -> Value | None:
    try:
        return Value("constant", constant=Decimal(text_of(node).replace("_", "")))
    except InvalidOperation:
        return None


def _unary(scope: Scope, node: Node) -> Value | None:
    found = scope.constant(node.child_by_field_name("argument"))
    is_minus = text_of(node.child_by_field_name("operator")) == "-"
    return (
        Value("constant", constant=-found[0])
        if is_minus and found and isinstance(found[0], Decimal)
        else None
    )


def _array(scope: Scope, node: Node) -> Value | None:
    found = [scope.constant(each) for each in node.named_children if each.type != "comment"]
    return None if None in found else Value("constant", constant=[each[0] for each in found if each])


def _object(scope: Scope, node: Node) -> Value | None:
    members: dict[str, Any] = {}
    for pair in node.named_children:
        if pair.type == "comment":
            continue
        key, found = pair.child_by_field_name("key"), scope.constant(pair.child_by_field_name("value"))
        if pair.type != "pair" or key is None or found is None:
            return None
        name = text_of(key) if key.type == "property_identifier" else scope.text(key)
        if name is None:
            return None
        members[name] = found[0]
    return Value("constant", constant=members)


def _regex(_: Scope, node: Node) -> Value:
    pattern, flags = node.child_by_field_name("pattern"), node.child_by_field_name("flags")
    return Value("regex", text_of(pattern), flags=text_of(flags))


def _inner(scope: Scope, node: Node) -> Value | None:
    return scope.value(node.named_children[0]) if node.named_child_count == 1 else None


def _fixed(constant: Any) -> Callable[[Scope, Node], Value | None]:
    return lambda _scope, _node: Value("constant", constant=constant)


_READERS: Mapping[str, Callable[[Scope, Node], Value | None]] = {
    "identifier": _identifier,
    "undefined": _fixed(...),
    "member_expression": _member,
    "subscript_expression": _subscript,
    "call_expression": _call,
    "string": _string,
    "template_string": _string,
    "number": _number,
    "unary_expression": _unary,
    "true": _fixed(True),
    "false": _fixed(False),
    "null": _fixed(None),
    "array": _array,
    "object": _object,
    "regex": _regex,
    "parenthesized_expression": _inner,
    "await_expression": _inner,
}


def as_json(constant: Any) -> str:
    """Return a constant as JSON, its numbers as they are written."""
    if isinstance(constant, dict):
        inner = ", ".join(
            f"{json.dumps(key, ensure_ascii=False)}: {as_json(each)}" for key, each in constant.items()
        )
        return f"{{{inner}}}"
    if isinstance(constant, list):
        return f"[{', '.join(map(as_json, constant))}]"
    return str(constant) if isinstance(constant, Decimal) else json.dumps(constant, ensure_ascii=False)
