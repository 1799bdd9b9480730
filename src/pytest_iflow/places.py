"""Places of scenarios that run side by side: so many act at once, and one that waits gives its place away.

What a scenario waits for, it waits for through ``pause``, ``wait_for``, ``OneAtATime``, or within
``place_given_away``. Where one scenario runs after the other there are no places, and all of them just wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from heapq import heappop, heappush
from threading import Condition, Event, Lock, get_ident
from types import TracebackType
from typing import Generic, TypeVar
from weakref import WeakSet

from pytest_iflow.errors import IflowError

_Answer = TypeVar("_Answer")

PLACES: ContextVar[Places | None] = ContextVar("iflow_places", default=None)
"""The places of the run, in a thread that runs a scenario beside others."""

_NUMBER: ContextVar[int] = ContextVar("iflow_number", default=0)
"""The number of that scenario in the run."""


class RunCutShort(KeyboardInterrupt):
    """A scenario ends where it waits, since the run was cut short."""


class Places:
    """At most ``limit`` scenarios act at once; ``cut_short`` ends the waits of all.

    Of those that wait for a place the one comes first that was first in the run. ``away`` is how many have
    given their place away for now; ``on_change`` is called when one does.
    """

    def __init__(self, limit: int, on_change: Callable[[], None] = lambda: None) -> None:
        self.cut_short = Event()
        self.away = 0
        self._on_change = on_change
        self._limit = limit
        self._taken = 0
        self._lock = Lock()
        self._waiting: list[tuple[int, int, Lock]] = []
        self._waited_for: WeakSet[Condition] = WeakSet()

    @property
    def limit(self) -> int:
        """How many may act at once."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        with self._lock:
            self._limit = limit
            self._fill()

    def enter(self, number: int) -> None:
        """Let this thread, whose context is its own, be the scenario with this number in the run."""
        PLACES.set(self)
        _NUMBER.set(number)

    def take(self) -> None:
        """Wait for a place; raises ``RunCutShort`` at the end of the run, with the place taken."""
        turn = Lock()
        turn.acquire()
        with self._lock:
            heappush(self._waiting, (_NUMBER.get(), get_ident(), turn))
            self._fill()
        with turn:  # which is free once there is a place
            pass
        if self.cut_short.is_set():
            raise RunCutShort

    def give_back(self) -> None:
        """Leave a place to another scenario."""
        with self._lock:
            self._taken -= 1
            self._fill()

    def _fill(self) -> None:
        """Give free places to those who wait; all have one at the end of the run."""
        while self._waiting and (self._taken < self._limit or self.cut_short.is_set()):
            self._taken += 1
            heappop(self._waiting)[2].release()

    def leave(self, *, counts: bool = True) -> None:
        """Give a place away for a while; ``counts`` is false where others would only wait for the same."""
        with self._lock:
            self.away += counts
        self.give_back()
        self._on_change()

    def come_back(self, *, counts: bool = True) -> None:
        """Wait for a place after ``leave``; raises as ``take`` does."""
        with self._lock:
            self.away -= counts
        self.take()

    def end(self) -> None:
        """Cut short whoever waits, now and later."""
        self.cut_short.set()
        with self._lock:
            self._fill()
            others = list(self._waited_for)
        for each in others:
            with each:
                each.notify_all()

    def wake_at_end(self, condition: Condition) -> None:
        """Notify ``condition`` when the run is cut short."""
        with self._lock:
            self._waited_for.add(condition)


@contextmanager
def place_given_away(*, counts: bool = True) -> Iterator[None]:
    """Leave the place of this scenario to another one meanwhile; raises ``RunCutShort`` at the end.

    Where it ``counts`` as away, one more scenario may begin.
    """
    places = PLACES.get()
    if places is None:
        yield
        return
    places.leave(counts=counts)
    try:
        yield
    finally:
        places.come_back(counts=counts)


def pause(seconds: float) -> None:
    """Wait so many seconds; raises ``RunCutShort`` where the run ends meanwhile."""
    places = PLACES.get()
    if places is None:
        time.sleep(seconds)
        return
    with place_given_away():
        places.cut_short.wait(seconds)


def wait_for(
    condition: Condition, is_true: Callable[[], bool], within: float | None = None, *, counts: bool = True
) -> bool:
    """Wait until ``is_true``, which is called with ``condition`` held; return what it said last.

    ``within`` are the seconds after which the wait ends anyway. Raises ``RunCutShort`` where the run ends
    meanwhile, with whatever ``is_true`` has done. ``counts`` is that of ``place_given_away``.
    """
    places = PLACES.get()
    if places is None:
        with condition:
            return condition.wait_for(is_true, within)
    with condition:
        if is_true():
            return True
    places.wake_at_end(condition)
    seen = False

    def is_over() -> bool:
        nonlocal seen
        seen = is_true()
        return seen or places.cut_short.is_set()

    with (
        place_given_away(counts=counts),
        condition,
    ):  # the condition is free again before this waits for a place
        condition.wait_for(is_over, within)
    return seen


class OneAtATime:
    """A lock for what takes long, such as a request on behalf of all: who waits for it gives its place away.

    The thread that holds it may take it once more.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._holder: int | None = None
        self._depth = 0

    def __enter__(self) -> None:
        try:
            wait_for(self._changed, self._take, counts=False)
        except BaseException:
            with self._changed:
                if self._holder == get_ident():
                    self._release()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._changed:
            self._release()

    def _take(self) -> bool:
        if self._holder not in {None, get_ident()}:
            return False
        self._holder = get_ident()
        self._depth += 1
        return True

    def _release(self) -> None:
        self._depth -= 1
        if not self._depth:
            self._holder = None
            self._changed.notify_all()


class SharedCall(Generic[_Answer]):
    """A call that gives the same to all who want it at a time: each gets the answer of one begun since then.

    So those who come while one is under way share the next one, and nobody gets an older answer.
    """

    def __init__(self, call: Callable[[], _Answer]) -> None:
        self._call = call
        self._one_at_a_time = OneAtATime()
        self._lock = Lock()
        self._next: list[_Answer | IflowError] | None = None

    def __call__(self) -> _Answer:
        """Return the answer; an error of this package is raised as one of this thread's own."""
        with self._lock:
            joined = self._next = [] if self._next is None else self._next
        with self._one_at_a_time:
            if not joined:  # the first of those who share it, or the one before was cut short
                with self._lock:
                    self._next = None if self._next is joined else self._next
                try:
                    joined.append(self._call())
                except IflowError as error:
                    joined.append(error)
        answer = joined[0]
        if isinstance(answer, IflowError):
            raise answer.copy()
        return answer
