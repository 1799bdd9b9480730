"""Drawing what happens to requests."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.faults.draws import NO_FAULTS, STATUSES, STATUSES_AFTER, FaultSource, RequestFaults

SOME = {"reset_before": 0.2, "status_503": 0.2, "reset_after": 0.3, "duplicate": 0.3, "jitter": 1.0}


def _draws(seed: int, plane: str, values: dict[str, float], count: int = 200) -> list[RequestFaults]:
    source = FaultSource(seed, plane, values)
    return [source.draw() for _ in range(count)]


def test_same_seed_gives_the_same_faults_in_the_same_order() -> None:
    """Another seed, and another plane, give others."""
    assert _draws(7, "runtime", SOME) == _draws(7, "runtime", SOME)
    assert _draws(7, "runtime", SOME) != _draws(8, "runtime", SOME)
    assert _draws(7, "runtime", SOME) != _draws(7, "token", SOME)


def test_order_is_the_same_on_every_machine() -> None:
    """A suite may rely on which requests are hit."""
    hits = [bool(faults.names) for faults in _draws(1, "runtime", {"status_503": 0.3}, 12)]
    assert [number for number, hit in enumerate(hits) if hit] == [2, 4, 5, 6, 8]


def test_fault_that_is_added_moves_no_other() -> None:
    """One fault hits the same requests, whatever other faults are on."""
    alone = _draws(7, "api", {"duplicate": 0.3})
    beside = _draws(7, "api", {"duplicate": 0.3, "latency": 0.1, "truncated": 0.2})
    assert [("duplicate" in faults.names) for faults in alone] == [
        ("duplicate" in faults.names) for faults in beside
    ]


def test_share_is_that_of_the_requests() -> None:
    """Of 2,000 requests about a fifth is hit; the seed is fixed, so the figure is too."""
    hit = sum(bool(faults.names) for faults in _draws(3, "runtime", {"status_500": 0.2}, 2000))
    assert 350 < hit < 450


@pytest.mark.parametrize("name", ["reset_before", *STATUSES])
def test_request_that_is_not_processed_has_no_other_fault(name: str) -> None:
    """Faults of an answer that there is not are not counted."""
    faults = FaultSource(0, "api", {name: 1.0, "duplicate": 1.0, "truncated": 1.0}).draw()
    assert faults.names == {name}
    assert faults.status == (int(name[-3:]) if name.startswith("status_") else None)


def test_processed_request_has_one_end() -> None:
    """Of several faults of the answer one happens. A duplicate is no fault of the answer."""
    faults = FaultSource(0, "api", {"reset_after": 1.0, "truncated": 1.0, "duplicate": 1.0}).draw()
    assert faults.names == {"reset_after", "duplicate"}
    assert FaultSource(0, "api", {"truncated": 1.0}).draw().names == {"truncated"}


@pytest.mark.parametrize(("name", "status"), STATUSES_AFTER.items())
def test_a_gateway_may_lose_the_answer(name: str, status: int) -> None:
    """The request is processed, and the status is not the service's."""
    faults = FaultSource(0, "api", {name: 1.0}).draw()
    assert faults.names == {name}
    assert (faults.status, faults.status_after) == (None, status)


def test_some_requests_are_delayed() -> None:
    """A delay goes together with other faults."""
    drawn = _draws(0, "api", {"delayed": 0.5, "status_500": 0.5})
    assert {faults.wait for faults in drawn} == {0.0, 1.0}
    assert {"delayed", "status_500"} in [set(faults.names) for faults in drawn]


def test_wait_is_latency_and_some_of_the_jitter() -> None:
    """The jitter is spread over its whole width."""
    waits = [faults.wait for faults in _draws(0, "api", {"latency": 2.0, "jitter": 1.0})]
    assert 2.0 <= min(waits) < 2.1
    assert 2.9 < max(waits) <= 3.0


def test_nothing_happens_when_nothing_is_on() -> None:
    """Without faults no numbers are drawn."""
    assert FaultSource(0, "api", {}).draw() is NO_FAULTS


def test_requests_above_a_rate_wait_and_far_above_it_are_refused() -> None:
    """Ten a second: each waits a tenth longer, the twelfth at once would wait over a second."""
    now = [100.0]
    source = FaultSource(0, "runtime", {"rate": 10.0, "latency": 0.5}, lambda: now[0])
    waits = [source.draw().wait for _ in range(11)]
    assert waits == pytest.approx([0.5 + number / 10 for number in range(11)])
    assert source.draw() == RequestFaults(names=frozenset({"status_429"}))
    now[0] += 0.1
    assert source.draw().wait == pytest.approx(1.5)
    now[0] += 60
    assert source.draw().wait == 0.5
