"""The distance between calls whose logs only the time tells apart, and their turns in many threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from pytest_iflow.monitoring.pacing import Pacing
from pytest_iflow.monitoring.timing import RESOLUTION, UNMEASURED, ClockDifference
from pytest_iflow.monitoring.verdict import wait
from pytest_iflow.places import Places, RunCutShort, pause
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX
from pytest_iflow.tenants.model import Environment, Iflow
from pytest_iflow.transport.exchange import APPLICATION_ID, Exchange, Request, Response
from tests.monitoring.order_tenant import EmulatedTenant
from tests.side_by_side import SideBySide, side_by_side

pytest_plugins = ["tests.monitoring.order_tenant"]

IFLOWS = (
    Iflow("by-time", "/orders", "Orders"),
    Iflow("the same", "/orders/again", "Orders"),
    Iflow("sure", "/orders", "Orders", application_id=True),
    Iflow("other", "/other", "Other"),
)
ENVIRONMENT = Environment("t", "dev", Path(), {}, {each.name: each for each in IFLOWS})
NAMES_LOG = {"sap_messageprocessinglogid": "AGsK2BymImcy3DIRwfWGacP_u37T"}


class Paced:
    """A pacing whose waits are kept instead of waited."""

    def __init__(self, *, workers: int = 1) -> None:
        self.waits: list[float] = []
        paths = {each.name: f"/http{each.address}" for each in IFLOWS}
        self.pacing = Pacing(ENVIRONMENT, ClockDifference(), paths.__getitem__, workers, self.waits.append)

    def wait(self, iflow: str, headers: dict[str, str], *, is_judged: bool) -> float:
        """Wait for the turn of a call, and let it go."""
        with self.pacing.turn(iflow, headers, is_judged=is_judged) as seconds:
            return seconds

    def call(
        self,
        path: str = "/http/orders",
        status: int = 200,
        sent: str = "",
        named: dict[str, str] | None = None,
    ) -> Exchange:
        """Let a call end now."""
        headers = {APPLICATION_ID: sent} if sent else {}
        request = Request("POST", f"https://runtime.example{path}", headers)
        exchange = Exchange(request, Response(status, "", named or {}), datetime.now(UTC), 0.1, None, "x")
        self.pacing.observe(exchange)
        return exchange


def test_the_next_call_waits_for_twice_what_the_clock_leaves_open() -> None:
    """By whatever name or address the iFlow is called; less the time that has passed."""
    for name in ("by-time", "the same", "/orders", "/http/orders?a=b"):
        paced = Paced()
        assert paced.wait(name, {}, is_judged=True) == 0.0
        paced.call()
        assert paced.wait(name, {}, is_judged=True) == paced.waits[0]
        assert 2 * UNMEASURED - 1 < paced.waits[0] < 2 * UNMEASURED + 0.1


def test_a_measured_clock_makes_it_short() -> None:
    """Two seconds and a little."""
    clock = ClockDifference()
    clock.observe(
        Exchange(
            Request("GET", "/", {}),
            Response(200, "", {"date": "Sun, 01 Mar 2026 12:00:00 GMT"}),
            datetime(2026, 3, 1, 12, tzinfo=UTC),
            0.1,
        )
    )
    assert 2 * RESOLUTION < Pacing(ENVIRONMENT, clock, str).distance < 2 * RESOLUTION + 0.2


@pytest.mark.parametrize(
    ("iflow", "headers", "is_judged"),
    [
        ("by-time", {}, False),
        ("sure", {}, True),
        ("other", {}, True),
        ("by-time", {"sap_applicationid": "of this call"}, True),
    ],
    ids=["nobody asks", "an id of its own", "another iFlow", "an id of the feature"],
)
def test_no_call_waits_without_need(iflow: str, headers: dict[str, str], is_judged: bool) -> None:
    """A run that asks for no logs is as quick as it was."""
    paced = Paced()
    paced.call()
    assert paced.wait(iflow, headers, is_judged=is_judged) == 0.0
    assert paced.waits == []


def test_answers_that_name_their_log_need_no_distance() -> None:
    """A failure says nothing about that: it names its log in its text."""
    paced = Paced()
    paced.call(named=NAMES_LOG)
    assert paced.wait("by-time", {}, is_judged=True) == 0.0
    paced.call(status=500)
    assert paced.wait("by-time", {}, is_judged=True) == 0.0
    paced.call(status=200)
    assert paced.wait("by-time", {}, is_judged=True) > 0.0


@pytest.mark.parametrize(
    ("status", "named"),
    [(503, {"retry-after": "1"}), (429, {"retry-after": "1"}), (401, {"www-authenticate": "Bearer"})],
)
def test_a_message_that_was_turned_away_leaves_no_log(status: int, named: dict[str, str]) -> None:
    """It is sent again without a wait of this kind, and its id is still alone."""
    paced = Paced()
    paced.call(status=status, sent="4711", named=named)
    assert paced.wait("by-time", {}, is_judged=True) == 0.0
    assert paced.pacing.is_apart(paced.call(sent="4711"))


def test_one_id_for_many_calls_keeps_them_apart_as_well() -> None:
    """Of the feature; and an empty one is none."""
    paced = Paced()
    paced.call(sent="4711")
    paced.wait("sure", {APPLICATION_ID: "4711"}, is_judged=True)
    paced.wait("by-time", {APPLICATION_ID: ""}, is_judged=True)
    assert len(paced.waits) == 2


def test_steps_that_ask_unannounced_are_learnt_from() -> None:
    """The first of them is not foreseen; from then on calls of that iFlow keep apart."""
    paced = Paced()
    paced.pacing.ask(paced.call())
    assert paced.wait("other", {}, is_judged=False) == 0.0
    assert paced.wait("by-time", {}, is_judged=False) > 0.0


def test_an_id_of_a_feature_is_alone_if_no_call_sent_it_shortly_before() -> None:
    """And if no other process may have sent it."""
    paced = Paced()
    first = paced.call(sent="4711")
    assert paced.pacing.is_apart(first)
    assert paced.pacing.is_apart(paced.call(sent="4712"))
    assert not paced.pacing.is_apart(paced.call(sent="4711"))
    several = Paced(workers=2)
    assert not several.pacing.is_apart(several.call(sent="4711"))


def test_the_advice_is_for_logs_that_only_the_time_finds() -> None:
    """It names the iFlow, and the first one stands."""
    paced = Paced()
    for exchange in (paced.call(named=NAMES_LOG), paced.call(sent=f"{ONE_CALL_PREFIX}1")):
        paced.pacing.advise(exchange)
    assert paced.pacing.advice == ""
    paced.pacing.advise(paced.call())
    assert 'Set application-id = true for the iFlow "x" in the tenant file' in paced.pacing.advice


class PacedThreads:
    """Calls that take a moment, made in threads by a pacing whose clock is well known."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, named: dict[str, str] | None = None) -> None:
        monkeypatch.setattr("pytest_iflow.monitoring.timing.RESOLUTION", 0.01)
        monkeypatch.setattr("pytest_iflow.monitoring.timing.UNMEASURED", 0.02)
        paths = {each.name: f"/http{each.address}" for each in IFLOWS}
        self.pacing = Pacing(ENVIRONMENT, ClockDifference(), paths.__getitem__)
        self.spans: list[tuple[float, float, str]] = []
        self.apart: list[bool] = []
        self._named = named or {}

    def call(
        self, name: str, sent: str = "", *, is_judged: bool = True, seconds: float = 0.01, mark: str = ""
    ) -> None:
        """Wait for the turn of a call and make it."""
        headers = {APPLICATION_ID: sent} if sent else {}
        with self.pacing.turn(name, headers, is_judged=is_judged):
            began, started = time.monotonic(), datetime.now(UTC)
            time.sleep(seconds)
            request = Request("POST", "https://runtime.example/http/orders", headers)
            response = Response(200, "", self._named)
            exchange = Exchange(request, response, started, time.monotonic() - began, None, name)
            self.pacing.observe(exchange)
            self.spans.append((began, time.monotonic(), mark or sent))
            self.apart.append(self.pacing.is_apart(exchange))

    def distances(self, which: Callable[[str], bool] = lambda _: True) -> list[float]:
        """Return the seconds from the end of each call to the begin of the next one, to the millisecond."""
        spans = sorted(span for span in self.spans if which(span[2]))
        return [round(after[0] - before[1], 3) for before, after in pairwise(spans)]


def test_calls_that_only_the_time_identifies_go_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each keeps its distance, also from the very first ones that come at once."""
    paced = PacedThreads(monkeypatch)
    side_by_side(lambda number: paced.call(("by-time", "the same", "/orders")[number % 3]), range(32))
    assert len(paced.spans) == 32
    assert min(paced.distances()) >= paced.pacing.distance


def test_once_answers_name_logs_all_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call finds it out, alone; the others wait for it and then for nobody."""
    paced = PacedThreads(monkeypatch, NAMES_LOG)
    side_by_side(lambda _: paced.call("by-time", seconds=0.3), range(32))
    first, *others = sorted(paced.spans)
    assert min(span[0] for span in others) >= first[1]
    assert max(span[1] for span in others) - first[1] < 3.0  # one after the other they would take 9 s


def test_calls_with_an_id_of_their_own_are_not_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor those whose messages nobody asks about."""
    paced = PacedThreads(monkeypatch)
    together = threading.Barrier(32)

    def act(number: int) -> None:
        together.wait(20)
        paced.call("sure" if number % 2 else "by-time", is_judged=bool(number % 2), seconds=0.3)

    side_by_side(act, range(32))
    assert max(span[1] for span in paced.spans) - min(span[0] for span in paced.spans) < 3.0


def test_no_call_comes_between_one_that_the_time_identifies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it sends, and whether or not its message is asked about."""
    paced = PacedThreads(monkeypatch)
    together = threading.Barrier(20)  # an id of a thread that has ended may be that of the next one

    def act(number: int) -> None:
        together.wait(20)
        if number % 4 == 0:
            paced.call("by-time", mark="exclusive")
        elif number % 4 == 1:
            paced.call("sure")
        else:
            paced.call("by-time", "4711" if number % 4 == 2 else "", is_judged=False)

    side_by_side(act, range(20))
    spans = sorted(paced.spans)
    exclusive = [number for number, span in enumerate(spans) if span[2] == "exclusive"]
    assert len(exclusive) == 5
    for number in exclusive:
        others = spans[:number] + spans[number + 1 :]
        assert all(
            other[1] + paced.pacing.distance <= spans[number][0]
            or spans[number][1] + paced.pacing.distance <= other[0]
            for other in others
        )


def test_calls_that_nobody_judges_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those between others that keep their distance cost no distance each."""
    paced = PacedThreads(monkeypatch)
    monkeypatch.setattr("pytest_iflow.monitoring.pacing.ROUNDING", 0.3)
    together = threading.Barrier(20)

    def act(number: int) -> None:
        together.wait(20)
        paced.call("by-time", is_judged=number % 2 == 0, seconds=0.0)

    side_by_side(act, range(20))
    taken = max(span[1] for span in paced.spans) - min(span[0] for span in paced.spans)
    assert taken < 15 * paced.pacing.distance  # in turn they would take 19


def test_one_id_of_many_scenarios_is_sent_by_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of other ids go on beside it; each knows that it was alone."""
    paced = PacedThreads(monkeypatch)
    side_by_side(lambda number: paced.call("by-time", str(number % 4), seconds=0.05), range(32))
    for sent in "0123":
        assert min(paced.distances(sent.__eq__)) >= paced.pacing.distance
    assert min(paced.distances()) < 0
    assert all(paced.apart)


def test_who_waits_for_its_turn_ends_with_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """And whoever comes later is not held up by it."""
    paced = PacedThreads(monkeypatch)
    begun = threading.Event()

    def act(number: int) -> None:
        if number == 0:
            with paced.pacing.turn("by-time", {}, is_judged=True):
                begun.set()
                pause(60)
        begun.wait(10)
        paced.call("by-time")

    threads = SideBySide(act, range(50), Places(50))
    assert begun.wait(10)
    time.sleep(0.1)
    threads.places.end()
    assert {type(each) for each in threads.results(2)} == {RunCutShort}
    paced.call("by-time")


def test_logs_by_time_of_threads_are_each_judged_by_their_own(silent_tenant: EmulatedTenant) -> None:
    """Of a tenant that names none; nobody meets an ambiguity."""
    run = silent_tenant.run

    def act(number: int) -> tuple[str, str]:
        with run.pacing.turn("/orders", {}, is_judged=True):
            exchange = silent_tenant.order(outcome="FAILED" if number % 2 else "COMPLETED")
        sighting = wait(silent_tenant.search(exchange), lambda log, _: log.is_final, 30)
        assert sighting.log is not None
        return sighting.log.message_id, sighting.log.status

    judged = side_by_side(act, range(4))
    assert len({log for log, _ in judged}) == 4
    assert [status for _, status in judged] == ["COMPLETED", "FAILED"] * 2
