"""Pieces of SQL text with the values for their placeholders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from string import Formatter

from pytest_iflow.emulator.odata.edm import Value


@dataclass(frozen=True, slots=True)
class Sql:
    """An expression; what a caller sends is always a parameter, never text."""

    text: str
    parameters: tuple[Value, ...] = ()

    @classmethod
    def value(cls, value: Value) -> Sql:
        """Make a placeholder for a value."""
        return cls("?", (value,))

    @classmethod
    def column(cls, alias: str, name: str) -> Sql:
        """Name a column of the entity model."""
        return cls(f'"{alias}"."{name}"')

    @classmethod
    def of(cls, template: str, *parts: Sql) -> Sql:
        """Fill pieces into the fields ``{0}``, ``{1}``… of a template, each as often as it stands there."""
        used = [parts[int(field)] for _, field, _, _ in Formatter().parse(template) if field]
        return cls(
            template.format(*(part.text for part in parts)),
            tuple(parameter for part in used for parameter in part.parameters),
        )


TRUE = Sql("1")


def all_of(conditions: Iterable[Sql]) -> Sql:
    """Join conditions with AND."""
    joined = TRUE
    for each in conditions:
        if each is not TRUE:
            joined = each if joined is TRUE else Sql.of("({0} AND {1})", joined, each)
    return joined
