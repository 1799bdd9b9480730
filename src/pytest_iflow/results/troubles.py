"""What is wrong with the files of a run: damaged ones that were left aside, and those that cannot be written.

Neither ends a run. Each is told in one sentence at its end, and what could not be written changes the exit
code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pytest_iflow.errors import IflowError
from pytest_iflow.secrets.registry import mask

TROUBLES = "iflow_troubles"
"""Key under which a worker of xdist tells what it could not write."""


class Troubles:
    """What could not be written, and what was left aside, in one process; all texts are masked."""

    def __init__(self) -> None:
        self._unwritten: dict[str, dict[str, None]] = {}
        self._left_aside: dict[str, None] = {}

    @property
    def lost(self) -> bool:
        """Whether something could not be written."""
        return bool(self._unwritten)

    @property
    def sentences(self) -> list[str]:
        """All of them, one for each reason and for each thing that was left aside."""
        return [
            *self._left_aside,
            *(f"{_listed(names)} cannot be written: {reason}" for reason, names in self._unwritten.items()),
        ]

    def leave_aside(self, sentence: str) -> None:
        """Note that something damaged was left aside."""
        self._left_aside.setdefault(mask(sentence))

    def lose(self, name: str, error: OSError | IflowError | str) -> None:
        """Note that the file or folder ``name`` could not be written."""
        if isinstance(error, IflowError):
            error = error.what
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else error
        self._unwritten.setdefault(mask(reason), {}).setdefault(mask(name))

    @contextmanager
    def writing(self, name: str) -> Iterator[None]:
        """Note what goes wrong while ``name`` is written, and go on behind it."""
        try:
            yield
        except (OSError, IflowError) as error:
            self.lose(name, error)

    def export(self) -> list[tuple[str, str]]:
        """Return what could not be written, as names with reasons, fit to travel between processes."""
        return [(name, reason) for reason, names in self._unwritten.items() for name in names]

    def adopt(self, exported: list[tuple[str, str]]) -> None:
        """Take over what another process could not write."""
        for name, reason in exported:
            self.lose(name, reason)


def _listed(names: dict[str, None]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
