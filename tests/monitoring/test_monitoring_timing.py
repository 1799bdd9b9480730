"""The tenant's clock, and the distance between calls whose logs only the time tells apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from pytest_iflow.monitoring.timing import RESOLUTION, UNMEASURED, ClockDifference, Pacing
from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX
from pytest_iflow.tenants.model import Environment, Iflow
from pytest_iflow.transport.exchange import APPLICATION_ID, Exchange, Request, Response

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def exchange(ahead: float, *, after: float = 0.0, seconds: float = 0.1) -> Exchange:
    """Return one that began ``after`` noon and whose answer was written at once, by a clock ``ahead``."""
    started = NOON + timedelta(seconds=after)
    written = (started + timedelta(seconds=seconds / 2 + ahead)).replace(microsecond=0)
    headers = {"date": format_datetime(written, usegmt=True)}
    return Exchange(Request("GET", "/", {}), Response(200, "OK", headers), started, seconds)


def test_before_the_first_answer_nothing_is_known() -> None:
    """Moments stay what they are, and a wide margin is left."""
    clock = ClockDifference()
    assert (clock.seconds, clock.uncertainty) == (0.0, UNMEASURED)
    assert clock.to_tenant(NOON) == NOON


@pytest.mark.parametrize("ahead", [0.0, 37.3, -3600.5])
def test_the_difference_is_within_the_uncertainty(ahead: float) -> None:
    """One answer is enough for about a second, either way."""
    clock = ClockDifference()
    clock.observe(exchange(ahead))
    assert abs(clock.seconds - ahead) <= clock.uncertainty == RESOLUTION
    assert clock.to_tenant(NOON) == NOON + timedelta(seconds=clock.seconds)


def test_a_slow_answer_leaves_more_in_doubt() -> None:
    """It may have been written at any moment in between."""
    clock = ClockDifference()
    clock.observe(exchange(5.0, seconds=20.0))
    assert clock.uncertainty > 10.0
    assert abs(clock.seconds - 5.0) <= clock.uncertainty


def test_many_answers_narrow_the_difference() -> None:
    """Those right before and after a full second tell the most."""
    clock = ClockDifference()
    for tenths in range(10):
        clock.observe(exchange(2.0, after=tenths / 10))
    assert abs(clock.seconds - 2.0) < 0.15
    assert clock.uncertainty == RESOLUTION


def test_a_clock_that_was_set_is_measured_anew() -> None:
    """What was known before contradicts it."""
    clock = ClockDifference()
    clock.observe(exchange(0.0))
    clock.observe(exchange(600.0))
    assert abs(clock.seconds - 600.0) <= clock.uncertainty


@pytest.mark.parametrize("headers", [{}, {"date": ""}, {"date": "tomorrow"}])
def test_an_answer_that_tells_no_time_is_passed_over(headers: dict[str, str]) -> None:
    """A gateway may leave the header out."""
    clock = ClockDifference()
    clock.observe(Exchange(Request("GET", "/", {}), Response(200, "OK", headers), NOON, 0.1))
    assert clock.uncertainty == UNMEASURED


def test_every_answer_of_a_run_is_looked_at(local_run: Run) -> None:
    """The token request already tells the time; the emulator has this machine's clock."""
    local_run.tokens.token("default")
    assert abs(local_run.clock.seconds) <= local_run.clock.uncertainty < UNMEASURED


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
        assert paced.pacing.wait(name, {}, is_judged=True) == 0.0
        paced.call()
        assert paced.pacing.wait(name, {}, is_judged=True) == paced.waits[0]
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
    assert paced.pacing.wait(iflow, headers, is_judged=is_judged) == 0.0
    assert paced.waits == []


def test_answers_that_name_their_log_need_no_distance() -> None:
    """A failure says nothing about that: it names its log in its text."""
    paced = Paced()
    paced.call(named=NAMES_LOG)
    assert paced.pacing.wait("by-time", {}, is_judged=True) == 0.0
    paced.call(status=500)
    assert paced.pacing.wait("by-time", {}, is_judged=True) == 0.0
    paced.call(status=200)
    assert paced.pacing.wait("by-time", {}, is_judged=True) > 0.0


@pytest.mark.parametrize(
    ("status", "named"),
    [(503, {"retry-after": "1"}), (429, {"retry-after": "1"}), (401, {"www-authenticate": "Bearer"})],
)
def test_a_message_that_was_turned_away_leaves_no_log(status: int, named: dict[str, str]) -> None:
    """It is sent again without a wait of this kind, and its id is still alone."""
    paced = Paced()
    paced.call(status=status, sent="4711", named=named)
    assert paced.pacing.wait("by-time", {}, is_judged=True) == 0.0
    assert paced.pacing.is_apart(paced.call(sent="4711"))


def test_one_id_for_many_calls_keeps_them_apart_as_well() -> None:
    """Of the feature; and an empty one is none."""
    paced = Paced()
    paced.call(sent="4711")
    paced.pacing.wait("sure", {APPLICATION_ID: "4711"}, is_judged=True)
    paced.pacing.wait("by-time", {APPLICATION_ID: ""}, is_judged=True)
    assert len(paced.waits) == 2


def test_steps_that_ask_unannounced_are_learnt_from() -> None:
    """The first of them is not foreseen; from then on calls of that iFlow keep apart."""
    paced = Paced()
    paced.pacing.ask(paced.call())
    assert paced.pacing.wait("other", {}, is_judged=False) == 0.0
    assert paced.pacing.wait("by-time", {}, is_judged=False) > 0.0


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
