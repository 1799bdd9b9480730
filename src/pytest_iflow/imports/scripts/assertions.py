"""Chains of assertions and conditions of a test script, as steps of a feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tree_sitter import Node

from pytest_iflow.drafts.draft import StepDraft
from pytest_iflow.imports.scripts.checks import Words, inner_value, judged, then
from pytest_iflow.imports.scripts.tree import arguments_of, body_of, called, parameters_of, text_of
from pytest_iflow.imports.scripts.values import Scope, Value

FILLERS = frozenset(
    {"to", "be", "been", "is", "that", "which", "and", "has", "have", "with"}
    | {"at", "of", "same", "but", "does", "still", "also", "own"}
)
"""Words of a chain that mean nothing by themselves."""
WORDS = frozenset({"not", "deep", "all", "any", "ordered", "nested"})
"""Words that change the meaning of the one that judges."""

Links = list[tuple[str, list[Node] | None]]
"""The words of a chain, with the arguments of those that are called."""

_EXPECTS = frozenset({"pm.expect", "expect", "insomnia.expect"})
_OPERATORS = {
    "===": ("eql", False),
    "==": ("eql", False),
    "!==": ("eql", True),
    "!=": ("eql", True),
    ">": ("above", False),
    ">=": ("least", False),
    "<": ("below", False),
    "<=": ("most", False),
}
_STATUSES: Mapping[str, str] = {
    "ok": "200",
    "accepted": "202",
    "badRequest": "400",
    "unauthorized": "401",
    "forbidden": "403",
    "notFound": "404",
    "notAcceptable": "406",
    "rateLimited": "429",
    "success": "a success",
    "redirection": "a redirect",
    "clientError": "a client error",
    "serverError": "a server error",
}


def condition(node: Node, scope: Scope, which: str = "the") -> list[StepDraft]:
    """Return the steps for an expression that is to be true: ``responseCode.code === 200 && …``."""
    if node.type == "parenthesized_expression" and node.named_children:
        return condition(node.named_children[0], scope, which)
    if node.type == "binary_expression":
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = text_of(node.child_by_field_name("operator"))
        if operator == "&&" and left is not None and right is not None:
            first, second = condition(left, scope, which), condition(right, scope, which)
            return [*first, *second] if first and second else []
        value, other = scope.value(left), scope.value(right)
        if value is None or other is None or operator not in _OPERATORS:
            return []
        word, is_not = _OPERATORS[operator]
        words: Words = frozenset({"not"} if is_not else ())
        return _one(judged(value, word, words, (other,), which=which))
    return _called_condition(node, scope, which)


def _called_condition(node: Node, scope: Scope, which: str) -> list[StepDraft]:
    is_not = node.type == "unary_expression" and text_of(node.child_by_field_name("operator")) == "!"
    inner = node.child_by_field_name("argument") if is_not else node
    method = called(inner) if inner is not None else None
    if method is None:
        return []
    owner, name, arguments = method
    words: Words = frozenset({"not"} if is_not else ())
    if name == "some" and len(arguments) == 1 and not is_not:
        return _some(owner, arguments[0], scope)
    if name == "has" and text_of(owner).endswith(".cookies"):
        cookie = scope.text(arguments[0]) if arguments else None
        return _one(judged(Value("cookie", cookie), "exist", words, ())) if cookie else []
    if name == "has" and text_of(owner).endswith(".headers"):
        header = scope.text(arguments[0]) if arguments else None
        return _one(judged(Value("header", header), "exist", words, ())) if header else []
    value, values = scope.value(owner), values_of(arguments, scope)
    if value is None or values is None or name not in {"has", "includes"}:
        return []
    return _one(judged(value, "include", words, values, which=which))


def _some(owner: Node, function: Node, scope: Scope) -> list[StepDraft]:
    value, names, body = scope.value(owner), parameters_of(function), body_of(function)
    if value is None or value.kind != "json" or len(names) != 1 or len(body) != 1:
        return []
    found = condition(body[0], scope.within(**{names[0]: Value("json", f"{value.path}[*]")}), "some")
    return found if len(found) == 1 else []


def expectation(root: Node, links: Links, scope: Scope, which: str) -> list[StepDraft]:
    """Return the steps of ``pm.expect(root)`` with what stands behind it."""
    value = scope.value(root)
    judging = [name for name, _ in links if name not in FILLERS]
    if value is None or value.kind == "constant":
        return condition(root, scope, which) if judging in (["true"], ["ok"]) else []
    words: set[str] = set()
    found: list[StepDraft] = []
    for position, (name, arguments) in enumerate(links):
        if name in FILLERS:
            continue
        is_part = name in {"include", "contain"} and position + 1 < len(links)
        if name in WORDS or (is_part and not arguments):
            words.add("include" if is_part else name)
            continue
        if name in {"a", "an"} and arguments is None:
            continue
        if name in {"length", "lengthOf"} and not arguments:
            value = Value("count", value.path)
            continue
        values = values_of(arguments, scope)
        step = judged(value, name, frozenset(words), values, which=which) if values is not None else None
        if step is None:
            return []
        found.append(step)
        inner = value.member(str(values[0].constant)) if name == "property" and values else None
        value, words = inner or value, set()
    return found


def chain_of(node: Node) -> tuple[Node | None, Links] | None:
    """Take a chain apart: what is expected of (None for the response), and the words with their arguments."""
    links: Links = []
    arguments: list[Node] | None = None
    while True:
        if node.type == "call_expression":
            function = node.child_by_field_name("function")
            if function is None:
                return None
            if text_of(function) in _EXPECTS:
                given = arguments_of(node)
                return (given[0], links[::-1]) if given else None
            arguments, node = arguments_of(node), function
        elif node.type == "member_expression":
            owner = node.child_by_field_name("object")
            name = text_of(node.child_by_field_name("property"))
            if name == "to" and text_of(owner) in {"pm.response", "insomnia.response"}:
                return None, links[::-1]
            links.append((name, arguments))
            arguments = None
            if owner is None:
                return None
            node = owner
        else:
            return None


def values_of(arguments: list[Node] | None, scope: Scope) -> list[Value] | None:
    """Return what arguments stand for; None where one is not known."""
    found = [scope.value(each) for each in arguments or ()]
    known = [each for each in found if each is not None]
    return known if len(known) == len(found) else None


def judged_response(word: str, words: Words, arguments: Sequence[Value]) -> StepDraft | None:
    """Return the step for an assertion about the whole response: ``pm.response.to.have.status(200)``."""
    no = "not " if "not" in words else ""
    if word == "error" and not arguments:
        return then(f"the response status is {'less than' if no else 'at least'} 400")
    if word in _STATUSES and not arguments:
        return then(f"the response status is {no}{_STATUSES[word]}")
    if word == "json" and not arguments:
        contains = "does not contain" if no else "contains"
        return then(f'the response header "Content-Type" {contains} "json"')
    if word in {"body", "withBody"}:
        body, has_none = Value("text"), not arguments
        return judged(
            body,
            "empty" if has_none else _equal_or_match(arguments),
            words ^ {"not"} if has_none else words,
            arguments,
        )
    return _named(word, words, arguments)


def _named(word: str, words: Words, arguments: Sequence[Value]) -> StepDraft | None:
    """Return the step about the status, a header or a value, which the first argument names."""
    first = arguments[0].constant if arguments else None
    rest = arguments[1:]
    if word == "status" and isinstance(first, Decimal):
        return judged(Value("status"), "eql", words, arguments)
    if word == "header" and isinstance(first, str):
        return judged(Value("header", first), _equal_or_match(rest), words, rest)
    if word == "jsonBody" and isinstance(first, str):
        found = inner_value(Value("json", "$"), first)
        return judged(found, "eql" if rest else "exist", words, rest) if found else None
    return None


def _equal_or_match(arguments: Sequence[Value]) -> str:
    if not arguments:
        return "exist"
    return "match" if arguments[0].kind == "regex" else "eql"


def _one(step: StepDraft | None) -> list[StepDraft]:
    return [] if step is None else [step]
