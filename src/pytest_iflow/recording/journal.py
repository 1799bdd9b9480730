"""The journal of a recording: each call is a line, anonymous before it is written. A kill loses none."""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
from platformdirs import user_cache_path

from pytest_iflow.errors import ConfigurationError, reason_of
from pytest_iflow.file_lock import stays_taken
from pytest_iflow.held_files import remove
from pytest_iflow.recording.call import Anonymisation, PassedCall, RecordedCall

JOURNAL = ".recording.jsonl"
"""Name of the journal in the folder of the recording, while it goes on."""

MOST_CALLS = 20_000
"""Calls of one recording; further ones are passed on, and counted."""

MOST_WAITING = 256 * 1024 * 1024
"""Bytes of calls that wait to be written; beyond that a call waits until there is room."""

_KEY_BYTES = 32
_ENCODE = msgspec.json.Encoder()
_DECODE = msgspec.json.Decoder(RecordedCall)


def set_key(folder: Path) -> bytes:
    """Return the secret of the recordings in a folder, from the cache of this user; a new one the first time.

    With it later recordings fit to the earlier ones. Whoever has no such file cannot try out which value a
    made-up one stands for; who removes it only gets other made-up values from then on.
    """
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    key = secrets.token_bytes(_KEY_BYTES)
    try:
        path = user_cache_path("pytest-iflow") / "recordings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        known = path.read_bytes() if path.exists() else b""
        if len(known) == _KEY_BYTES:
            return known
        remove(path)
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(key)
    except (OSError, RuntimeError):  # no home folder: the made-up values are those of this recording alone
        pass
    return key


class Journal:
    """The calls of a recording on disk, while it goes on; ``earlier`` are those of one that was cut off.

    Raises ConfigurationError where it cannot be written, or another recording into the folder goes on.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
            if stays_taken(self._file.fileno()):
                self._file.close()
                raise ConfigurationError(
                    "another recording into this folder goes on",
                    where=str(self.path),
                    remedy="end it first, or record into another folder",
                )
            self.earlier = tuple(_read(self.path))
            if self.path.stat().st_size:
                self._file.write(b"\n")  # a line that was cut off ends here
        except OSError as error:
            raise ConfigurationError(
                f"the recording cannot be written: {reason_of(error)}", where=str(self.path)
            ) from None

    def append(self, call: RecordedCall) -> None:
        """Write a call; it is with the system when this returns. Raises OSError."""
        self._file.write(_ENCODE.encode(call) + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Keep the journal for another time. What no disk had room for is written nowhere."""
        with contextlib.suppress(OSError):
            self._file.close()

    def end(self) -> None:
        """Remove the journal: all of it stands elsewhere."""
        self.close()
        remove(self.path)


def _read(path: Path) -> Iterator[RecordedCall]:
    """Yield the calls of a recording that did not come to its end; lines that were cut off are left out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                yield _DECODE.decode(line)
            except msgspec.DecodeError:
                continue


class Recorder:
    """Takes calls from the proxy, makes them anonymous in a thread of its own, and writes them to a journal.

    ``calls`` are all that were recorded, those of an earlier recording that was cut off first. ``trouble``
    says why nothing is written any more, ``unrecorded`` how many calls passed since there were too many.
    """

    def __init__(self, journal: Journal, anonymisation: Anonymisation) -> None:
        self.calls: list[RecordedCall] = [*journal.earlier]
        self.trouble = ""
        self.unrecorded = 0
        self._journal = journal
        self._anonymisation = anonymisation
        self._waiting: queue.SimpleQueue[PassedCall | None] = queue.SimpleQueue()
        self._room = threading.Condition()
        self._bytes = 0
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    @property
    def is_full(self) -> bool:
        """Whether so much waits to be written that the next call has to wait."""
        return self._bytes > MOST_WAITING

    def take(self, call: PassedCall) -> None:
        """Take a call, which is written soon."""
        with self._room:
            self._bytes += _size(call)
        self._waiting.put(call)

    def finish(self) -> list[RecordedCall]:
        """Wait until all is written; return all calls without what was learnt after each."""
        self._waiting.put(None)
        self._thread.join()
        self._journal.close()
        return [self._anonymisation.again(call) for call in self.calls]

    def _work(self) -> None:
        while (call := self._waiting.get()) is not None:
            if len(self.calls) >= MOST_CALLS:
                self.unrecorded += 1
            else:
                self._record(call)
            with self._room:
                self._bytes -= _size(call)

    def _record(self, call: PassedCall) -> None:
        try:
            recorded = self._anonymisation.recorded(call)
        except Exception as error:  # noqa: BLE001, no message may end the recording of all others
            recorded = _unreadable(call, error)
        self.calls.append(recorded)
        try:
            self._journal.append(recorded)
        except OSError as error:  # the rest stays in memory until the end
            self.trouble = self.trouble or f"{self._journal.path}: {reason_of(error)}"


def _unreadable(call: PassedCall, error: Exception) -> RecordedCall:
    """Return what is kept of a call that could not be made anonymous: nothing that it says."""
    why = f"it could not be made anonymous ({type(error).__name__}), so nothing of it is kept"
    return RecordedCall(call.method, "/", (), None, call.status, (), None, left=why)


def _size(call: PassedCall) -> int:
    return len(call.request_body or b"") + len(call.response_body or b"")
