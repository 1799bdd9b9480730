"""A small OData service for the tests of the engine: shelves with books, one of them lent."""

from __future__ import annotations

import json
import sqlite3
import threading
from typing import Any

from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import (
    ComplexProperty,
    EntitySet,
    EntityType,
    FunctionImport,
    Model,
    Navigation,
    Property,
    Refusal,
)
from pytest_iflow.emulator.odata.reader import Reader
from pytest_iflow.emulator.odata.service import ODataService
from pytest_iflow.emulator.wire_answer import WireAnswer

ROOT = "http://h/books.svc"
BOOK = EntityType(
    "Book",
    key=("Id",),
    properties=(
        Property("Id"),
        Property("Title"),
        Property("Price", EdmType.DECIMAL, 2),
        Property("Pages", EdmType.INT32),
        Property("Sold", EdmType.INT64),
        Property("InPrint", EdmType.BOOLEAN),
        Property("Published", EdmType.DATE_TIME),
        ComplexProperty("Place", "Place", (Property("Shelf"), Property("Row", EdmType.INT32))),
    ),
    navigations=(
        Navigation("Shelf", "Shelves", (("Place/Shelf", "Name"),), many=False),
        Navigation("Loan", "Loans", (("Id", "BookId"),), many=False),
    ),
    media=True,
)
SHELF = EntityType(
    "Shelf",
    key=("Name", "Floor"),
    properties=(Property("Name"), Property("Floor", EdmType.INT32)),
    navigations=(Navigation("Books", "Books", (("Name", "Place/Shelf"),)),),
)
LOAN = EntityType("Loan", key=("BookId",), properties=(Property("BookId"), Property("Reader")))
MODEL = Model(
    "shop",
    sets=(
        EntitySet("Books", BOOK, content_without_json=True),
        EntitySet(
            "Shelves",
            SHELF,
            refused={"$count": Refusal(501, "no counting"), "$filter": Refusal(400, "no filter")},
            ignored=frozenset({"$inlinecount"}),
            any_keys=frozenset({("Name", "any")}),
        ),
        EntitySet("Loans", LOAN, list_refusal=Refusal(500, "only from books")),
    ),
    functions=(FunctionImport("Lend", "POST", ("Book",)),),
    ignored_in_navigation=frozenset({"$skip"}),
)
SCRIPT = """
CREATE TABLE book (id PRIMARY KEY, title, price, pages, sold, in_print, published, shelf, row);
INSERT INTO book VALUES
    ('b1', 'Ada''s Walk', 9.5, 120, 10000000000, 1, 1411430400000, 'A', 1),
    ('b2', 'Bridges', 20, 300, 5, 0, 1411430400001, 'A', 2),
    ('b3', NULL, 20, 80, 7, 1, NULL, 'B', 1);
CREATE VIEW Books AS
SELECT id AS Id, title AS Title, price AS Price, pages AS Pages, sold AS Sold, in_print AS InPrint,
       published AS Published, shelf AS "Place/Shelf", row AS "Place/Row",
       'text of ' || id AS "$value", 'text/plain' AS "$type"
FROM book;
CREATE VIEW Shelves AS SELECT 'A' AS Name, 0 AS Floor UNION SELECT 'B', 1;
CREATE VIEW Loans AS SELECT 'b2' AS BookId, 'Kim' AS Reader;
"""


class ClosedAtLast(sqlite3.Connection):
    """A database that is closed when nobody has it any more."""

    def __del__(self) -> None:
        self.close()


def database() -> sqlite3.Connection:
    """Open the database of the shop."""
    connection = sqlite3.connect(":memory:", factory=ClosedAtLast, check_same_thread=False)
    connection.executescript(SCRIPT)
    return connection


def reader() -> Reader:
    """Return a reader of the shop's database."""
    return Reader(MODEL, database(), threading.RLock())


def service() -> ODataService:
    """Return the service of the shop."""
    return ODataService(ROOT, MODEL, database(), threading.RLock())


def body(answered: WireAnswer) -> bytes:
    """Return the body of an answer that has gone well or not."""
    assert isinstance(answered.body, bytes)
    return answered.body


def read(path: str, **options: str) -> Any:
    """Read a path as JSON with query options (their names without ``$``); return what ``d`` holds."""
    answered = service().read(path, {f"${name}": text for name, text in options.items()}, "application/json")
    assert answered.status == 200, body(answered)
    return json.loads(body(answered))["d"]


def ids(path: str = "Books", **options: str) -> list[str]:
    """Return the ids of the books that a query finds."""
    return [book["Id"] for book in read(path, **options)["results"]]
