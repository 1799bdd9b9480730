"""Threads that act as scenarios beside each other do: each in its own context, in the places of a run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextvars import copy_context
from typing import Generic, TypeVar

from pytest_iflow.places import PLACES, Places

_Result = TypeVar("_Result")
_Given = TypeVar("_Given")


class SideBySide(Generic[_Result]):
    """Threads that have begun; ``results`` are what they returned or raised, in the order of the given."""

    def __init__(self, act: Callable[[_Given], _Result], given: Iterable[_Given], places: Places) -> None:
        self.places = places
        all_given = list(given)
        self._results: list[_Result | BaseException | None] = [None] * len(all_given)
        self._threads = [
            threading.Thread(target=copy_context().run, args=(self._act, number, act, each), daemon=True)
            for number, each in enumerate(all_given)
        ]
        for thread in self._threads:
            thread.start()

    def _act(self, number: int, act: Callable[[_Given], _Result], given: _Given) -> None:
        PLACES.set(self.places)
        try:
            self.places.take()
            self._results[number] = act(given)
        except BaseException as error:  # noqa: BLE001, the test looks at it
            self._results[number] = error
        finally:
            self.places.give_back()

    def results_so_far(self, count: int, within: float) -> list[_Result | BaseException | None]:
        """Wait until ``count`` threads have ended; ``None`` stands for those that have not."""
        until = time.monotonic() + within
        while sum(not thread.is_alive() for thread in self._threads) < count:
            assert time.monotonic() < until, "too few threads have ended"
            time.sleep(0.01)
        return self._results

    def results(self, within: float = 60.0) -> list[_Result | BaseException | None]:
        """Wait for the end of all threads."""
        for thread in self._threads:
            thread.join(within)
            assert not thread.is_alive(), "a thread hangs"
        return self._results


def side_by_side(
    act: Callable[[_Given], _Result], given: Iterable[_Given], *, limit: int = 32
) -> list[_Result]:
    """Call ``act`` with each of ``given`` in a thread of its own; raises the first error."""
    results: list[_Result] = []
    for each in SideBySide(act, given, Places(limit)).results():
        if isinstance(each, BaseException):
            raise each
        results.append(each)  # type: ignore[arg-type] # all have ended
    return results
