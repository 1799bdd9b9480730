"""All message logs of the tenant, in an SQLite database that goes with the process."""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

from pytest_iflow.emulator.message_logs.message_log import MessageLog
from pytest_iflow.emulator.message_logs.tables import (
    CLEAR_ALL,
    INSERT_LOG,
    LOG_COLUMNS,
    MILLISECONDS,
    PARTS,
    SELECT_LOG,
    UPDATE_LOG,
    from_row,
    schema,
    to_row,
)

RETAINED = 100_000
# Thirty days, as a tenant keeps its logs (assumed).
LIFETIME = 30 * 86_400.0
# Bytes of all logs: an attachment may be as large as a body, and a body forty megabytes.
LARGEST = 256 * 1024 * 1024
# Messages after which old logs are dropped. To look for them with every message would cost as much as it.
CLEARING_INTERVAL = 500


class MessageLogs:
    """The logs, newest by order of their first ``put``; safe to use from any thread.

    ``delay`` returns the seconds until a log can be read, as in a tenant whose logs come late;
    ``retained`` and ``lifetime`` (seconds) say how many are kept and how long, both to within a batch.
    ``largest`` (bytes) is the size of all logs that can be read, and again of those that come late; above
    it the oldest ones are dropped. ``lock`` has to be held while ``database`` is used.
    """

    def __init__(
        self,
        *,
        delay: Callable[[], float] = float,
        retained: int = RETAINED,
        lifetime: float = LIFETIME,
        largest: int = LARGEST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.lock = threading.RLock()
        # A temporary file of SQLite's own, which has no name on POSIX: kept messages take no memory.
        self.database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self.database.close)
        self.database.executescript(schema())
        self._delay = delay
        self._retained = retained
        self._lifetime = lifetime
        self._largest = largest
        self._clock = clock
        self._late: deque[tuple[float, MessageLog]] = deque()
        self._late_size = 0
        self._size = 0
        self._written = 0

    def put(self, log: MessageLog) -> None:
        """Keep a log, instead of the one with its id if there is one."""
        with self.lock:
            delay = self._delay()
            # A log never overtakes a late one: that may be an older version of the same log.
            if delay or self._late:
                self._late.append((self._clock() + delay, log))
                self._late_size += log.size
                self.release_late()
                while self._late_size > self._largest or len(self._late) > self._retained:
                    self._pop_late()
            else:
                self._write(log)

    def release_late(self) -> None:
        """Make late logs readable whose time has come; call it before reading the ``database``."""
        with self.lock:
            while self._late and self._late[0][0] <= self._clock():
                self._write(self._pop_late())

    def get(self, message_id: str) -> MessageLog | None:
        """Return the log of a message, or None if there is none (any more, or yet)."""
        found = self._select("WHERE message_id = ?", message_id)
        return found[0] if found else None

    def clear(self) -> None:
        """Drop all logs, also those that cannot be read yet."""
        with self.lock:
            self._late.clear()
            self.database.executescript(CLEAR_ALL)
            self._late_size = self._size = 0

    def latest(self, count: int) -> list[MessageLog]:
        """Return the newest logs, newest first."""
        return self._select("ORDER BY sequence DESC LIMIT ?", count)

    def _select(self, which: str, parameter: str | int) -> list[MessageLog]:
        with self.lock:
            self.release_late()
            rows = self.database.execute(f"{SELECT_LOG} {which}", (parameter,))
            return [self._record(row) for row in rows.fetchall()]

    def _record(self, row: tuple[Any, ...]) -> MessageLog:
        values = dict(zip(LOG_COLUMNS, from_row(row, LOG_COLUMNS), strict=True))
        for part in PARTS:
            found = self.database.execute(part.select, (values["message_id"],))
            values[part.name] = tuple(part.make(*from_row(each, part.columns)) for each in found)
        return MessageLog(**values)

    def _pop_late(self) -> MessageLog:
        _, log = self._late.popleft()
        self._late_size -= log.size
        return log

    def _write(self, log: MessageLog) -> None:
        key = (log.message_id,)
        known = self.database.execute("SELECT sequence, size FROM log WHERE message_id = ?", key).fetchone()
        row = (*to_row(log, LOG_COLUMNS), log.size)
        self.database.execute("BEGIN")
        # Commits, or takes all back if anything fails.
        with self.database:
            if known is None:
                self.database.execute(INSERT_LOG, row)
            else:
                self.database.execute(UPDATE_LOG, (*row, known[0]))
                for part in PARTS:
                    self.database.execute(part.delete, key)
            for part in PARTS:
                for position, each in enumerate(getattr(log, part.name)):
                    identifier = f"{part.id_prefix}{log.message_id}-{position}"
                    columns = to_row(each, part.columns)
                    self.database.execute(part.insert, (identifier, position, log.message_id, *columns))
        self._size += log.size - (known[1] if known else 0)
        self._written += 1
        if self._written % CLEARING_INTERVAL == 0:
            self._drop("sequence <= (SELECT max(sequence) FROM log) - ?", self._retained)
            self._drop("start < ?", round((self._clock() - self._lifetime) * MILLISECONDS))
        if self._size > self._largest:
            self._shrink()

    def _shrink(self) -> None:
        """Drop the oldest logs until the others are small enough."""
        remaining, newest_to_go = self._size, 0
        for sequence, size in self.database.execute("SELECT sequence, size FROM log ORDER BY sequence"):
            if remaining <= self._largest:
                break
            remaining, newest_to_go = remaining - size, sequence
        self._drop("sequence <= ?", newest_to_go)

    def _drop(self, which: str, parameter: int) -> None:
        # The conditions are those of this module.
        size = self.database.execute(f"SELECT total(size) FROM log WHERE {which}", (parameter,)).fetchone()[0]  # noqa: S608
        self.database.execute(f"DELETE FROM log WHERE {which}", (parameter,))  # noqa: S608
        self._size -= int(size)
