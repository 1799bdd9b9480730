"""The products as a table of an SQLite database in memory, and what their service says of them."""

from __future__ import annotations

import csv
import sqlite3
from importlib import resources

from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import EntitySet, EntityType, Model, Property, Refusal

NOT_IMPLEMENTED = 501

# Scales as in wire-facts 1.4.
PRODUCT = EntityType(
    "Product",
    key=("ProductId",),
    properties=(
        Property("ProductId"),
        Property("Name"),
        Property("Category"),
        Property("CategoryName"),
        Property("CurrencyCode"),
        Property("DimensionDepth", EdmType.DECIMAL, 4),
        Property("DimensionHeight", EdmType.DECIMAL, 4),
        Property("DimensionUnit"),
        Property("DimensionWidth", EdmType.DECIMAL, 4),
        Property("LongDescription"),
        Property("PictureUrl"),
        Property("Price", EdmType.DECIMAL, 3),
        Property("QuantityUnit"),
        Property("ShortDescription"),
        Property("SupplierId"),
        Property("Weight", EdmType.DECIMAL, 3),
        Property("WeightUnit"),
    ),
)
# The namespace is assumed: the metadata document of the service is not on record. Suppliers and reviews
# are none of the flows' business.
MODEL = Model(
    "com.sap.espm.model",
    sets=(
        EntitySet(
            "Products",
            PRODUCT,
            refused={"$expand": Refusal(NOT_IMPLEMENTED, "The query option $expand is not supported.")},
        ),
    ),
)


def catalogue() -> sqlite3.Connection:
    """Open a database with the products of ``products.csv``; it belongs to the thread that opens it."""
    text = resources.files(__package__).joinpath("products.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    columns = list(rows.fieldnames or ())
    numbers = {
        each.name
        for each in PRODUCT.properties
        if isinstance(each, Property) and each.type is EdmType.DECIMAL
    }
    database = sqlite3.connect(":memory:")
    declared = ", ".join(f"{name} {'REAL' if name in numbers else 'TEXT'}" for name in columns)
    database.execute(f"CREATE TABLE product ({declared}, PRIMARY KEY (ProductId))")
    marks = ", ".join(f":{name}" for name in columns)
    # The names come from the file's own heading.
    database.executemany(f"INSERT INTO product VALUES ({marks})", rows)  # noqa: S608
    # The long description is the short one, as the service's loader has it (wire-facts 1.4).
    database.execute(
        "CREATE VIEW Products AS SELECT *, Description AS LongDescription, "
        "Description AS ShortDescription FROM product"
    )
    return database
