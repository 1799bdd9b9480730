"""What the order service keeps: orders in an SQLite table in memory, which OData V2 reads and changes."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from dataclasses import dataclass

from pytest_iflow.emulator.odata.changes import Changes
from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.model import EntitySet, EntityType, Model, ODataError, Property
from pytest_iflow.emulator.odata.service import ODataCall, ODataService, error_answer
from pytest_iflow.emulator.wire_answer import WireAnswer

ORDER = EntityType(
    "Order",
    key=("OrderId",),
    properties=(
        Property("OrderId"),
        Property("Customer"),
        Property("Amount", EdmType.DECIMAL, 2),
        Property("Currency"),
        Property("Quantity", EdmType.INT32),
        Property("Paid", EdmType.BOOLEAN),
    ),
)
MODEL = Model("local.tenant.orders", sets=(EntitySet("Orders", ORDER),))
FIRST = (
    ("4711", "Jürgen & Söhne", 12.5, "EUR", 2, 1),
    ("4712", "Photo Scan Ltd", 99.0, "USD", 1, 0),
    ("4713", "O'Hara", 1250.0, "EUR", 40, 0),
)
"""The orders of the beginning."""
TABLE = (
    "CREATE TABLE Orders (OrderId TEXT PRIMARY KEY, Customer TEXT, Amount REAL, Currency TEXT, "
    "Quantity INTEGER, Paid INTEGER)"
)
READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer; ``key`` is that of the order that was created, changed or deleted, empty without one."""

    wire: WireAnswer
    key: str = ""


class OrderStore:
    """The orders; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._database: sqlite3.Connection | None = None

    def clear(self) -> None:
        """Return to the orders of the beginning."""
        with self._lock:
            if self._database is not None:
                self._close()
                self._database = None

    def answer(self, call: ODataCall, root: str) -> Answered:
        """Answer a request of the service at the URL ``root``."""
        with self._lock:
            database = self._open()
            if (call.method, call.path) == ("POST", "$batch"):
                return Answered(self._batch(call, root, database))
            return self._one(call, root, database)

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
            self._close = weakref.finalize(self, self._database.close)
            self._database.execute(TABLE)
            self._database.executemany("INSERT INTO Orders VALUES (?, ?, ?, ?, ?, ?)", FIRST)
        return self._database

    def _one(self, call: ODataCall, root: str, database: sqlite3.Connection) -> Answered:
        service = ODataService(root, MODEL, database, self._lock)
        if call.method in READS:
            return Answered(service.read(call.path, call.options, call.accept))
        changes = Changes(root, MODEL, database, service)
        try:
            answer, key = changes.make(call.method, call.path, call.body, call.content_type, call.accept)
        except ODataError as error:
            return Answered(error_answer(error, call.options, call.accept))
        return Answered(answer, key)

    def _batch(self, call: ODataCall, root: str, database: sqlite3.Connection) -> WireAnswer:
        # Imported here: a start takes longer with it, and few send a batch.
        from pytest_iflow.emulator.odata.batch import run_batch

        try:
            return run_batch(call, lambda part: self._one(part, root, database).wire, database, ";v=1/")
        except ODataError as error:
            return error_answer(error, call.options, call.accept)
