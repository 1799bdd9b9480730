"""The simple types of the entity data model, and the literals of ``$filter`` and of keys.

In the database times are whole milliseconds since 1970, UTC, and truth values are 0 and 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
JSON_DATE = re.compile(r"/Date\((-?\d{1,15})\)/", re.ASCII)
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d(:\d\d(\.\d{1,7})?)?", re.ASCII)

Value = str | int | float | None
# More would be too deep for Python or too long for SQLite.
MOST_TOKENS = 1000
# What an integer of the database can hold.
MOST_DIGITS = 18
TOKEN = re.compile(
    r"""\s*(?:
        datetime'(?P<datetime>[^']*)'
      | (?P<string>'(?:[^']|'')*')
      | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[mMdDfFlL]?)(?![\w.])
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


class EdmType(StrEnum):
    """The types that the services use."""

    STRING = "Edm.String"
    DECIMAL = "Edm.Decimal"
    INT32 = "Edm.Int32"
    INT64 = "Edm.Int64"
    BOOLEAN = "Edm.Boolean"
    DATE_TIME = "Edm.DateTime"
    DATE_TIME_OFFSET = "Edm.DateTimeOffset"
    BINARY = "Edm.Binary"

    @property
    def kind(self) -> str:
        """What values of the type can be compared with: string, number, boolean or datetime."""
        return _KINDS.get(self, "number")


_KINDS = {
    EdmType.STRING: "string",
    EdmType.BINARY: "string",
    EdmType.BOOLEAN: "boolean",
    EdmType.DATE_TIME: "datetime",
    EdmType.DATE_TIME_OFFSET: "datetime",
}


def as_text(edm_type: EdmType, scale: int, value: str | float) -> str:
    """Render a value for XML and for ``$value``: decimals with their full scale, as in ``51.000``."""
    match edm_type:
        case EdmType.DECIMAL:
            return f"{value:.{scale}f}"
        case EdmType.BOOLEAN:
            return "true" if value else "false"
        case EdmType.DATE_TIME | EdmType.DATE_TIME_OFFSET:
            moment = EPOCH + int(value) * MILLISECOND
            text = moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
            return f"{text}Z" if edm_type is EdmType.DATE_TIME_OFFSET else text
    return str(value)


def as_json(edm_type: EdmType, scale: int, value: Value) -> str | int | float | bool | None:
    """Render a value for JSON: exact numbers as strings, times as ``/Date(ms)/`` (wire-facts 5.1)."""
    if value is None:
        return None
    match edm_type:
        case EdmType.INT32:
            return value
        case EdmType.BOOLEAN:
            return bool(value)
        case EdmType.DATE_TIME | EdmType.DATE_TIME_OFFSET:
            return f"/Date({value})/"
    return as_text(edm_type, scale, value)


def from_json(edm_type: EdmType, value: object) -> Value:
    """Read a value of JSON, as ``as_json`` writes it, or a number; raises ValueError or TypeError."""
    match edm_type:
        case EdmType.STRING | EdmType.BINARY | EdmType.BOOLEAN:
            if not isinstance(value, bool if edm_type is EdmType.BOOLEAN else str):
                raise TypeError(value)
            return value
        case EdmType.DATE_TIME | EdmType.DATE_TIME_OFFSET:
            found = JSON_DATE.fullmatch(str(value))
            if found is None:
                raise ValueError(value)
            return int(found[1])
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(value)
    return from_text(edm_type, str(value))


def from_text(edm_type: EdmType, text: str) -> Value:
    """Read a value of XML, as ``as_text`` writes it; raises ValueError."""
    match edm_type:
        case EdmType.STRING | EdmType.BINARY:
            return text
        case EdmType.DECIMAL:
            return float(text)
        case EdmType.BOOLEAN:
            if text not in {"true", "false"}:
                raise ValueError(text)
            return int(text == "true")
        case EdmType.DATE_TIME:
            return read_datetime(text)
    return int(text)


def read_datetime(text: str) -> int:
    """Read the inside of a ``datetime'…'`` literal, which is UTC (wire-facts 5.1); raises ValueError.

    Date and time are needed, seconds and their fraction are not; no other way to write them is known to
    OData V2, and a tenant would refuse it.
    """
    if DATE_TIME.fullmatch(text) is None:
        raise ValueError(text)
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // MILLISECOND


def uri_literal(edm_type: EdmType, value: Value) -> str:
    """Render a value as a literal of a URL, not yet percent-encoded."""
    if edm_type is EdmType.STRING:
        return "'" + str(value).replace("'", "''") + "'"
    return f"{value}L" if edm_type is EdmType.INT64 else str(value)


class LiteralError(Exception):
    """A text that cannot be understood; the message says what and at which character."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; ``kind`` is word, mark, end, or the kind of a literal with its ``value``."""

    kind: str
    text: str
    position: int
    value: Value = None


def tokenize(text: str) -> list[Token]:
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
            return Token(kind, text, position, read_datetime(text))
        except ValueError as error:
            raise LiteralError(f"No time without a zone at position {position}.") from error
    if text in CONSTANTS:
        constant, value = CONSTANTS[text]
        return Token(constant, text, position, value)
    return Token(kind, text, position)


class Long(int):
    """An integer that was written with an ``L``, as the literal of Edm.Int64 is."""


def _number(text: str, position: int) -> int | float:
    digits = text.rstrip("mMdDfFlL")
    if set(digits) & set(".eE"):
        return float(digits)
    if len(digits) > MOST_DIGITS:
        raise LiteralError(f"The number at position {position} is too long.")
    return Long(digits) if text[-1] in "lL" else int(digits)
