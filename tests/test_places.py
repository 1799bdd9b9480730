"""Places of scenarios that run side by side, and the waits that give them away."""

from __future__ import annotations

import time
from threading import Condition, Event

import pytest

from pytest_iflow.errors import CheckError
from pytest_iflow.places import OneAtATime, Places, RunCutShort, SharedCall, pause, wait_for
from tests.side_by_side import SideBySide, side_by_side


def test_who_waits_leaves_its_place() -> None:
    """With one place, one waits for what the other one does."""
    done, condition = Event(), Condition()

    def act(number: int) -> None:
        if number:
            done.set()
            with condition:
                condition.notify_all()
        else:
            assert wait_for(condition, done.is_set, 30)

    side_by_side(act, range(2), limit=1)


def test_a_wait_without_places_just_waits() -> None:
    """As where one scenario runs after the other; it says whether what it waits for has come."""
    condition = Condition()
    assert wait_for(condition, lambda: True)
    assert not wait_for(condition, lambda: False, 0.01)


def test_one_at_a_time_acts_and_the_others_leave_their_places() -> None:
    """Also where there is one place: who holds the lock pauses, and gets it again."""
    lock, inside, most = OneAtATime(), 0, 0

    def act(_number: int) -> None:
        nonlocal inside, most
        with lock, lock:
            inside += 1
            most = max(most, inside)
            pause(0.001)
            inside -= 1

    side_by_side(act, range(40), limit=1)
    assert most == 1


@pytest.mark.parametrize("kind", ["pause", "wait", "lock"])
def test_all_waits_end_with_the_run(kind: str) -> None:
    """At once, those of several hundred threads; and the lock is free afterwards."""
    condition, lock, waiting = Condition(), OneAtATime(), []

    def act(number: int) -> None:
        waiting.append(number)
        if kind == "pause":
            pause(60)
        elif kind == "wait":
            wait_for(condition, lambda: False)
        else:
            with lock:
                pause(60)

    threads = SideBySide(act, range(200), Places(4))
    while len(waiting) < 10.0:
        time.sleep(0.01)
    began = time.monotonic()
    threads.places.end()
    assert {type(each) for each in threads.results(10)} == {RunCutShort}
    assert time.monotonic() - began < 10.0
    with lock:
        pass


def test_a_shared_call_serves_all_who_came_before_it_began() -> None:
    """Of many at once the first is served alone, all others together."""
    calls: list[int] = []

    def call() -> int:
        calls.append(len(calls))
        pause(0.2)
        return calls[-1]

    shared = SharedCall(call)
    assert set(side_by_side(lambda _: shared(), range(32), limit=2)) <= {0, 1}
    assert len(calls) == 2
    assert shared() == 2


def test_a_shared_call_that_fails_is_an_error_of_each() -> None:
    """And whoever comes later calls again."""
    fails = True

    def call() -> str:
        pause(0.2)
        if fails:
            raise CheckError("it is not there", remedy="look elsewhere")
        return "there"

    shared = SharedCall(call)
    errors = {id(each): each for each in SideBySide(lambda _: shared(), range(32), Places(32)).results()}
    assert {str(each) for each in errors.values()} == {"it is not there\n  what to do: look elsewhere"}
    assert len(errors) == 32
    fails = False
    assert shared() == "there"
