"""Message logs as tables of SQLite: one row for each log, one row for each of its parts.

Columns are named as the fields of the records; times are whole milliseconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from pytest_iflow.emulator.message_logs.message_log import (
    AdapterAttribute,
    Attachment,
    MessageLog,
    Run,
    RunStep,
    StoreEntry,
)

MILLISECONDS = 1000
TIMES = frozenset({"start", "end", "time"})
# What clients look logs up by, each with the time that they order by (wire-facts 5.2). The first page then
# comes out of the index, and many logs cost no more than few. What is null for most messages stands with the
# key, which every order ends with: with the time, SQLite would have to sort all of those messages.
INDEXES = (
    ("log", ("start",)),
    ("log", ("end",)),
    ("log", ("artifact", "start")),
    ("log", ("artifact", "end")),
    ("log", ("status", "start")),
    ("log", ("status", "end DESC")),
    ("log", ("artifact", "status", "end")),
    ("log", ("correlation_id", "start")),
    ("log", ("application_message_id", "message_id")),
    ("log", ("application_message_type", "message_id")),
    ("log", ("sender", "message_id")),
    ("log", ("receiver", "message_id")),
    ("log", ("custom_status", "start")),
    ("custom_headers", ("name", "value")),
    ("runs", ("run_id",)),
    ("run_steps", ("run_id",)),
)
# A statement that fails is undone from memory: little is written at a time.
SAFE_PRAGMAS = ("PRAGMA foreign_keys = ON", "PRAGMA journal_mode = MEMORY")


def _pair(name: str, value: str) -> tuple[str, str]:
    return name, value


def _name_and_direction(columns: tuple[str, ...]) -> list[tuple[str, str, str]]:
    return [column.partition(" ") for column in columns]


def _quoted(columns: tuple[str, ...]) -> str:
    """Quote names for a statement; a direction may stand behind the name of an index's column."""
    return ", ".join(f'"{name}"{space}{direction}' for name, space, direction in _name_and_direction(columns))


def _insert(table: str, columns: tuple[str, ...]) -> str:
    # All names of tables and columns are those of this module and of the records.
    return f"INSERT INTO {table} ({_quoted(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


class PartTable:
    """The table of one kind of parts of a log, named as the field of the log that holds them.

    ``columns`` are the fields of a part in their order, ``make`` builds a part of their values;
    ``id_prefix`` is what the ids of parts begin with. The statements are those of one log.
    """

    def __init__(
        self, name: str, columns: tuple[str, ...], make: Callable[..., Any], id_prefix: str = ""
    ) -> None:
        self.name = name
        self.columns = columns
        self.make = make
        self.id_prefix = id_prefix
        self.insert = _insert(name, ("id", "position", "message_id", *columns))
        self.delete = f"DELETE FROM {name} WHERE message_id = ?"  # noqa: S608 - name above
        self.select = f"SELECT {_quoted(columns)} FROM {name} WHERE message_id = ? ORDER BY position"  # noqa: S608 - names above


def _record_table(name: str, record: type[Any], id_prefix: str = "") -> PartTable:
    return PartTable(name, tuple(each.name for each in fields(record)), record, id_prefix)


PARTS = (
    PartTable("custom_headers", ("name", "value"), _pair),
    _record_table("adapter_attributes", AdapterAttribute),
    _record_table("attachments", Attachment, id_prefix="sap-it-res:msg:"),
    _record_table("store_entries", StoreEntry),
    _record_table("runs", Run),
    _record_table("run_steps", RunStep),
)
LOG_COLUMNS = tuple(
    each.name for each in fields(MessageLog) if each.name not in {part.name for part in PARTS}
)
# The last one is a property of MessageLog.
STORED = (*LOG_COLUMNS, "size")
INSERT_LOG = _insert("log", STORED)
UPDATE_LOG = "UPDATE log SET " + ", ".join(f'"{name}" = ?' for name in STORED) + " WHERE sequence = ?"  # noqa: S608 - names above
SELECT_LOG = f"SELECT {_quoted(LOG_COLUMNS)} FROM log"  # noqa: S608 - names above
# Without foreign keys and a journal SQLite drops all rows of a table at once.
CLEAR_ALL = ";\n".join(
    (
        "PRAGMA foreign_keys = OFF",
        "PRAGMA journal_mode = OFF",
        *(f"DELETE FROM {table}" for table in ("log", *(part.name for part in PARTS))),  # noqa: S608 - names above
        *SAFE_PRAGMAS,
    )
)


def schema() -> str:
    """Return the statements that create the tables and their indexes."""
    statements = [f"CREATE TABLE log (sequence INTEGER PRIMARY KEY, {_quoted(STORED)}, UNIQUE (message_id))"]
    for part in PARTS:
        statements += [
            f"CREATE TABLE {part.name} (id PRIMARY KEY, position, message_id "
            f"REFERENCES log (message_id) ON DELETE CASCADE, {_quoted(part.columns)})",
            f"CREATE INDEX {part.name}_of_log ON {part.name} (message_id, position)",
        ]
    for table, columns in INDEXES:
        name = "_by_".join((table, *(column for column, _, _ in _name_and_direction(columns))))
        statements.append(f"CREATE INDEX {name} ON {table} ({_quoted(columns)})")
    return ";\n".join((*SAFE_PRAGMAS, *statements))


def to_row(record: Any, columns: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the values of a record for its columns."""
    if isinstance(record, tuple):
        return record
    return tuple(_milliseconds(name, getattr(record, name)) for name in columns)


def from_row(row: tuple[Any, ...], columns: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the values of columns as the record has them."""
    return tuple(
        value / MILLISECONDS if name in TIMES and value is not None else value
        for name, value in zip(columns, row, strict=True)
    )


def _milliseconds(name: str, value: Any) -> Any:
    return round(value * MILLISECONDS) if name in TIMES and value is not None else value
