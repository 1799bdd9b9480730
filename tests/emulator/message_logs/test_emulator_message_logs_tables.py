"""Message logs as tables."""

from __future__ import annotations

import sqlite3

from pytest_iflow.emulator.message_logs.message_log import RunStep
from pytest_iflow.emulator.message_logs.tables import INDEXES, PARTS, from_row, schema, to_row


def test_times_are_whole_milliseconds_in_the_database() -> None:
    """And seconds in the record; null stays null."""
    columns = next(part.columns for part in PARTS if part.name == "run_steps")
    row = to_row(RunStep("S", "Start", 1.2345678, None), columns)
    assert row == ("S", "Start", 1235, None, "COMPLETED", None)
    assert from_row(row, columns) == ("S", "Start", 1.235, None, "COMPLETED", None)


def test_every_index_is_there() -> None:
    """Those of the list, and one for each table of parts."""
    database = sqlite3.connect(":memory:")
    database.executescript(schema())
    names = {
        name
        for (name,) in database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL"
        )
    }
    assert len(names) == len(INDEXES) + len(PARTS)
    assert {"log_by_artifact_by_end", "run_steps_of_log"} <= names
