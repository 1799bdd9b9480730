"""A lock on a file that says that a process lives: one run at a time in a folder, and whose a folder is.

The system takes the lock away with the process, however that ends. So a journal without one is what a killed
run left, and one with it is that of a run that goes on. Where a file system knows no locks, every run counts
as killed, as it does for readers on other machines.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

PATIENCE = 1.0
"""Seconds for which a lock is tried: who only looks whether a run goes on holds it for a moment."""

_PAUSE = 0.02

if sys.platform == "win32":
    import msvcrt

    _BEYOND = 1 << 40
    """Place of the byte that is locked: far behind the text, which others may read meanwhile."""

    def _try(descriptor: int) -> None:
        os.lseek(descriptor, _BEYOND, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_taken(descriptor: int) -> bool:
    """Take the lock of an open file, which closing it gives back; return whether another has it."""
    try:
        _try(descriptor)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:
        return False  # this file system has none
    return False


def stays_taken(descriptor: int) -> bool:
    """Return whether another has the lock and keeps it for ``PATIENCE``; else it is taken."""
    ends = time.monotonic() + PATIENCE
    while is_taken(descriptor):
        if time.monotonic() > ends:
            return True
        time.sleep(_PAUSE)
    return False


def is_running(journal: Path) -> bool:
    """Return whether the run of a journal goes on, on this machine."""
    try:
        descriptor = os.open(journal, os.O_RDWR)
    except OSError:
        return False
    try:
        return is_taken(descriptor)
    finally:
        os.close(descriptor)
