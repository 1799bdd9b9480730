"""Where a long run stands: done, failed, time left, and what runs in which worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import pytest
from msgspec import Struct

from pytest_iflow.reporting.console_text import harmless
from pytest_iflow.secrets.registry import mask

EVERY = 60.0
"""Seconds between the lines of a ``PlainStatus``."""

_MINUTE = 60
_SECONDS_ONLY = 90


class RunState(Struct, frozen=True):
    """How many tests are done, of all, and failed; seconds that are left, if known; titles of what runs."""

    done: int
    total: int
    failed: int
    left: float | None
    running: Sequence[str]

    @property
    def words(self) -> tuple[str, str, str]:
        """Return the parts of one sentence: what is done, what failed, how long the rest takes."""
        failed = f", {self.failed} failed" if self.failed else ""
        left = "" if self.left is None else f", about {_time_left(self.left)} left"
        return f"{self.done} of {self.total} done", failed, left


class Status(Protocol):
    """Where the state of a run is shown."""

    @property
    def is_due(self) -> bool:
        """Whether a state that it is told now would be seen."""
        ...

    def tell(self, state: RunState | None) -> None:
        """Show the state in place of the one before; None ends it."""
        ...


class PlainStatus:
    """Prints the state every minute, where nothing can be taken away again: in CI, in a file, in a pipe."""

    def __init__(
        self, print_line: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._print_line = print_line
        self._clock = clock
        self._told_at = clock()

    @property
    def is_due(self) -> bool:
        """Whether the last one was printed a minute ago."""
        return self._clock() - self._told_at >= EVERY

    def tell(self, state: RunState | None) -> None:
        """Print the state, unless one was printed within the last minute."""
        if state and self.is_due:
            self._told_at = self._clock()
            self._print_line("".join(state.words))


IN_FLIGHT = pytest.StashKey[Callable[[], Sequence[str]]]()
"""Key of the configuration's stash: what gives the titles of the scenarios that run side by side."""


REFRESH = pytest.StashKey[Callable[[], None]]()
"""Key of the configuration's stash: what shows the state of the run as it is now, where it is shown."""


class Progress:
    """Follows a run, under xdist in the controller, and shows where it stands.

    ``in_flight`` gives the titles of scenarios that run ahead of their turn, where there are any.
    """

    def __init__(self, status: Status, in_flight: Callable[[], Sequence[str]] = tuple) -> None:
        self._status = status
        self._in_flight = in_flight
        self._total = 0
        self._began: float | None = None
        self._running: dict[str, str] = {}
        self._workers: dict[str, str] = {}
        self._done: set[str] = set()
        self._failed: set[str] = set()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn how many tests there are."""
        self._total = len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Learn it from a worker: each collects all tests."""
        self._total = len(ids)

    @pytest.hookimpl(trylast=True)  # after the reporter has printed what it has to
    def pytest_runtest_logstart(self, nodeid: str, location: tuple[str, int | None, str]) -> None:
        """Note what runs."""
        self._began = self._began or time.monotonic()
        self._running[nodeid] = location[2]
        self.show()

    @pytest.hookimpl(tryfirst=True)  # the reporter's next line brings the new state
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count failures, and learn from the end of its set-up which worker of xdist runs a test."""
        if report.failed:
            self._failed.add(report.nodeid)
        node = getattr(report, "node", None)
        if node is not None and report.nodeid in self._running.keys() - self._workers.keys():
            self._workers[report.nodeid] = node.gateway.id
            self.show()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Count what is done."""
        self._running.pop(nodeid, None)
        self._workers.pop(nodeid, None)
        self._done.add(nodeid)
        self.show()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Leave nothing behind."""
        self._status.tell(None)

    def show(self) -> None:
        """Show where the run stands."""
        if not self._status.is_due:
            return
        done, failed = len(self._done), len(self._failed)
        self._status.tell(RunState(done, self._total, failed, self._left(), self._titles()))

    def _titles(self) -> list[str]:
        """What runs, each worker with its name and in its place."""
        if ahead := self._in_flight():
            return [harmless(mask(title)) for title in ahead]
        known = {nodeid: self._workers.get(nodeid, "") for nodeid in self._running}
        places = sorted(known, key=lambda nodeid: (not known[nodeid], len(known[nodeid]), known[nodeid]))
        return [f"{known[nodeid]} {harmless(mask(self._running[nodeid]))}" for nodeid in places]

    def _left(self) -> float | None:
        """Seconds, if what is done tells anything about the rest."""
        if not self._done or self._began is None:
            return None
        return (time.monotonic() - self._began) / len(self._done) * max(self._total - len(self._done), 0)


def _time_left(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _SECONDS_ONLY else f"{seconds / _MINUTE:.0f} min"
