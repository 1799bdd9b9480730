"""The store of message logs."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from pytest_iflow.emulator.message_logs.message_log import (
    AdapterAttribute,
    Attachment,
    MessageLog,
    RunStep,
    StoreEntry,
)
from pytest_iflow.emulator.message_logs.message_logs import CLEARING_INTERVAL, MessageLogs

NOW = float(int(time.time()))
LOG = MessageLog("M0", "C0", "Echo", NOW, NOW + 0.125, "COMPLETED")


def _log(number: int, start: float = NOW) -> MessageLog:
    return replace(LOG, message_id=f"M{number}", start=start)


def test_log_comes_back_as_it_was_put() -> None:
    """With all of its parts."""
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
    """The number is right to within a batch; the parts of a log are dropped with it."""
    logs = MessageLogs(retained=10)
    for number in range(CLEARING_INTERVAL):
        logs.put(replace(_log(number), custom_headers=(("n", str(number)),)))
    kept = logs.latest(CLEARING_INTERVAL)
    assert [log.message_id for log in kept] == [f"M{CLEARING_INTERVAL - 1 - each}" for each in range(10)]
    assert logs.database.execute("SELECT count(*) FROM custom_headers").fetchone() == (10,)


def test_old_ones_go() -> None:
    """A log is dropped by the age of its start."""
    logs = MessageLogs(lifetime=60, clock=lambda: NOW)
    logs.put(_log(0, NOW - 61))
    logs.put(_log(1, NOW - 59))
    for number in range(2, CLEARING_INTERVAL):
        logs.put(_log(number))
    assert logs.get("M0") is None
    assert logs.get("M1") is not None


def _heavy(number: int, size: int = 100) -> MessageLog:
    return replace(_log(number), attachments=(Attachment("body", b"x" * size, NOW),))


def _kept(logs: MessageLogs) -> list[str]:
    return [log.message_id for log in logs.latest(CLEARING_INTERVAL)]


def test_what_hangs_on_the_logs_is_bounded() -> None:
    """Logs are dropped at once, not by the batch: a batch of large bodies would fill the disk."""
    logs = MessageLogs(largest=250)
    logs.put(_log(0))
    for number in range(1, 5):
        logs.put(_heavy(number))
    assert _kept(logs) == ["M4", "M3"]
    assert logs.database.execute("SELECT sum(length(content)) FROM attachments").fetchone() == (200,)


OCCUPIED = """
import resource, time
from pytest_iflow.emulator.message_logs.message_log import MessageLog
from pytest_iflow.emulator.message_logs.message_logs import MessageLogs

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

def fill(first, last):
    for number in range(first, last):
        header = ("text", f"{number:02048}")
        start = time.time()
        logs.put(MessageLog(f"M{number}", "C", "Flow", start, start, "FAILED", custom_headers=(header,)))
    return peak()

logs = MessageLogs()
before = fill(0, 1_000)
fill(1_000, 8_000)
logs.clear()
print(before, peak())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the unit of the figure is another one elsewhere")
def test_memory_is_flat_however_much_is_kept() -> None:
    """Fourteen mebibytes of custom headers, and as many of their index, leave no more than a cache behind."""
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", OCCUPIED], capture_output=True, text=True, check=True
    )
    before, after = map(int, done.stdout.split())
    assert after - before < 10


def test_log_that_cannot_be_kept_leaves_nothing_and_stops_nobody() -> None:
    """No half of it is kept, and the next log can be written."""
    logs = MessageLogs()
    odd: Any = object()
    with pytest.raises(sqlite3.Error):
        logs.put(replace(LOG, attachments=(Attachment("body", b"x", NOW, odd),)))
    assert _kept(logs) == []
    logs.put(LOG)
    assert _kept(logs) == ["M0"]


def test_newer_version_is_weighed_instead_of_the_older() -> None:
    """The size of the older version is subtracted, also after it was dropped."""
    logs = MessageLogs(largest=250, retained=1)
    for size in (100, 200, 100):
        logs.put(_heavy(0, size))
    logs.put(_heavy(1))
    assert _kept(logs) == ["M1", "M0"]
    for number in range(2, CLEARING_INTERVAL - 2):
        logs.put(_log(number))
    logs.put(_heavy(CLEARING_INTERVAL, 250))
    assert _kept(logs)[0] == f"M{CLEARING_INTERVAL}"


def test_log_that_is_too_large_by_itself_is_not_kept() -> None:
    """What it would take is what matters."""
    logs = MessageLogs(largest=250)
    logs.put(_heavy(0, 251))
    assert _kept(logs) == []
    logs.put(_heavy(1, 250))
    assert _kept(logs) == ["M1"]


def test_late_logs_are_bounded_too() -> None:
    """By bytes and by count; the oldest are dropped before they can be read."""
    now = NOW
    by_size = MessageLogs(largest=250, delay=lambda: 5.0, clock=lambda: now)
    by_count = MessageLogs(retained=2, delay=lambda: 5.0, clock=lambda: now)
    for number in range(4):
        by_size.put(_heavy(number))
        by_count.put(_log(number))
    now += 5
    assert _kept(by_size) == _kept(by_count) == ["M3", "M2"]


def test_everything_that_a_caller_may_lengthen_has_a_size() -> None:
    """Documents, custom headers, the text of the error."""
    log = replace(
        _heavy(0, 1),
        store_entries=(StoreEntry("s", b"xx", NOW),),
        custom_headers=(("name", "xxxx"),),
        error="x" * 8,
    )
    assert (log.size, LOG.size) == (15, 0)


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


def test_late_log_may_overtake_another_one() -> None:
    """Each comes in its own time, as in a tenant."""
    now, delay = NOW, 5.0
    logs = MessageLogs(delay=lambda: delay, clock=lambda: now)
    logs.put(_log(1))
    delay = 1.0
    logs.put(_log(2))
    now += 1
    assert [log.message_id for log in logs.latest(2)] == ["M2"]
    now += 4
    assert [log.message_id for log in logs.latest(2)] == ["M1", "M2"]


def test_all_is_forgotten() -> None:
    """Late logs are dropped, too."""
    delay = 0.0
    logs = MessageLogs(delay=lambda: delay, clock=lambda: NOW)
    logs.put(LOG)
    delay = -1.0
    logs.clear()
    assert logs.latest(1) == []


def test_many_threads_may_write() -> None:
    """Nothing is lost."""
    logs = MessageLogs()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: logs.put(_log(number)), range(200)))
    assert len(logs.latest(1000)) == 200
