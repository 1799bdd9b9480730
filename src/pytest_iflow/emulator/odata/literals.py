"""The tokens of ``$filter`` and of keys: literals of OData V2, words and brackets."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_iflow.emulator.odata.edm import Value, milliseconds

# Keeps the expression within what Python and SQLite can take.
MOST_TOKENS = 1000
# What an integer of the database can hold.
MOST_DIGITS = 18
TOKEN = re.compile(
    r"""\s*(?:
        datetime'(?P<datetime>[^']*)'
      | (?P<string>'(?:[^']|'')*')
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)[mMdDfFlL]?(?![\w.])
      | (?P<word>[A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)
      | (?P<mark>[(),=])
    )""",
    re.VERBOSE,
)
CONSTANTS: dict[str, tuple[str, Value]] = {
    "true": ("boolean", 1),
    "false": ("boolean", 0),
    "null": ("null", None),
}


class LiteralError(Exception):
    """A text that cannot be understood; the message says what and at which character."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; ``kind`` is word, mark, end, or the kind of a literal with its ``value``."""

    kind: str
    text: str
    position: int
    value: Value = None


def tokens(text: str) -> list[Token]:
    """Split a text; the last token is of kind ``end``. Raises LiteralError."""
    found: list[Token] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = TOKEN.match(text, position)
        if match is None:
            raise LiteralError(f"Syntax error at position {position + 1}.")
        found.append(_token(match))
        position = match.end()
        if len(found) > MOST_TOKENS:
            raise LiteralError(f"There are more than {MOST_TOKENS} parts.")
    return [*found, Token("end", "", end + 1)]


def _token(match: re.Match[str]) -> Token:
    kind = str(match.lastgroup)
    text = match.group(kind)
    position = match.start(kind) + 1
    if kind == "string":
        return Token(kind, text, position, text[1:-1].replace("''", "'"))
    if kind == "number":
        return Token(kind, text, position, _number(text, position))
    if kind == "datetime":
        try:
            return Token(kind, text, position, milliseconds(text))
        except ValueError as error:
            raise LiteralError(f"No time without a zone at position {position}.") from error
    if text in CONSTANTS:
        constant, value = CONSTANTS[text]
        return Token(constant, text, position, value)
    return Token(kind, text, position)


def _number(text: str, position: int) -> int | float:
    if set(text) & set(".eE"):
        return float(text)
    if len(text) > MOST_DIGITS:
        raise LiteralError(f"The number at position {position} is too long.")
    return int(text)
