"""Places of scenarios that run side by side: so many act at once, and one that waits gives its place away.

What a scenario waits for, it waits for through ``pause`` or within ``place_given_away``. Where one scenario
runs after the other there are no places, and both just wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition, Event

PLACES: ContextVar[Places | None] = ContextVar("iflow_places", default=None)
"""The places of the run, in a thread that runs a scenario beside others."""


class RunCutShort(KeyboardInterrupt):
    """A scenario ends where it waits, since the run was cut short."""


class Places:
    """At most ``limit`` scenarios act at once; ``cut_short`` ends the waits of all.

    ``away`` is how many have given their place away for now; ``on_change`` is called when one does.
    """

    def __init__(self, limit: int, on_change: Callable[[], None] = lambda: None) -> None:
        self.cut_short = Event()
        self.away = 0
        self._on_change = on_change
        self._limit = limit
        self._taken = 0
        self._changed = Condition()

    @property
    def limit(self) -> int:
        """How many may act at once."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        with self._changed:
            self._limit = limit
            self._changed.notify_all()

    def take(self) -> None:
        """Wait for a place; raises ``RunCutShort`` at the end of the run, with the place taken."""
        with self._changed:
            while self._taken >= self._limit and not self.cut_short.is_set():
                self._changed.wait()
            self._taken += 1
        if self.cut_short.is_set():
            raise RunCutShort

    def give_back(self) -> None:
        """Leave a place to another scenario."""
        with self._changed:
            self._taken -= 1
            self._changed.notify()

    def leave(self) -> None:
        """Give a place away for a while."""
        with self._changed:
            self.away += 1
        self.give_back()
        self._on_change()

    def come_back(self) -> None:
        """Wait for a place after ``leave``; raises as ``take`` does."""
        with self._changed:
            self.away -= 1
        self.take()

    def end(self) -> None:
        """Cut short whoever waits, now and later."""
        self.cut_short.set()
        with self._changed:
            self._changed.notify_all()


@contextmanager
def place_given_away() -> Iterator[None]:
    """Leave the place of this scenario to another one meanwhile; raises ``RunCutShort`` at the end."""
    places = PLACES.get()
    if places is None:
        yield
        return
    places.leave()
    try:
        yield
    finally:
        places.come_back()


def pause(seconds: float) -> None:
    """Wait so many seconds; raises ``RunCutShort`` where the run ends meanwhile."""
    places = PLACES.get()
    if places is None:
        time.sleep(seconds)
        return
    with place_given_away():
        places.cut_short.wait(seconds)
