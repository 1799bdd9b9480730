"""The parameter types of phrases, beside those of Cucumber Expressions themselves.

Each gives the text that it fits to a function, which returns what it stands for. That function raises
ValueError or ConfigurationError for what it cannot read, so that a scenario is refused at collection.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cucumber_expressions.parameter_type import ParameterType
from cucumber_expressions.parameter_type_registry import ParameterTypeRegistry

from pytest_iflow.checks.instants import DURATION, NAMED_INSTANTS, Instant, read_duration
from pytest_iflow.checks.limits import COMPARISONS
from pytest_iflow.checks.path import check_path
from pytest_iflow.checks.relations import KINDS, Literal, with_article

REGISTRY = ParameterTypeRegistry()

STRING = r"""(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^'\\]*(?:\\.[^'\\]*)*')"""
"""A text in quotes, as ``{string}`` fits it, without groups."""
NUMBER = r"[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[Ee][+-]?\d+)?"
_LITERAL = rf"(?:{STRING}|{NUMBER}|true|false|null)"
_BETWEEN_ITEMS = r"(?:, (?:and |or )?| and | or )"
LIST = rf"{_LITERAL}(?:{_BETWEEN_ITEMS}{_LITERAL})*"
_FIRST_LITERAL = re.compile(rf"({_LITERAL})(?:{_BETWEEN_ITEMS})?")
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Leading:
    """A parameter type with which many phrases begin: its text is looked for once for all of them.

    ``beginnings`` are the first words of each text that fits.
    """

    pattern: re.Pattern[str]
    read: Callable[[str], Any]
    beginnings: tuple[tuple[str, ...], ...]


LEADING: dict[str, Leading] = {}
"""By name."""

REQUIRED_WORDS: dict[str, tuple[str, ...]] = {}
"""Of a parameter type the words of which one is in each text that fits it."""


def define(name: str, pattern: str, read: Callable[[str], Any], words: tuple[str, ...] = ()) -> None:
    """Define a parameter type by a regular expression without groups.

    ``words`` are some of which one is in each text that fits.
    """
    REGISTRY.define_parameter_type(ParameterType(name, pattern, object, read, use_for_snippets=False))
    if words:
        REQUIRED_WORDS[name] = words


def define_leading(
    name: str, pattern: str, read: Callable[[str], Any], beginnings: tuple[tuple[str, ...], ...]
) -> None:
    """Define a parameter type with which many phrases begin."""
    define(name, pattern, read)
    LEADING[name] = Leading(re.compile(f"({pattern}) "), read, beginnings)


def define_verb(name: str, verb: str, negation: str) -> None:
    """Define a parameter type for a verb; it gives whether it is negated."""
    define(name, f"{verb}|{negation}", lambda text: text == negation, words=(verb, negation))


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


define("not", "(?:not )?", lambda text: text == "not ")
define("literal", _LITERAL, read_literal)
define("n", NUMBER, read_number)
define("list", LIST, read_list)
define("path", STRING, _read_path)
define("comparison", _words(COMPARISONS), str, words=COMPARISONS)
define(
    "kind",
    "|".join(map(with_article, KINDS)),
    lambda text: text.partition(" ")[2],
    words=KINDS,
)
define("moment", "before|after", str, words=("before", "after"))
define("instant", rf"{STRING}|{_words(NAMED_INSTANTS)}", _read_instant)
define("duration", DURATION, _read_span)
define("parts", "any of|all of", str, words=("any of", "all of"))
define("case", "case and blanks|case|blanks", str)
define("order", "(?: in any order)?", bool)
define_verb("contains", "contains", "does not contain")
define_verb("starts", "starts", "does not start")
define_verb("ends", "ends", "does not end")
define_verb("matches", "matches", "does not match")
define_verb("equals", "equals", "does not equal")
define_verb("exists", "exists", "does not exist")
