"""The parameter types of phrases, beside those of Cucumber Expressions themselves.

Each gives the text that it fits to a function, which returns what it stands for. That function raises
ValueError or ConfigurationError for what it cannot read, so that a scenario is refused at collection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from cucumber_expressions.parameter_type import ParameterType
from cucumber_expressions.parameter_type_registry import ParameterTypeRegistry
from msgspec import Struct

from pytest_iflow.checks.instants import DURATION, NAMED_INSTANTS, Instant, read_duration
from pytest_iflow.checks.limits import COMPARISONS
from pytest_iflow.checks.path import check_path
from pytest_iflow.checks.relations import KINDS, Literal, with_article
from pytest_iflow.lazy_pattern import lazy_pattern

REGISTRY = ParameterTypeRegistry()

STRING = r"""(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')"""
"""A text in quotes, as ``{string}`` fits it, without groups."""
NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[Ee][+-]?\d+)?"
_LITERAL = rf"(?:{STRING}|{NUMBER}|true|false|null)"
_BETWEEN_ITEMS = r"(?:, (?:and |or )?| and | or )"
LIST = rf"{_LITERAL}(?:{_BETWEEN_ITEMS}{_LITERAL})*"
_FIRST_LITERAL = lazy_pattern(rf"({_LITERAL})(?:{_BETWEEN_ITEMS})?")
_PARAMETER = lazy_pattern(r"\{(\w+)\}")
_ALTERNATIVES = lazy_pattern(r"(\w+)(?:/\w+)+")
_OPTIONAL = lazy_pattern(r"\(([^)]*)\)")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class Leading(Struct, frozen=True, eq=False):
    """A parameter type with which many phrases begin: its text is looked for once for all of them.

    ``example`` is a text that fits, ``beginnings`` are the first words of all that do.
    """

    pattern: re.Pattern[str]
    read: Callable[[str], Any]
    example: str
    beginnings: tuple[tuple[str, ...], ...]


LEADING: dict[str, Leading] = {}
"""By name."""

REQUIRED_WORDS: dict[str, tuple[str, ...]] = {}
"""Of a parameter type the words of which one is in each text that fits it."""

EXPLAINED: dict[str, tuple[str, str]] = {
    "string": ("a text in quotes, single or double", '"…"'),
    "int": ("a whole number", "3"),
    "float": ("a number", "2.5"),
    "word": ("a word without quotes", "POST"),
}
"""What each parameter type stands for, and an example."""


def define(
    name: str, pattern: str, read: Callable[[str], Any], about: str, example: str, words: tuple[str, ...] = ()
) -> None:
    """Define a parameter type by a regular expression without groups.

    ``words`` are some of which one is in each text that fits.
    """
    REGISTRY.define_parameter_type(ParameterType(name, pattern, object, read, use_for_snippets=False))
    EXPLAINED[name] = about, example
    if words:
        REQUIRED_WORDS[name] = words


def define_leading(
    name: str,
    pattern: str,
    read: Callable[[str], Any],
    about: str,
    example: str,
    beginnings: tuple[tuple[str, ...], ...],
) -> None:
    """Define a parameter type with which many phrases begin."""
    define(name, pattern, read, about, example)
    LEADING[name] = Leading(re.compile(f"({pattern}) "), read, example, beginnings)


def define_verb(name: str, verb: str, negation: str, *others: tuple[str, str]) -> None:
    """Define a parameter type for a verb; it gives whether it is negated.

    ``others`` are other words for it, each with its negation.
    """
    pairs = ((verb, negation), *others)
    negations = tuple(each for _, each in pairs)
    words = tuple(each for pair in pairs for each in pair)
    about = ", ".join(f'"{each}" or "{contrary}"' for each, contrary in pairs)
    define(name, _words(words), lambda text: text in negations, about, verb, words)


def parameters_of(expression: str) -> list[str]:
    """Return the names of the parameter types in an expression."""
    return _PARAMETER.findall(expression)


def example_of(expression: str) -> str:
    """Return a text that fits an expression."""
    first = _ALTERNATIVES.sub(r"\1", expression)
    spelled = _PARAMETER.sub(lambda found: EXPLAINED.get(found[1], ("", found[0]))[1], first)
    return _OPTIONAL.sub(r"\1", spelled)


def unquoted(text: str) -> str:
    """Return what stands between quotes, as ``{string}`` does."""
    return text[1:-1].replace('\\"', '"').replace("\\'", "'")


def read_literal(text: str) -> Literal:
    """Read a text in quotes, a number, ``true``, ``false`` or ``null``."""
    if text in _CONSTANTS:
        return Literal(_CONSTANTS[text])
    return Literal(unquoted(text) if text[0] in "\"'" else read_number(text))


def read_number(text: str) -> Decimal:
    """Read a number exactly; raises ValueError for an exponent that no number has here."""
    try:
        return Decimal(text)
    except ArithmeticError:
        raise ValueError(f"{text} is no number that can be read") from None


def read_list(text: str) -> tuple[Literal, ...]:
    """Read literals that are separated by commas, ``and`` or ``or``."""
    return tuple(read_literal(found[1]) for found in _FIRST_LITERAL.finditer(text))


def _read_path(text: str) -> str:
    path = unquoted(text)
    check_path(path)
    return path


def _read_instant(text: str) -> Instant:
    return Instant(text) if text in NAMED_INSTANTS else Instant.of_text(unquoted(text))


def _read_span(text: str) -> tuple[str, timedelta]:
    return text, read_duration(text)


def _words(words: tuple[str, ...]) -> str:
    return "|".join(words)


define("not", "(?:not )?", lambda text: text == "not ", '"not", or nothing', "")
define("literal", _LITERAL, read_literal, "a text in quotes, a number, true, false or null", '"EUR"')
define("n", NUMBER, read_number, "a number, exact to the last digit", "12.50")
define(
    "list",
    LIST,
    read_list,
    'texts in quotes or numbers, with commas, "and" or "or"',
    '"EUR", "USD" or "CHF"',
)
define("path", STRING, _read_path, "a JSONPath or an XPath in quotes", '"$.items[*].price"')
define("comparison", _words(COMPARISONS), str, ", ".join(COMPARISONS), "at least", COMPARISONS)
_SAME_KINDS = {"a string": "text", "an array": "list", "a UUID": "uuid"}
"""Other names of kinds."""
_KINDS = {**{with_article(kind): kind for kind in KINDS}, **_SAME_KINDS}
define("kind", _words(tuple(_KINDS)), lambda text: _KINDS[text], ", ".join(_KINDS), "a number", tuple(_KINDS))
_WORDS = tuple(f"is {no}{word}" for word in (*COMPARISONS, "before", "after") for no in ("", "not "))
define(
    "words",
    _words((*_WORDS, "equals", "does not equal")),
    str,
    f'"is" or "is not" with {", ".join(COMPARISONS)}, before or after; "equals" or "does not equal"',
    "is at least",
)
define("each", "every|some|no", str, "every, some or no", "every", ("every", "some", "no"))
define("moment", "before|after", str, "before or after", "before", ("before", "after"))
define(
    "instant",
    rf"{STRING}|{_words(NAMED_INSTANTS)}",
    _read_instant,
    f'{", ".join(NAMED_INSTANTS)}, or a date in quotes such as "2026-01-31" or "2026-01-31T12:00:00Z"',
    "now",
)
define("duration", DURATION, _read_span, "a number of seconds, minutes, hours, days or weeks", "5 minutes")
define("parts", "any of|all of", str, '"any of" or "all of"', "any of", ("any of", "all of"))
define("case", "case and blanks|case|blanks", str, "case, blanks, or case and blanks", "case and blanks")
define("order", "(?: in any order)?", bool, '"in any order", or nothing', "")
define(
    "filled",
    "(?:,? filled in)?",
    bool,
    '"filled in", so that variables of a file have their values, or nothing',
    "",
)
define_verb("contains", "contains", "does not contain")
define_verb("starts", "starts", "does not start")
define_verb("ends", "ends", "does not end")
define_verb("matches", "matches", "does not match")
define_verb("has", "has", "does not have")
define_verb("equals", "equals", "does not equal", ("is equal to", "is not equal to"))
define_verb("exists", "exists", "does not exist")


@cache
def common_piece(words: tuple[str, ...]) -> str:
    """Return the longest piece, of three letters or more, that is in each of the words."""
    shortest = min(words, key=len)
    for length in range(len(shortest), 2, -1):
        for start in range(len(shortest) - length + 1):
            piece = shortest[start : start + length]
            if all(piece in each for each in words):
                return piece
    return ""
