"""Conditions of routers and loops in Camel's Simple: ``${header.x} = '1' and ${property.y} in 'a,b'``.

SAP's page "Define Router" lists the operators, ``=`` among them; Camel's page "Simple Language" has more.
``and`` and ``or`` are taken from left to right, none before the other: Camel's parser knows no precedence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import regex
from msgspec import Struct

from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple import compiled, pieces
from pytest_iflow.iflow_engine.expressions.simple_functions import SYNTAX_ERROR, Expression, Scope
from pytest_iflow.iflow_engine.failures import NotSupportedError, StepError

Condition = Callable[[Scope], bool]

_NEGATIONS = {"!contains": "contains", "!regex": "regex", "!in": "in", "!is": "is", "!range": "range"}
_NAMES = {"=": "==", "startsWith": "starts with", "endsWith": "ends with", "~~": "contains ignoring case"}
_WORD_OPERATORS = (
    r"not\s+contains|not\s+regex|not\s+in|not\s+is|not\s+range|contains|regex|in|is|range"
    r"|starts\s+with|ends\s+with|startsWith|endsWith"
)
_OPERATOR = re.compile(
    r"\s*(?P<sign>!=~|=~|==|!=|>=|<=|=|>|<|!contains\b|!regex\b|!in\b|!is\b|!range\b|!~~|~~)"
    rf"|\s*\b(?P<word>{_WORD_OPERATORS})(?=[\s'\"$]|$)"
)
_LOGIC = re.compile(r"\s*(?:(?P<and>&&|and\b)|(?P<or>\|\||or\b))")
_LITERAL = re.compile(
    r"\s*(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<null>null\b)|(?P<boolean>true\b|false\b)"
    r"|(?P<number>-?\d+(?:\.\d+)?(?![\w.])))"
)
_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d+)?\s*")
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_PATTERN_SECONDS = 2


class _Reader(Struct):
    """A condition that is read from left to right."""

    text: str
    position: int = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.position)
        if found is not None and found.end() > self.position:
            self.position = found.end()
            return found
        return None

    def at_end(self) -> bool:
        return not self.text[self.position :].strip()

    def wrong(self, what: str) -> StepError:
        rest = self.text[self.position :].strip()[:80]
        return StepError(f"the condition {self.text!r} cannot be read: {what} at {rest!r}", SYNTAX_ERROR)


def holds(text: str, scope: Scope) -> bool:
    """Tell whether a condition holds; raises StepError where it cannot be read."""
    return condition(text)(scope)


@lru_cache(maxsize=2048)
def condition(text: str) -> Condition:
    """Return the condition of a text, made once; raises StepError where it cannot be read."""
    reader = _Reader(text)
    whole = _comparison(reader)
    while not reader.at_end():
        logic = reader.take(_LOGIC)
        if logic is None:
            raise reader.wrong("no and, no or")
        whole = _joined(whole, _comparison(reader), both=bool(logic["and"]))
    return whole


def _joined(left: Condition, right: Condition, *, both: bool) -> Condition:
    if both:
        return lambda scope: left(scope) and right(scope)
    return lambda scope: left(scope) or right(scope)


def _comparison(reader: _Reader) -> Condition:
    left = _operand(reader)
    found = reader.take(_OPERATOR)
    if found is None:
        return lambda scope: _is_true(left(scope))
    name = re.sub(r"\s+", " ", found["sign"] or found["word"])
    name = _NEGATIONS.get(name, name) if not name.startswith("not ") else name
    negated = name.startswith("not ") or found["sign"] in _NEGATIONS or name in {"!=~", "!~~"}
    name = name.removeprefix("not ")
    name = name.removeprefix("!") if name in {"!=~", "!~~"} else name
    operator = _OPERATORS[_NAMES.get(name, name)]
    right = _operand(reader)
    return lambda scope: operator(left(scope), right(scope)) is not negated


def _operand(reader: _Reader) -> Expression:
    """Read a function, a text in quotes (which may hold functions), a number, true, false or null."""
    if reader.at_end():
        raise reader.wrong("a value is missing")
    if function := _function(reader):
        return function
    literal = reader.take(_LITERAL)
    if literal is None:
        raise reader.wrong("no ${…}, no text in quotes, no number")
    if literal["null"]:
        return lambda _scope: None
    if literal["boolean"]:
        value: object = literal["boolean"] == "true"
        return lambda _scope: value
    if literal["number"]:
        number = literal["number"]
        value = float(number) if "." in number else int(number)
        return lambda _scope: value
    return compiled(literal["single"] if literal["single"] is not None else literal["double"])


def _function(reader: _Reader) -> Expression | None:
    rest = reader.text[reader.position :]
    start = len(rest) - len(rest.lstrip())
    if not rest[start:].startswith(("${", "$simple{")):
        return None
    (first, is_function), *_ = pieces(rest[start:])
    if not is_function:
        return None
    opening = "${" if rest[start:].startswith("${") else "$simple{"
    text = f"{opening}{first}}}"
    reader.position += start + len(text)
    return compiled(text)


def _is_true(value: object) -> bool:
    """What a value alone says: true and "true" do, false, "false" and null do not, any other value does."""
    if value is None or isinstance(value, bool):
        return bool(value)
    return as_text(value).strip().lower() != "false"


def equal(left: object, right: object) -> bool:
    """Tell whether two values are equal once the right one has the type of the left one, as in Camel.

    null equals null only, not an empty text.
    """
    if left is None or right is None:
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return as_text(left).lower() == as_text(right).lower()
    if isinstance(left, int | float) or isinstance(right, int | float):
        numbers = _numbers(left, right)
        return numbers is not None and numbers[0] == numbers[1]
    return as_text(left) == as_text(right)


def _numbers(left: object, right: object) -> tuple[float, float] | None:
    one, other = as_text(left), as_text(right)
    if _NUMBER.fullmatch(one) and _NUMBER.fullmatch(other):
        return float(one), float(other)
    return None


def _order(left: object, right: object) -> int:
    """Compare as numbers where both are numbers, else as text; null comes first."""
    if left is None or right is None:
        return (left is not None) - (right is not None)
    one, other = _numbers(left, right) or (as_text(left), as_text(right))
    return (one > other) - (one < other)  # type: ignore[operator]  # both are numbers, or both texts


def _contains(left: object, right: object) -> bool:
    if left is None or right is None:
        return False
    if isinstance(left, list | tuple):
        return any(equal(one, right) for one in left)
    return as_text(right) in as_text(left)


def _matches(left: object, right: object) -> bool:
    if left is None or right is None:
        return False
    try:
        return regex.fullmatch(as_text(right), as_text(left), timeout=_PATTERN_SECONDS) is not None
    except (regex.error, TimeoutError) as error:
        raise StepError(
            f"the regular expression {as_text(right)!r} cannot be used: {error}",
            "java.util.regex.PatternSyntaxException",
        ) from error


def _is_one_of(left: object, right: object) -> bool:
    values = right if isinstance(right, list | tuple) else as_text(right).split(",")
    return left is not None and right is not None and any(equal(left, one) for one in values)


def _is_in_range(left: object, right: object) -> bool:
    bounds = _RANGE.fullmatch(as_text(right).strip())
    if bounds is None:
        raise StepError(f"{as_text(right)!r} is no range such as '100..199'", SYNTAX_ERROR)
    return _NUMBER.fullmatch(as_text(left)) is not None and int(bounds[1]) <= float(as_text(left)) <= int(
        bounds[2]
    )


def _is_instance(left: object, right: object) -> bool:
    name = as_text(right).rpartition(".")[2]
    known = {
        "String": str,
        "Integer": int,
        "Long": int,
        "Double": float,
        "Boolean": bool,
        "Map": dict,
        "List": list,
    }
    if name not in known:
        raise NotSupportedError(
            f"not supported by the local tenant: the class {as_text(right)} in a condition"
        )
    return isinstance(left, known[name])


_OPERATORS: dict[str, Callable[[object, object], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "=~": lambda left, right: equal(_lower(left), _lower(right)),
    ">": lambda left, right: _order(left, right) > 0,
    ">=": lambda left, right: _order(left, right) >= 0,
    "<": lambda left, right: _order(left, right) < 0,
    "<=": lambda left, right: _order(left, right) <= 0,
    "contains": _contains,
    "contains ignoring case": lambda left, right: _contains(_lower(left), _lower(right)),
    "regex": _matches,
    "in": _is_one_of,
    "is": _is_instance,
    "range": _is_in_range,
    "starts with": lambda left, right: left is not None and as_text(left).startswith(as_text(right)),
    "ends with": lambda left, right: left is not None and as_text(left).endswith(as_text(right)),
}


def _lower(value: object) -> str | None:
    return None if value is None else as_text(value).lower()
