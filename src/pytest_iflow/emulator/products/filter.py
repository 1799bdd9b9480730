"""``$filter`` of OData V2: a recursive-descent parser that compiles to parameterised SQL.

Grammar, loosest first::

    any        = all { "or" all }
    all        = negation { "and" negation }
    negation   = [ "not" ] primary
    primary    = "(" any ")" | operand ( "eq" | "ne" | "gt" | "ge" | "lt" | "le" ) operand
    operand    = property | string | number
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_iflow.emulator.products.catalogue import PROPERTIES

OPERATORS = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
# Keeps the depth of the expression within what Python and SQLite can take.
MOST_TOKENS = 100
TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^']|'')*')
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[mMdDfFlL]?(?![\w.])
      | (?P<word>[A-Za-z_]\w*)
      | (?P<bracket>[()])
    )""",
    re.VERBOSE,
)


class FilterError(Exception):
    """A filter that cannot be understood; the text says what and at which character."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL expression of columns and placeholders, with the values for the placeholders."""

    sql: str
    parameters: tuple[str | float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


@dataclass(frozen=True, slots=True)
class _Operand:
    condition: Condition
    numeric: bool


def compile_filter(text: str) -> Condition:
    """Compile the value of ``$filter``; raises FilterError."""
    parser = _Parser(_tokens(text))
    condition = parser.any()
    parser.expect_end()
    return condition


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = TOKEN.match(text, position)
        if match is None:
            raise FilterError(f"Syntax error at position {position + 1}.")
        kind = str(match.lastgroup)
        tokens.append(_Token(kind, match.group(kind), match.start(kind) + 1))
        position = match.end()
    if len(tokens) > MOST_TOKENS:
        raise FilterError(f"The filter has more than {MOST_TOKENS} parts.")
    return [*tokens, _Token("end", "", end + 1)]


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def any(self) -> Condition:
        condition = self._all()
        while self._take("word", "or"):
            condition = _join(condition, "OR", self._all())
        return condition

    def _all(self) -> Condition:
        condition = self._negation()
        while self._take("word", "and"):
            condition = _join(condition, "AND", self._negation())
        return condition

    def _negation(self) -> Condition:
        if not self._take("word", "not"):
            return self._primary()
        condition = self._primary()
        return Condition(f"(NOT {condition.sql})", condition.parameters)

    def _primary(self) -> Condition:
        if self._take("bracket", "("):
            condition = self.any()
            if not self._take("bracket", ")"):
                raise self._unexpected("a closing bracket")
            return condition
        return self._comparison()

    def _comparison(self) -> Condition:
        left = self._operand()
        token = self._tokens[self._next]
        operator = OPERATORS.get(token.text) if token.kind == "word" else None
        if operator is None:
            raise self._unexpected("a comparison operator")
        self._next += 1
        right = self._operand()
        if left.numeric is not right.numeric:
            raise FilterError(f"A string is compared with a number at position {token.position}.")
        return _join(left.condition, operator, right.condition)

    def _operand(self) -> _Operand:
        token = self._tokens[self._next]
        if token.kind == "string":
            operand = _Operand(Condition("?", (token.text[1:-1].replace("''", "'"),)), numeric=False)
        elif token.kind == "number":
            operand = _Operand(Condition("?", (float(token.text),)), numeric=True)
        elif token.kind == "word" and token.text in PROPERTIES:
            named = PROPERTIES[token.text]
            operand = _Operand(Condition(named.column), numeric=named.scale is not None)
        else:
            raise self._unexpected("a property or a literal")
        self._next += 1
        return operand

    def expect_end(self) -> None:
        if self._tokens[self._next].kind != "end":
            raise self._unexpected("the end")

    def _take(self, kind: str, text: str) -> bool:
        token = self._tokens[self._next]
        if (token.kind, token.text) != (kind, text):
            return False
        self._next += 1
        return True

    def _unexpected(self, wanted: str) -> FilterError:
        return FilterError(f"Expected {wanted} at position {self._tokens[self._next].position}.")


def _join(left: Condition, operator: str, right: Condition) -> Condition:
    return Condition(f"({left.sql} {operator} {right.sql})", left.parameters + right.parameters)
