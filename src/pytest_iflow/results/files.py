"""How the files of a run are written: each whole or not at all, and no trouble with one ends the run.

What could not be written, and what was damaged and left aside, is noted. Each is told in one sentence at the
end of the run, and what could not be written changes the exit code.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pytest_iflow.errors import IflowError, reason_of
from pytest_iflow.held_files import move, remove
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.suite_files import read_regular


def replace_text(path: Path, text: Iterable[str]) -> None:
    r"""Write ``text``, one or its parts, as UTF-8 as ``replace_file`` does.

    Half a surrogate pair, which UTF-8 cannot hold, is written as its escape (``\ud800``).
    """
    parts = [text] if isinstance(text, str) else text
    replace_file(path, (part.encode("utf-8", "backslashreplace") for part in parts))


def replace_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write ``data``, whole or in parts, to a new file beside ``path`` and put it into its place in one move.

    Parts are asked for one after the other, so that a long file is never in memory. Raises OSError as any
    write does.
    """
    # Not tempfile: its files are readable by their owner only, and a web server often publishes reports.
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with fresh.open("wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
        move(fresh, path)
    finally:
        with suppress(OSError):  # the next run removes it
            remove(fresh)


def read_text(path: Path) -> str:
    """Return the text of a file, for what is not UTF-8 a mark in its place.

    Raises OSError as any read does, and for what is no file: reading a pipe would wait for its writer.
    """
    return read_regular(path).decode("utf-8", "replace")


class Troubles:
    """What could not be written, and what was left aside, in one process; all texts are masked."""

    def __init__(self) -> None:
        self._unwritten: dict[str, dict[str, None]] = {}
        self._left_aside: dict[str, None] = {}

    @property
    def has_unwritten(self) -> bool:
        """Whether something could not be written."""
        return bool(self._unwritten)

    @property
    def sentences(self) -> list[str]:
        """All of them, one for each reason and for each thing that was left aside."""
        return [
            *self._left_aside,
            *(f"{_joined(names)} cannot be written: {reason}" for reason, names in self._unwritten.items()),
        ]

    def leave_aside(self, sentence: str) -> None:
        """Note that something damaged was left aside."""
        self._left_aside.setdefault(mask(sentence))

    def note_unwritten(self, name: str, error: OSError | IflowError | str) -> None:
        """Note that the file or folder ``name`` could not be written."""
        if isinstance(error, IflowError):
            error = error.what
        reason = reason_of(error) if isinstance(error, OSError) else error
        self._unwritten.setdefault(mask(reason), {}).setdefault(mask(name))

    @contextmanager
    def writing(self, name: str) -> Iterator[None]:
        """Note what goes wrong while ``name`` is written, and go on behind it."""
        try:
            yield
        except (OSError, IflowError) as error:
            self.note_unwritten(name, error)

    def export(self) -> list[tuple[str, str]]:
        """Return what could not be written, as names with reasons, fit to travel between processes."""
        return [(name, reason) for reason, names in self._unwritten.items() for name in names]

    def adopt(self, exported: list[tuple[str, str]]) -> None:
        """Take over what another process could not write."""
        for name, reason in exported:
            self.note_unwritten(name, reason)


def _joined(names: dict[str, None]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
