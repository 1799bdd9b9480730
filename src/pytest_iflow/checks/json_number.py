"""Numbers of a message, exact to the last digit and in the form in which the message wrote them."""

from __future__ import annotations

import re
from collections.abc import Hashable
from decimal import Context, Decimal, InvalidOperation
from typing import Any, Self

from pytest_iflow.lazy_pattern import lazy_pattern

_NUMBER = lazy_pattern(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_EXACT = Context(traps=[InvalidOperation])
WIDE = Context(prec=50_000, traps=[InvalidOperation])
"""Adds and subtracts numbers to the last digit, unless one has tens of thousands more than the other."""
_DIGITS_OF_AN_INT = 4_000
"""Python turns no longer integers into texts (``sys.set_int_max_str_digits``)."""
_LONGEST_EXPONENT = 40
_MOST_DIGITS = 20_000
"""Reading a number costs the square of its digits: 0.01 s for so many, minutes for millions."""


class _AsWritten:
    """A number that remembers its ``literal``, the form in which the message wrote it."""

    __slots__ = ()
    literal: str

    def __str__(self) -> str:
        return self.literal

    __repr__ = __str__


class JsonFloat(_AsWritten, float):
    """A JSON number with a fraction or an exponent.

    A ``float`` to every library; ``str()`` gives the written form, so that ``51.000`` is shown as
    ``51.000`` and a 20-digit price is not rounded before it is compared.
    """

    __slots__ = ("literal",)

    def __new__(cls, literal: str) -> Self:
        """Read a number as JSON writes it."""
        number = super().__new__(cls, literal)
        number.literal = literal
        return number

    def is_integer(self) -> bool:
        """Whether it has no fraction, as written: 1E400 has none, 12345678901234567890.5 has one."""
        number = as_decimal(self)
        return number is not None and number == number.to_integral_value()


class JsonInteger(_AsWritten, int):
    """A JSON integer whose written form ``int`` would not give back: ``-0``, or thousands of digits."""

    def __new__(cls, literal: str) -> Self:
        """Read an integer as JSON writes it."""
        number = super().__new__(cls, Decimal(literal))
        number.literal = literal
        return number


def json_integer(literal: str) -> int:
    """Read an integer as JSON writes it; raises ValueError for one of more than 20,000 digits."""
    if len(literal) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(literal):,} digits is too long to be judged")
    return JsonInteger(literal) if literal == "-0" or len(literal) > _DIGITS_OF_AN_INT else int(literal)


def as_decimal(value: object) -> Decimal | None:
    """Read a number, or a text that is one (XML leaves are texts), as Decimal; None for all else.

    None, too, for one with an exponent that no Decimal holds.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text, _EXACT)
    except InvalidOperation:
        return None


def plain(number: Decimal) -> str:
    """Write a number without an exponent, unless it would be hundreds of digits long."""
    exponent = number.as_tuple().exponent
    return f"{number:f}" if isinstance(exponent, int) and abs(exponent) < _LONGEST_EXPONENT else str(number)


def as_json_number(number: Decimal) -> int | float:
    """Return a number as one of a message is held."""
    text = plain(number)
    return json_integer(text) if text.lstrip("-").isdigit() else JsonFloat(text)


def identity(value: Any) -> Hashable:
    """Return the same for equal values only: 51, 51.0 and 51.000 are one number."""
    if isinstance(value, dict):
        return frozenset((name, identity(member)) for name, member in value.items())
    if isinstance(value, list):
        return tuple(map(identity, value))
    if value is None or isinstance(value, str | bool):
        return type(value), value
    number = value if type(value) is int else as_decimal(value)
    return "number", str(value) if number is None else number
