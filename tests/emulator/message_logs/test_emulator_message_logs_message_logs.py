"""The store of message logs."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pytest_iflow.emulator.message_logs.message_log import (
    AdapterAttribute,
    Attachment,
    MessageLog,
    RunStep,
    StoreEntry,
)
from pytest_iflow.emulator.message_logs.message_logs import BETWEEN_CLEARINGS, MessageLogs

NOW = float(int(time.time()))
LOG = MessageLog("M0", "C0", "Echo", NOW, NOW + 0.125, "COMPLETED")


def _log(number: int, start: float = NOW) -> MessageLog:
    return replace(LOG, message_id=f"M{number}", start=start)


def test_log_comes_back_as_it_was_put() -> None:
    """With everything that hangs on it."""
    log = replace(
        LOG,
        status="FAILED",
        error="x",
        end=None,
        custom_headers=(("a", "1"), ("a", "2")),
        adapter_attributes=(AdapterAttribute("HTTP", "url", "u"),),
        attachments=(Attachment("n", b"\0", NOW),),
        store_entries=(StoreEntry("s", b"c", NOW),),
        run_steps=(RunStep("S1", "Start", NOW, None), RunStep("S2", "End", NOW, NOW, "FAILED", "x")),
    )
    logs = MessageLogs()
    logs.put(log)
    assert logs.get("M0") == log
    assert logs.get("M1") is None


def test_newer_version_takes_the_place_of_the_older() -> None:
    """Its parts too, and its place in the order stays."""
    logs = MessageLogs()
    logs.put(replace(LOG, status="PROCESSING", end=None, custom_headers=(("a", "1"),)))
    logs.put(_log(1))
    logs.put(LOG)
    assert logs.latest(5) == [_log(1), LOG]


def test_only_so_many_are_kept() -> None:
    """To within a batch; parts go with their logs."""
    logs = MessageLogs(retained=10)
    for number in range(BETWEEN_CLEARINGS):
        logs.put(replace(_log(number), custom_headers=(("n", str(number)),)))
    kept = logs.latest(BETWEEN_CLEARINGS)
    assert [log.message_id for log in kept] == [f"M{BETWEEN_CLEARINGS - 1 - each}" for each in range(10)]
    assert logs.database.execute("SELECT count(*) FROM custom_headers").fetchone() == (10,)


def test_old_ones_go() -> None:
    """By the age of their start."""
    logs = MessageLogs(lifetime=60, clock=lambda: NOW)
    logs.put(_log(0, NOW - 61))
    logs.put(_log(1, NOW - 59))
    for number in range(2, BETWEEN_CLEARINGS):
        logs.put(_log(number))
    assert logs.get("M0") is None
    assert logs.get("M1") is not None


def test_late_log_appears_in_its_time() -> None:
    """A newer version never before an older one, also when the delay has ended meanwhile."""
    now, delay = NOW, 5.0
    logs = MessageLogs(delay=lambda: delay, clock=lambda: now)
    logs.put(replace(LOG, status="PROCESSING", end=None))
    delay = 0.0
    logs.put(LOG)
    assert logs.latest(1) == []
    now += 5
    assert logs.get("M0") == LOG


def test_all_is_forgotten() -> None:
    """Also what is still to appear."""
    delay = 0.0
    logs = MessageLogs(delay=lambda: delay, clock=lambda: NOW)
    logs.put(LOG)
    delay = -1.0
    logs.forget()
    assert logs.latest(1) == []


def test_many_threads_may_write() -> None:
    """Nothing is lost."""
    logs = MessageLogs()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: logs.put(_log(number)), range(200)))
    assert len(logs.latest(1000)) == 200
