"""A test script as steps of a feature, statement by statement; what has no phrase is kept as it was written.

Scripts are parsed and never run. ``docs/from-postman.md`` lists what is translated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from tree_sitter import Node

from pytest_iflow.drafts.draft import StepDraft
from pytest_iflow.drafts.feature_text import in_quotes, literal
from pytest_iflow.imports.scripts.assertions import (
    FILLERS,
    WORDS,
    Links,
    chain_of,
    condition,
    expectation,
    judged_response,
    values_of,
)
from pytest_iflow.imports.scripts.checks import subject
from pytest_iflow.imports.scripts.tree import (
    arguments_of,
    body_of,
    called,
    pair_of,
    parameters_of,
    parsed_script,
    text_of,
)
from pytest_iflow.imports.scripts.values import Scope, Value

LONGEST = 1_000_000
"""Characters of a script that are read; what is longer is a library."""

_SETTERS = frozenset(
    {"setVar", "setEnvVar", "setGlobalEnvVar", "setEnvironmentVariable", "setGlobalVariable"}
)
_QUIET = frozenset({"console.log", "console.info", "console.warn", "console.error", "console.debug"})
_TESTS = frozenset({"pm.test", "test", "insomnia.test", "it", "describe"})
_TOKENS = ("access_token", "accesstoken", "id_token", "token")


class Script(msgspec.Struct, frozen=True):
    """A translated script.

    ``steps`` judge; ``kept`` remember values for later requests, by the name of the variable; ``tokens`` are
    variables that get an access token; ``schemas`` are JSON Schemas by the placeholder that a step has for
    the name of the file; ``left`` are the statements that have no phrase, as they are written.
    """

    steps: tuple[StepDraft, ...] = ()
    kept: tuple[tuple[str, StepDraft], ...] = ()
    tokens: tuple[str, ...] = ()
    schemas: tuple[tuple[str, Any], ...] = ()
    left: tuple[str, ...] = ()


def translated(text: str, variable: Callable[[str], Value | None] | None = None) -> Script:
    """Translate a test script; one that cannot be read at all is left whole.

    ``variable`` gives what a variable of the collection stands for; without it each is a remembered one.
    """
    if not text.strip():
        return Script()
    if len(text) > LONGEST:
        return Script(left=(f"a script of {len(text):,} characters",))
    reading, root = _Reading(), parsed_script(text)
    if root.type == "ERROR":
        return Script(left=(text,))
    try:
        reading.block(root, Scope(variable=variable) if variable else Scope())
    except RecursionError:
        return Script(left=(text,))
    return Script(
        tuple(dict.fromkeys(reading.steps)),
        tuple(reading.kept),
        tuple(reading.tokens),
        tuple(reading.schemas),
        tuple(reading.left),
    )


class _Reading:
    """What was found in a script so far."""

    def __init__(self) -> None:
        self.steps: list[StepDraft] = []
        self.kept: list[tuple[str, StepDraft]] = []
        self.tokens: list[str] = []
        self.schemas: list[tuple[str, Any]] = []
        self.left: list[str] = []

    def block(self, node: Node, scope: Scope) -> None:
        """Read statements in their order; declarations are known to those behind them."""
        for statement in node.named_children:
            if statement.type in {"comment", "empty_statement"}:
                continue
            if statement.has_error or not self._statement(statement, scope):
                self.left.append(text_of(statement).strip())

    def _statement(self, node: Node, scope: Scope) -> bool:
        if node.type in {"lexical_declaration", "variable_declaration"}:
            return self._declaration(node, scope)
        if node.type == "statement_block":
            self.block(node, scope.within())
            return True
        if node.type != "expression_statement" or not node.named_children:
            return False
        inner = node.named_children[0]
        if inner.type == "assignment_expression":
            return self._assignment(inner, scope)
        return self._expression(inner, scope)

    def _declaration(self, node: Node, scope: Scope) -> bool:
        """Know names by their values; where one is not known, what uses it is left."""
        for declared in node.named_children:
            name = declared.child_by_field_name("name")
            value = scope.value(declared.child_by_field_name("value"))
            if name is not None and name.type == "identifier":
                if value is not None:
                    scope.names[text_of(name)] = value
                else:
                    scope.names.pop(text_of(name), None)
        return True

    def _assignment(self, node: Node, scope: Scope) -> bool:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return False
        if left.type == "identifier":
            value = scope.value(right)
            if value is not None:
                scope.names[text_of(left)] = value
            return value is not None
        if left.type == "subscript_expression" and text_of(left.child_by_field_name("object")) == "tests":
            return self._add(condition(right, scope))
        return False

    def _expression(self, node: Node, scope: Scope) -> bool:
        if node.type == "await_expression":
            return self._expression(node.named_children[0], scope)
        function = text_of(node.child_by_field_name("function")) if node.type == "call_expression" else ""
        if function in _QUIET:
            return True
        if function in _TESTS:
            bodies = [each for each in arguments_of(node) if each.child_by_field_name("body")]
            return bool(bodies) and self._function(bodies[0], scope)
        method = called(node)
        if method is not None:
            owner, name, arguments = method
            if name == "forEach" and len(arguments) == 1:
                return self._each(owner, arguments[0], scope)
            if self._set(owner, name, pair_of(node), scope):
                return True
        return self._add(self._assertion(node, scope))

    def _function(self, node: Node, scope: Scope) -> bool:
        body = node.child_by_field_name("body")
        if body is None:
            return False
        if body.type == "statement_block":
            self.block(body, scope.within())
            return True
        return self._expression(body, scope)

    def _each(self, owner: Node, function: Node, scope: Scope) -> bool:
        """Read what is expected of each item: ``json.a.forEach(x => pm.expect(x.id).to.be.above(0))``."""
        value, names, nodes = scope.value(owner), parameters_of(function), body_of(function)
        if value is None or value.kind != "json" or len(names) != 1:
            return False
        inner = scope.within(**{names[0]: Value("json", f"{value.path}[*]")})
        found: list[StepDraft] = []
        for node in nodes:
            expression = node.named_children[0] if node.type == "expression_statement" else node
            steps = self._assertion(expression, inner, which="every")
            if not steps:
                return False
            found += steps
        return self._add(found)

    def _set(self, owner: Node, name: str, pair: tuple[Node, Node] | None, scope: Scope) -> bool:
        """Read what is kept for later requests: ``pm.environment.set("id", json.id)``."""
        whole = text_of(owner)
        tool, _, part = whole.partition(".")
        sets = (tool in {"pm", "insomnia"} and part and name == "set") or name in _SETTERS
        variable = scope.text(pair[0]) if sets and pair else None
        value = scope.value(pair[1]) if pair else None
        if variable is None or value is None:
            return False
        last = value.path.rpartition(".")[2].strip("'][").lower()
        if value.kind in {"json", "variable"} and last in _TOKENS:
            self.tokens.append(variable)
            return True
        step = _kept(value, variable)
        if step is not None:
            self.kept.append((variable, step))
        return step is not None

    def _assertion(self, node: Node, scope: Scope, which: str = "the") -> list[StepDraft]:
        """Return the steps of a chain of an assertion, and note the schemas that it names."""
        chain = chain_of(node)
        if chain is None:
            return []
        root, links = chain
        return self._response(links, scope) if root is None else expectation(root, links, scope, which)

    def _response(self, links: Links, scope: Scope) -> list[StepDraft]:
        words: set[str] = set()
        found: list[StepDraft] = []
        for name, arguments in links:
            if name in WORDS:
                words.add(name)
            elif name not in FILLERS:
                values = values_of(arguments, scope)
                is_schema = name == "jsonSchema" and bool(values) and not words
                if values is None:
                    return []
                step = (
                    self._schema(values[0]) if is_schema else judged_response(name, frozenset(words), values)
                )
                if step is None:
                    return []
                found.append(step)
        return found

    def _schema(self, value: Value) -> StepDraft | None:
        if not isinstance(value.constant, dict):
            return None
        placeholder = f"\0schema{len(self.schemas)}\0"
        self.schemas.append((placeholder, value.constant))
        return StepDraft("Then", f'the response matches the schema "{placeholder}"')

    def _add(self, steps: list[StepDraft]) -> bool:
        self.steps += steps
        return bool(steps)


def _kept(value: Value, variable: str) -> StepDraft | None:
    name = in_quotes(variable)
    if value.kind == "constant":
        text = in_quotes(literal(str(value.constant))) if isinstance(value.constant, str) else None
        return StepDraft("Given", f"I remember the text {text} as {name}") if text and name else None
    said = subject(value)
    return StepDraft("And", f"I remember {said} as {name}") if said and name else None
