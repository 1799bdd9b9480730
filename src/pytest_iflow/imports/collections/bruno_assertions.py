"""Assertions of Bruno as a script has them: ``res.status: eq 200`` is ``expect(res.status).to.equal(200)``.

What each operator does is said by usebruno/bruno, ``bruno-js/src/runtime/assert-runtime.js``.
"""

from __future__ import annotations

import re

_OPERATORS = {
    "eq": "to.equal({})",
    "neq": "to.not.equal({})",
    "gt": "to.be.above({})",
    "gte": "to.be.at.least({})",
    "lt": "to.be.below({})",
    "lte": "to.be.at.most({})",
    "in": "to.be.oneOf([{}])",
    "notIn": "to.not.be.oneOf([{}])",
    "contains": "to.include({})",
    "notContains": "to.not.include({})",
    "length": "to.have.lengthOf({})",
    "matches": "to.match(/{}/)",
    "notMatches": "to.not.match(/{}/)",
    "startsWith": "to.match(/^{}/)",
    "endsWith": "to.match(/{}$/)",
    "between": "to.be.within({})",
    "isEmpty": "to.be.empty",
    "isNotEmpty": "to.not.be.empty",
    "isNull": "to.be.null",
    "isUndefined": "to.be.undefined",
    "isDefined": "to.exist",
    "isTruthy": "to.be.true",
    "isFalsy": "to.be.false",
    "isString": "to.be.a('string')",
    "isNumber": "to.be.a('number')",
    "isArray": "to.be.a('array')",
    "isBoolean": "to.be.a('boolean')",
    "isJson": "to.be.a('object')",
}
_CONSTANT = re.compile(r"-?\d+(?:\.\d+)?|true|false|null|\[.*\]|\".*\"|'.*'", re.DOTALL)
_LISTS = frozenset({"in", "notIn", "between"})
_PATTERNS = frozenset({"matches", "notMatches"})
_TEXTS = frozenset({"startsWith", "endsWith"})
_SLASH = re.compile(r"(?<!\\)/")


def check_script(subject: str, expected: str) -> str:
    """Return an assertion as a statement; an expectation without an operator is one of equality."""
    operator, _, operand = expected.strip().partition(" ")
    if operator not in _OPERATORS:
        operator, operand = "eq", expected
    return f"expect({subject}).{_OPERATORS[operator].format(_written(operator, operand.strip()))};"


def _written(operator: str, operand: str) -> str:
    if operator in _LISTS:
        inner = operand.removeprefix("[").removesuffix("]")
        return ", ".join(_constant(each.strip()) for each in inner.split(","))
    if operator in _PATTERNS:
        is_literal = len(operand) > 1 and operand.startswith("/") and operand.endswith("/")
        return _SLASH.sub(r"\\/", operand[1:-1] if is_literal else operand)
    if operator in _TEXTS:
        return re.escape(_unquoted(operand)).replace("/", r"\/")
    return _constant(operand)


def _constant(operand: str) -> str:
    return operand if _CONSTANT.fullmatch(operand) else repr(operand)


def _unquoted(operand: str) -> str:
    is_quoted = len(operand) > 1 and operand[0] in {'"', "'"} and operand[-1] == operand[0]
    return operand[1:-1] if is_quoted else operand
