"""What steps keep: entries of data stores, variables, number ranges, ids of processed messages."""

from __future__ import annotations

import sqlite3
import threading
import uuid
import weakref
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from pytest_iflow.iflow_engine.failures import DuplicateEntryError, LimitError, StepError

GLOBAL = ""
"""The owner of what all flows share; else the owner is the id of a flow."""

_TABLES = """
create table if not exists entries (
  store text, owner text, id text, body blob, is_text integer, headers blob, message text,
  created text, expires text, primary key (store, owner, id));
create table if not exists variables (
  name text, owner text, value text, updated text, primary key (name, owner));
create table if not exists ranges (
  name text primary key, current integer, smallest integer, largest integer, length integer, rotate integer);
create table if not exists processed (step text, id text, primary key (step, id));
"""
_LONGEST_STORE = 40
_LONGEST_ID = 255


LARGEST_STORES = 1024 * 1024 * 1024
"""Bytes or characters of all entries of all data stores."""

Undo = Callable[[], None]
"""Makes a change undone."""


class Entry(Struct, frozen=True):
    """An entry of a data store; ``headers`` are those that were stored with it."""

    store: str
    owner: str
    id: str
    body: str | bytes
    headers: Mapping[str, str]
    message: str
    """Id of the message log of who wrote it."""
    created: datetime
    expires: datetime


class Variable(Struct, frozen=True):
    """A variable that a step wrote."""

    name: str
    owner: str
    value: str
    updated: datetime


class NumberRange(Struct, frozen=True):
    """A number range; ``current`` is the number handed out last, before the first one less than that."""

    name: str
    current: int
    smallest: int
    largest: int
    length: int
    rotate: bool


class Stores:
    """Kept in memory, or in a file that outlives the tenant; safe in threads."""

    def __init__(self, file: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._database = sqlite3.connect(
            str(file) if file else ":memory:", check_same_thread=False, isolation_level=None
        )
        weakref.finalize(self, self._database.close)
        self._database.executescript(_TABLES)
        self._size = self._database.execute("select ifnull(sum(length(body)), 0) from entries").fetchone()[0]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            for table in ("entries", "variables", "ranges", "processed"):
                self._database.execute(f"delete from {table}")  # noqa: S608, names of our own
            self._size = 0

    def write(self, entry: Entry, *, overwrite: bool) -> Undo:
        """Write an entry; raises DuplicateEntryError, or StepError for a name that is too long."""
        _check(entry.store, entry.id)
        with self._lock:
            before = self.get(entry.store, entry.owner, entry.id)
            if not overwrite and before is not None:
                raise DuplicateEntryError(entry.id, entry.store)
            size = self._size + len(entry.body) - (len(before.body) if before else 0)
            if size > LARGEST_STORES:
                megabytes = LARGEST_STORES // 1024 // 1024
                raise LimitError(f"the data stores hold more than {megabytes} MB: is there an endless loop?")
            self._size = size
            self._database.execute(
                "insert or replace into entries values (?,?,?,?,?,?,?,?,?)",
                (
                    entry.store,
                    entry.owner,
                    entry.id,
                    entry.body,
                    isinstance(entry.body, str),
                    msgspec.json.encode(entry.headers),
                    entry.message,
                    entry.created.isoformat(),
                    entry.expires.isoformat(),
                ),
            )
        return lambda: self._restore(before, entry)

    def _restore(self, before: Entry | None, entry: Entry) -> None:
        """Make an entry what it was before, or take it away."""
        if before is None:
            self.delete(entry.store, entry.owner, entry.id)
        else:
            self.write(before, overwrite=True)

    def get(self, store: str, owner: str, own_id: str) -> Entry | None:
        """Return an entry, None where there is none."""
        with self._lock:
            found = self._database.execute(
                "select * from entries where store = ? and owner = ? and id = ?", (store, owner, own_id)
            ).fetchone()
        return _entry(found) if found else None

    def select(self, store: str, owner: str, most: int) -> list[Entry]:
        """Return entries in the order of their writing; on a tenant the order is random."""
        with self._lock:
            found = self._database.execute(
                "select * from entries where store = ? and owner = ? order by rowid limit ?",
                (store, owner, most),
            ).fetchall()
        return [_entry(one) for one in found]

    def entries(self) -> list[Entry]:
        """Return all entries of all stores."""
        with self._lock:
            return [_entry(one) for one in self._database.execute("select * from entries order by rowid")]

    def delete(self, store: str, owner: str, own_id: str) -> Undo:
        """Delete an entry, if it is there."""
        with self._lock:
            before = self.get(store, owner, own_id)
            self._size -= len(before.body) if before else 0
            self._database.execute(
                "delete from entries where store = ? and owner = ? and id = ?", (store, owner, own_id)
            )
        return lambda: None if before is None else self._restore(before, before)

    def set_variable(self, name: str, owner: str, value: str | None) -> Undo:
        """Write a variable; None takes it away."""
        with self._lock:
            before = self.variable(name, owner)
            self._database.execute("delete from variables where name = ? and owner = ?", (name, owner))
            if value is not None:
                now = datetime.now(UTC).isoformat()
                self._database.execute("insert into variables values (?,?,?,?)", (name, owner, value, now))

        def undo() -> None:
            self.set_variable(name, owner, before)

        return undo

    def variable(self, name: str, owner: str) -> str | None:
        """Return a variable, None where nobody wrote it."""
        with self._lock:
            found = self._database.execute(
                "select value from variables where name = ? and owner = ?", (name, owner)
            ).fetchone()
        return found[0] if found else None

    def variables(self) -> list[Variable]:
        """Return all variables."""
        with self._lock:
            found = self._database.execute("select * from variables order by rowid").fetchall()
        return [
            Variable(name, owner, value, datetime.fromisoformat(updated))
            for name, owner, value, updated in found
        ]

    def define_range(
        self,
        name: str,
        smallest: int = 0,
        largest: int = 999_999_999,
        length: int = 0,
        *,
        rotate: bool = True,
        following: int | None = None,
    ) -> None:
        """Define a number range; ``length`` is filled up with zeros.

        Its first number is ``following``, the smallest unless told.
        """
        first = smallest if following is None else following
        with self._lock:
            self._database.execute(
                "insert or replace into ranges values (?,?,?,?,?,?)",
                (name, first - 1, smallest, largest, length, rotate),
            )

    def ranges(self) -> list[NumberRange]:
        """Return all number ranges."""
        with self._lock:
            found = self._database.execute("select * from ranges order by name").fetchall()
        return [
            NumberRange(name, current, smallest, largest, length, bool(rotate))
            for name, current, smallest, largest, length, rotate in found
        ]

    def remove_range(self, name: str) -> None:
        """Remove a number range, if it is there."""
        with self._lock:
            self._database.execute("delete from ranges where name = ?", (name,))

    def next_number(self, name: str) -> str:
        """Return the next number of a range; raises StepError where it is not defined or used up."""
        with self._lock:
            found = self._database.execute("select * from ranges where name = ?", (name,)).fetchone()
            if found is None:
                raise StepError(
                    f"the number range {name} is not defined", "com.sap.it.nrc.NumberRangeException"
                )
            _, current, smallest, largest, length, rotate = found
            number = current + 1
            if number > largest:
                if not rotate:
                    raise StepError(
                        f"the number range {name} is used up", "com.sap.it.nrc.NumberRangeException"
                    )
                number = smallest
            self._database.execute("update ranges set current = ? where name = ?", (number, name))
        return str(number).zfill(length)

    def is_processed(self, step: str, own_id: str) -> bool:
        """Tell whether an idempotent process call was done for an id."""
        with self._lock:
            query = "select 1 from processed where step = ? and id = ?"
            return self._database.execute(query, (step, own_id)).fetchone() is not None

    def set_processed(self, step: str, own_id: str) -> None:
        """Remember that an idempotent process call was done for an id."""
        with self._lock:
            self._database.execute("insert or ignore into processed values (?,?)", (step, own_id))


def new_id() -> str:
    """Return the id of an entry that nobody named."""
    return str(uuid.uuid4())


def expiry(created: datetime, days: int) -> datetime:
    """Return when an entry expires."""
    return created + timedelta(days=days)


def _entry(row: tuple[Any, ...]) -> Entry:
    store, owner, own_id, body, is_text, headers, message, created, expires = row
    return Entry(
        store,
        owner,
        own_id,
        str(body) if is_text else bytes(body),
        msgspec.json.decode(headers, type=dict[str, str]),
        message,
        datetime.fromisoformat(created),
        datetime.fromisoformat(expires),
    )


def _check(store: str, own_id: str) -> None:
    """Names on a tenant have 40 characters at most, ids 255 (SAP's page on data store write)."""
    for what, text, longest in (
        ("data store name", store, _LONGEST_STORE),
        ("entry ID", own_id, _LONGEST_ID),
    ):
        if not text or len(text) > longest:
            raise StepError(
                f"the {what} {text[:60]!r} has {len(text)} characters; 1 to {longest} are allowed"
            )
