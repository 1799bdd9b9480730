"""The products as a table of an SQLite database in memory."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True)
class Property:
    """A property of the entity type; ``scale`` is the number of decimals, None for a string."""

    name: str
    column: str
    scale: int | None = None

    def text(self, value: str | float) -> str:
        """Render a value as it goes over the wire: decimals with their full scale, as in ``51.000``."""
        return str(value) if self.scale is None else f"{value:.{self.scale}f}"


# Scales as in wire-facts 1.4; the long description is the short one, as the service's loader has it.
PROPERTIES: Mapping[str, Property] = {
    each.name: each
    for each in (
        Property("ProductId", "ProductId"),
        Property("Name", "Name"),
        Property("Category", "Category"),
        Property("CategoryName", "CategoryName"),
        Property("CurrencyCode", "CurrencyCode"),
        Property("DimensionDepth", "DimensionDepth", 4),
        Property("DimensionHeight", "DimensionHeight", 4),
        Property("DimensionUnit", "DimensionUnit"),
        Property("DimensionWidth", "DimensionWidth", 4),
        Property("LongDescription", "Description"),
        Property("PictureUrl", "PictureUrl"),
        Property("Price", "Price", 3),
        Property("QuantityUnit", "QuantityUnit"),
        Property("ShortDescription", "Description"),
        Property("SupplierId", "SupplierId"),
        Property("Weight", "Weight", 3),
        Property("WeightUnit", "WeightUnit"),
    )
}
KEY = PROPERTIES["ProductId"]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows and columns are wanted: SQL text made of column names, values as parameters."""

    properties: Sequence[Property]
    where: str = "1"
    parameters: tuple[str | float, ...] = ()
    order_by: str = KEY.column
    limit: int = -1
    offset: int = 0


class Catalogue:
    """The table, filled from ``products.csv``; belongs to the thread that made it."""

    def __init__(self) -> None:
        text = resources.files(__package__).joinpath("products.csv").read_text(encoding="utf-8")
        rows = csv.DictReader(text.splitlines())
        columns = list(rows.fieldnames or ())
        numbers = {each.column for each in PROPERTIES.values() if each.scale is not None}
        declared = ", ".join(f"{name} {'REAL' if name in numbers else 'TEXT'}" for name in columns)
        self._database = sqlite3.connect(":memory:")
        self._database.execute(f"CREATE TABLE Products ({declared}, PRIMARY KEY (ProductId))")
        marks = ", ".join(f":{name}" for name in columns)
        # The names come from the file's own heading.
        self._database.executemany(f"INSERT INTO Products VALUES ({marks})", rows)  # noqa: S608

    def select(self, selection: Selection) -> list[dict[str, str]]:
        """Return the selected products, each property by its name, rendered as text."""
        columns = ", ".join(each.column for each in selection.properties)
        # All SQL text is made of the columns above; what a caller sends is a parameter.
        statement = (
            f"SELECT {columns} FROM Products WHERE {selection.where} "  # noqa: S608
            f"ORDER BY {selection.order_by} LIMIT ? OFFSET ?"
        )
        parameters = (*selection.parameters, selection.limit, selection.offset)
        return [
            {each.name: each.text(value) for each, value in zip(selection.properties, row, strict=True)}
            for row in self._database.execute(statement, parameters)
        ]

    def close(self) -> None:
        """Give the memory back."""
        self._database.close()
