"""How many requests came, and how many a second are let in."""

from __future__ import annotations

from dataclasses import fields

import pytest

from pytest_iflow.emulator.counters import Counters, RateLimit
from tests.emulator.emulator_process import Emulator


def test_every_client_is_named_also_one_that_asked_for_nothing() -> None:
    """Its numbers are zero."""
    counters = Counters()
    counters.issued["a"] += 1
    counters.refused["unknown"] += 2
    counters.calls["/echo"] += 3
    counters.planes["runtime"] += 4
    counters.flows["/http/echo"] += 3
    counters.clients["a"] += 4
    counters.faults["runtime.duplicate"] += 1
    counters.too_many["Token service"] += 5
    assert counters.as_json(("a", "b")) == {
        "tokens": {
            "a": {"issued": 1, "refused": 0},
            "b": {"issued": 0, "refused": 0},
            "unknown": {"issued": 0, "refused": 2},
        },
        "calls": {"/echo": 3},
        "received": {"planes": {"runtime": 4}, "flows": {"/http/echo": 3}, "clients": {"a": 4}},
        "faults": {"runtime.duplicate": 1},
        "too many": {"Token service": 5},
    }


def test_counting_can_begin_anew() -> None:
    """Nothing is left of what was counted."""
    counters = Counters()
    for field in fields(counters):
        getattr(counters, field.name)["x"] += 1
    counters.clear()
    assert counters == Counters()


def test_each_client_is_counted_for_itself(emulator: Emulator) -> None:
    """A token for the second client is no request of the first."""
    first, second = (
        emulator.key(file)["clientid"] for file in ("integration-flow", "integration-flow-second")
    )
    before = emulator.counters()["tokens"]
    emulator.ask_token("integration-flow-second")
    after = emulator.counters()["tokens"]
    assert after[second]["issued"] == before[second]["issued"] + 1
    assert after[first] == before[first]


def test_refused_requests_are_counted_by_client(emulator: Emulator) -> None:
    """A wrong secret counts for the client it was sent for, an unknown client under "unknown"."""
    key = emulator.key("api")
    before = emulator.counters()["tokens"]
    emulator.request("POST", key["tokenurl"], auth=(key["clientid"], "wrong"))
    emulator.request("POST", key["tokenurl"], auth=("nobody", "wrong"))
    emulator.request("POST", key["tokenurl"])
    after = emulator.counters()["tokens"]
    assert after[key["clientid"]]["refused"] == before[key["clientid"]]["refused"] + 1
    assert after["unknown"]["refused"] == before["unknown"]["refused"] + 2


def test_messages_are_counted_by_address(emulator: Emulator) -> None:
    """A call that is refused is no message."""
    before = emulator.counters()["calls"].get("/echo", 0)
    emulator.call("/echo")
    emulator.request("POST", f"{emulator.runtime}/http/echo")
    assert emulator.counters()["calls"]["/echo"] == before + 1


class _Clock:
    """A clock that stands until it is set, in seconds."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_as_many_as_the_limit_are_let_in_and_no_more() -> None:
    """The fourth within one second is told to come back in a second."""
    limit = RateLimit(3, _Clock())
    assert [limit.retry_after() for _ in range(5)] == [None, None, None, 1, 1]


def test_window_slides_with_the_requests() -> None:
    """Room is made by those that are a second old, not at the turn of a second."""
    clock = _Clock()
    limit = RateLimit(2, clock)
    admitted = []
    for clock.now in (100.0, 100.6, 100.9, 101.0, 101.5, 101.6):
        admitted.append(limit.retry_after() is None)
    assert admitted == [True, True, False, True, False, True]


def test_refused_requests_take_no_room() -> None:
    """Whoever keeps asking is let in as soon as anybody else would be."""
    clock = _Clock()
    limit = RateLimit(1, clock)
    assert [limit.retry_after() for _ in range(3)] == [None, 1, 1]
    clock.now += 1
    assert limit.retry_after() is None


def test_own_clock_is_used_if_none_is_given() -> None:
    """The first request is let in."""
    assert RateLimit(1).retry_after() is None


@pytest.mark.parametrize(
    ("connections", "open_connections", "let_in"),
    [
        (1, 1, 100),  # one after the other
        (100, 1, 100),  # the same, each over a connection of its own
        (2, 50, 100),  # two of many that are kept
        (3, 3, 20),  # three at once reach the limit of twenty
        (1, 0, 20),  # nobody knows of connections
    ],
)
def test_limit_hits_nobody_who_would_not_reach_it_over_a_network(
    connections: int, open_connections: int, let_in: int
) -> None:
    """Ten requests a second for each connection in use are possible there (wire-facts 5.10)."""
    limit = RateLimit(20, lambda: 5.0)
    waits = [limit.retry_after(number % connections, open_connections) for number in range(100)]
    assert waits.count(None) == let_in
    assert waits[let_in:] == [1] * (100 - let_in)
