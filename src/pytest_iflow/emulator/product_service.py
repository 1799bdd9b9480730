"""The product service: OData V2 at ``/espm-cloud-web/espm.svc``, over an SQLite table in memory."""

from __future__ import annotations

import contextlib
import csv
import sqlite3
from http import HTTPStatus
from importlib import resources

from starlette.requests import Request
from starlette.routing import Route, Router

from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import EntitySet, EntityType, Model, Property, Refusal
from pytest_iflow.emulator.odata.service import ODataService
from pytest_iflow.emulator.wire_answer import WireAnswer

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
# The namespace is assumed: the metadata document of the service is not on record. The flows use no
# suppliers and no reviews.
MODEL = Model(
    "com.sap.espm.model",
    sets=(
        EntitySet(
            "Products",
            PRODUCT,
            refused={
                "$expand": Refusal(HTTPStatus.NOT_IMPLEMENTED, "The query option $expand is not supported.")
            },
        ),
    ),
)

ROOT = "/espm-cloud-web/espm.svc"


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


class ProductService:
    """Answers queries for products; a query takes microseconds and runs on the event loop."""

    def __init__(self, url: str) -> None:
        self._catalogue = catalogue()
        self._odata = ODataService(url, MODEL, self._catalogue, contextlib.nullcontext())

    def app(self) -> Router:
        """Return the application, read-only as the flows need it."""
        return Router([Route(f"{ROOT}/{{resource:path}}", self._read)])

    def close(self) -> None:
        """Close the catalogue."""
        self._catalogue.close()

    async def _read(self, request: Request) -> WireAnswer:
        return self._odata.read(
            request.path_params["resource"], dict(request.query_params), request.headers.get("accept", "")
        )
