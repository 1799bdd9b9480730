"""Asking again where that can help: what passes, when, and how often."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pytest_iflow.errors import CallError
from pytest_iflow.transport.exchange import Exchange, Request, Response
from pytest_iflow.transport.repetition import (
    FIRST_WAIT,
    LONGEST_RETRY_AFTER,
    MOST_REQUESTS,
    PATIENCE,
    REFUSED_FOR,
    Repetition,
    passing_trouble,
)


def answered(status: int, **headers: str) -> Exchange:
    """Return an exchange that ended with this status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request("GET", "https://tenant.example/api/v1/Sets", {})
    return Exchange(request, Response(status, "Reason", named), datetime.now(UTC), 0.1)


GOOD = answered(200)


class Host:
    """Has some troubles, one after the other, then answers 200."""

    def __init__(self, *troubles: Exchange | CallError) -> None:
        self.troubles = list(troubles)
        self.asked = 0

    def __call__(self) -> Exchange:
        """Answer the next request."""
        self.asked += 1
        outcome = self.troubles.pop(0) if self.troubles else GOOD
        if isinstance(outcome, CallError):
            raise outcome
        return outcome


def ask(host: Host, deadline: float | None = None) -> tuple[Exchange | CallError, list[float], list[str]]:
    """Ask ``host`` as a question is asked; return what came of it, the waits, and the notes."""
    waits: list[float] = []
    notes: list[str] = []
    repetition = Repetition(lambda title, text: notes.append(f"{title}\n{text}"), waits.append)
    try:
        return repetition.ask(host, passing_trouble, deadline), waits, notes
    except CallError as error:
        return error, waits, notes


def no_answer(cause: str) -> CallError:
    """Return the error of a call without an answer."""
    return CallError(f"it was {cause}", cause=cause)


def named(trouble: Exchange | CallError) -> str:
    """Name a case by what an answer is, not by when it came: workers have to agree."""
    return trouble.what if isinstance(trouble, CallError) else str(trouble.response.status)


@pytest.mark.parametrize(
    "trouble",
    [
        *(answered(status) for status in (429, 502, 503, 504)),
        *map(no_answer, ("connection-broken", "connection-refused", "timeout", "no-connection")),
    ],
    ids=named,
)
def test_what_may_pass_is_asked_again(trouble: Exchange | CallError) -> None:
    """Until the answer comes, and not once more; the notes tell each trouble."""
    host = Host(trouble, trouble)
    outcome, waits, notes = ask(host)
    assert (outcome, host.asked) == (GOOD, 3)
    assert FIRST_WAIT <= waits[0] <= 2 * FIRST_WAIT <= waits[1] <= 3 * FIRST_WAIT
    assert [note.partition("\n")[0] for note in notes] == ["asked again"] * 2
    assert notes[-1].count("asked again after") == 2


@pytest.mark.parametrize(
    "trouble",
    [
        *(answered(status) for status in (200, 301, 400, 401, 403, 404, 500, 501, 999)),
        *map(no_answer, ("dns", "tls-failed", "answer-unfinished", "answer-too-large", "answer-not-http")),
        CallError("of no known cause"),
    ],
    ids=named,
)
def test_what_stays_is_not_asked_again(trouble: Exchange | CallError) -> None:
    """It would only take time."""
    host = Host(trouble)
    assert ask(host) == (trouble, [], [])
    assert host.asked == 1


def test_other_errors_are_not_asked_again() -> None:
    """They are no trouble of a host."""

    def broken() -> Exchange:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Repetition().ask(broken, passing_trouble)


def test_without_a_deadline_it_is_a_few_times() -> None:
    """The last answer is given as it came."""
    troubles = [answered(503) for _ in range(99)]
    host = Host(*troubles)
    outcome, waits, _ = ask(host)
    assert (outcome, host.asked) == (troubles[MOST_REQUESTS - 1], MOST_REQUESTS)
    assert sum(waits) < PATIENCE


def test_a_refused_connection_is_tried_for_a_short_time() -> None:
    """Whoever has typed a wrong port learns it soon."""
    _, waits, _ = ask(Host(*[no_answer("connection-refused")] * 99))
    assert 3 <= len(waits) < MOST_REQUESTS
    assert sum(waits) <= REFUSED_FOR


def test_with_a_deadline_it_is_as_often_as_there_is_time() -> None:
    """More often than without."""
    host = Host(*[answered(429, Retry_After="0")] * (2 * MOST_REQUESTS))
    assert ask(host, time.monotonic() + 60)[0] is GOOD


def test_waits_become_shorter_before_a_deadline() -> None:
    """Several attempts fit, though the first waits double."""
    host = Host(*[answered(503)] * 12)
    _, waits, _ = ask(host, time.monotonic() + 8.0)
    assert len(waits) == 12
    assert max(waits) <= 2.0


@pytest.mark.parametrize(("deadline", "wanted"), [(-1.0, "0"), (50.0, "3600"), (50.0, "9" * 400)])
def test_a_deadline_that_comes_before_the_next_try_ends_it(deadline: float, wanted: str) -> None:
    """Whoever waits anyway would only learn the same later; the question itself is always put."""
    host = Host(answered(503, Retry_After=wanted))
    assert ask(host, time.monotonic() + deadline)[0].response.status == 503  # type: ignore[union-attr]
    assert host.asked == 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("Fri, 31 Dec 2027 23:59:59 GMT", 6.0),
        ("Friday, 31-Dec-27 23:59:59 GMT", 6.0),
        ("Fri, 31 Dec 2027 23:00:00 GMT", 0.0),
        ("60", LONGEST_RETRY_AFTER),
        ("9" * 400, LONGEST_RETRY_AFTER),
        ("9" * 5000, LONGEST_RETRY_AFTER),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER),
    ],
)
def test_the_other_side_says_when(said: str, seconds: float) -> None:
    """In seconds or as a date, by its own clock; up to a limit, after which it is asked all the same."""
    host = Host(answered(503, Retry_After=said, Date="Fri, 31 Dec 2027 23:59:53 GMT"))
    outcome, waits, _ = ask(host)
    assert (outcome, waits) == (GOOD, [seconds])


@pytest.mark.parametrize(
    "said", ["", "-1", "1.5", "²", "soon", "Fri, 99 Dec 2027", "Fri, 31 Dec 99999 23:59:59 GMT"]
)
def test_what_says_no_time_is_passed_over(said: str) -> None:
    """The wait is one of our own."""
    _, waits, _ = ask(Host(answered(503, Retry_After=said)))
    assert FIRST_WAIT <= waits[0] <= 2 * FIRST_WAIT


def test_attempts_that_are_long_themselves_leave_less_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that says nothing for fifteen seconds is asked twice."""
    clock = iter(range(0, 1000, 15))
    monkeypatch.setattr("pytest_iflow.transport.repetition.time.monotonic", lambda: float(next(clock)))
    host = Host(*[no_answer("timeout")] * 9)
    outcome, _, _ = ask(host)
    assert isinstance(outcome, CallError)
    assert host.asked == 2


def test_a_real_wait_is_waited() -> None:
    """Without anything to take its place."""
    pauses: list[Callable[[], Exchange]] = [Host(answered(503))]
    began = time.monotonic()
    assert Repetition().ask(pauses[0], passing_trouble) is GOOD
    assert time.monotonic() - began >= FIRST_WAIT
