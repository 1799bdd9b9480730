"""Numbers of a message, exact to the last digit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Self

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class JsonFloat(float):
    """A JSON number with a fraction or an exponent that remembers how the message wrote it.

    A ``float`` to every library; ``str()`` gives the written form, so that ``51.000`` is shown as
    ``51.000`` and a 20-digit price is not rounded before it is compared.
    """

    __slots__ = ("literal",)
    literal: str

    def __new__(cls, literal: str) -> Self:
        """Read a number as JSON writes it."""
        number = super().__new__(cls, literal)
        number.literal = literal
        return number

    def __str__(self) -> str:
        return self.literal


def as_decimal(value: object) -> Decimal | None:
    """Read a number, or a text that is one (XML leaves are texts), as Decimal; None for all else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def with_decimals(value: Any) -> Any:
    """Copy a JSON value with every number as Decimal, so that 51, 51.0 and 51.000 are equal."""
    if isinstance(value, dict):
        return {name: with_decimals(member) for name, member in value.items()}
    if isinstance(value, list):
        return [with_decimals(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    return value
