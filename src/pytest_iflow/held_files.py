"""Files that another program holds: a virus scanner, a program that syncs or indexes, one that shows them.

Windows then lets nobody replace or remove them, most often for a moment only. So all that replaces or removes
a file of a run does it here: it tries again for ``PATIENCE``. It knows nothing of tenants, and the emulator
uses it, too.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

_Answer = TypeVar("_Answer")

PATIENCE = 2.5
"""Seconds for which is tried again what another program keeps from being done."""

_PAUSE = 0.05

_HELD = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY})
"""How systems call a file that is held, which they also call one for which rights are missing."""


def is_held(error: OSError) -> bool:
    """Return whether an error may come from another program that holds the file."""
    return error.errno in _HELD


def patiently(act: Callable[[], _Answer]) -> _Answer:
    """Call ``act`` again while another program holds its file; raises the OSError of the last time."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except OSError as error:
            if not is_held(error) or time.monotonic() > ends:
                raise
        time.sleep(_PAUSE)


def move(source: Path, target: Path) -> None:
    """Rename a file or folder; a file in the place of ``target`` is replaced. Raises OSError."""
    patiently(lambda: os.replace(source, target))  # noqa: PTH105, the one place for it


def remove(path: Path) -> None:
    """Remove a file, if it is there; raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        patiently(lambda: os.unlink(path))  # noqa: PTH108, the one place for it


def remove_or_empty(path: Path) -> bool:
    """Remove a file, or empty one that is held, which some holders allow; return whether it says nothing now.

    Raises OSError for any other trouble.
    """
    try:
        remove(path)
    except OSError as error:
        if not is_held(error):
            raise
        try:
            os.truncate(path, 0)
        except OSError:
            return not path.exists()
    return True


def remove_folder(path: Path) -> int:
    """Remove a folder with all that is in it, as far as that goes; return how many files stay."""
    ends = time.monotonic() + PATIENCE
    while True:
        shutil.rmtree(path, ignore_errors=True)
        if path.is_symlink() or not path.is_dir() or time.monotonic() > ends:
            break
        time.sleep(_PAUSE)
    return sum(len(names) for _, _, names in os.walk(path))


@contextlib.contextmanager
def secret_file(text: str) -> Iterator[str]:
    """Give the path of a file with a private key, for a library that reads keys from files only.

    Its owner alone can read it. Afterwards it is emptied through the handle that wrote it, which nobody who
    holds the file can hinder, and removed. So one that cannot be removed says nothing. Raises OSError, and
    UnicodeEncodeError for what is no ASCII.
    """
    handle, name = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            try:
                file.write(text)
                file.flush()
                yield name
            finally:
                file.seek(0)
                file.truncate()
    finally:
        with contextlib.suppress(OSError):
            remove(Path(name))
