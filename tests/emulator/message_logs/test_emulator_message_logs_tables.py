"""Message logs as tables."""

from __future__ import annotations

import contextlib
import sqlite3
from functools import partial

import pytest

from benchmarks.message_logs import QUERIES, filled
from pytest_iflow.emulator.api.content import TenantContent
from pytest_iflow.emulator.api.service import MODEL, ROOT
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.message_logs.message_log import RunStep
from pytest_iflow.emulator.message_logs.tables import INDEXES, PARTS, from_row, schema, to_row
from pytest_iflow.emulator.odata.service import ODataService

STEPS = 50


def test_times_are_whole_milliseconds_in_the_database() -> None:
    """And seconds in the record; null stays null."""
    columns = next(part.columns for part in PARTS if part.name == "run_steps")
    row = to_row(RunStep("S", "Start", 1.2345678, None), columns)
    assert row == ("S", "Start", 1235, None, "COMPLETED", None, "", None, "")
    assert from_row(row, columns) == ("S", "Start", 1.235, None, "COMPLETED", None, "", None, "")


@pytest.fixture(scope="module")
def short_and_long() -> list[tuple[Landscape, dict[str, str]]]:
    """Landscapes with a thousand logs and with six thousand, and the times that queries name."""
    return [filled(1_000), filled(6_000)]


@pytest.mark.parametrize("name", QUERIES)
def test_query_of_a_long_log_is_no_more_work(
    short_and_long: list[tuple[Landscape, dict[str, str]]], name: str
) -> None:
    """Counted are the steps of SQLite's machine, which are the same on every machine of ours."""
    steps = []
    for landscape, times in short_and_long:
        taken: list[int] = []
        logs = landscape.message_logs
        TenantContent(landscape).refresh()
        service = ODataService(f"{landscape.planes.api}{ROOT}", MODEL, logs.database, logs.lock)
        logs.database.set_progress_handler(partial(taken.append, STEPS), STEPS)
        options = {option: text.format(**times) for option, text in QUERIES[name].items()}
        assert service.read("MessageProcessingLogs", options, "application/json").status == 200
        logs.database.set_progress_handler(None, 0)
        steps.append(sum(taken))
    assert steps[1] <= 2 * steps[0] + STEPS


def test_every_index_is_there() -> None:
    """Those of the list, and one for each table of parts."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.executescript(schema())
        listed = database.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql NOT NULL")
        names = {name for (name,) in listed}
    assert len(names) == len(INDEXES) + len(PARTS)
    assert {"log_by_artifact_by_end", "run_steps_of_log"} <= names
