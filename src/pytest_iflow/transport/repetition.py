"""Asking again: a passing trouble is waited through; a message goes again only where it was not processed.

One policy for all: what is safe to repeat (token requests, GETs of the API, the check before a run, CSRF
fetches) is asked at most five times within thirty seconds, or until a deadline; a message is sent at most
three times within thirty seconds. A ``Retry-After`` says when, else the waits double.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

from msgspec import Struct

from pytest_iflow.errors import CallError
from pytest_iflow.places import pause
from pytest_iflow.transport.exchange import Exchange, Response

MOST_REQUESTS = 5
"""Times that a question is asked that has no deadline, the first included."""

MOST_SENDS = 3
"""Times that a message is sent, the first included."""

PATIENCE = 30.0
"""Seconds after which nothing is asked or sent again where there is no deadline."""

FIRST_WAIT = 0.5
LONGEST_WAIT = 8.0
"""Seconds between two attempts where nobody says when to come again; they double in between."""

MOST_OF_THE_REST = 0.25
"""Share of the time until a deadline that one wait may take, so that several attempts fit before it."""

LONGEST_RETRY_AFTER = 10.0
"""Seconds that a ``Retry-After`` is obeyed where there is no deadline; then the question is asked again."""

SILENCE = 15.0
"""Seconds without a byte after which a question is given up: other than a message, it can be asked again."""

REFUSED_FOR = 5.0
"""Seconds for which a refused connection is tried again: so long a process needs to start anew."""

SILENT_FOR = SILENCE + 1.0
"""Seconds for which a host that says nothing is tried again: two times, for each is long by itself."""

Answer = TypeVar("Answer")


class Trouble(Struct, frozen=True):
    """What may pass: in words, and in how many seconds the other side wants to be asked again, if it says."""

    what: str
    retry_after: float | None = None
    patience: float = PATIENCE


class Repetition:
    """What one call or question may be repeated: shared by its requests, so that there is one limit for all.

    ``note`` is told, by title and text, of each attempt that is followed by another one; ``pause`` waits some
    seconds.
    """

    def __init__(
        self,
        note: Callable[[str, str], None] = lambda _title, _text: None,
        pause: Callable[[float], None] = pause,
    ) -> None:
        self._note = note
        self._pause = pause
        self._attempts: list[str] = []
        self._spent = 0.0
        self._refused = False

    def send(self, attempt: Callable[[], Exchange]) -> Exchange:
        """Send a message; return the answer of the first ``attempt`` that is not followed by another one.

        Raises the ``CallError`` of an attempt without an answer: whether that message was processed is
        not known, unless the connection was refused, and that is tried once more.
        """

        def goes_again(outcome: Exchange | CallError) -> bool:
            trouble = self._not_processed(outcome)
            if trouble is None or len(self._attempts) + 1 >= MOST_SENDS:
                return False
            seconds = FIRST_WAIT if trouble.retry_after is None else trouble.retry_after
            if self._spent + seconds > PATIENCE:
                return False
            self._wait(
                seconds, "sent again", f"{trouble.what}: not processed, sent again after {seconds:g} s"
            )
            return True

        return self._repeated(attempt, goes_again)

    def ask(
        self,
        attempt: Callable[[], Answer],
        trouble_of: Callable[[Answer | CallError], Trouble | None],
        deadline: float | None = None,
    ) -> Answer:
        """Ask what is safe to ask twice; return the first answer that is no trouble, or the last one.

        ``trouble_of`` is ``passing_trouble`` or calls it, and says what of an answer may pass. ``deadline``
        is in seconds of ``time.monotonic``: a question is asked until then, however often. Raises the last
        ``CallError`` where no answer came.
        """

        def goes_again(outcome: Answer | CallError) -> bool:
            trouble = trouble_of(outcome)
            if trouble is None:
                return False
            seconds = self._seconds_until(trouble, deadline)
            if seconds is None:
                return False
            self._wait(seconds, "asked again", f"{trouble.what}: asked again after {seconds:.1f} s")
            return True

        return self._repeated(attempt, goes_again)

    def _repeated(
        self, attempt: Callable[[], Answer], goes_again: Callable[[Answer | CallError], bool]
    ) -> Answer:
        while True:
            began = time.monotonic()
            try:
                answer = attempt()
            except CallError as error:
                self._spent += time.monotonic() - began
                if not goes_again(error):
                    raise
            else:
                self._spent += time.monotonic() - began
                if not goes_again(answer):
                    return answer

    def _not_processed(self, outcome: Exchange | CallError) -> Trouble | None:
        """Tell why a message was not processed; None where it may have been."""
        if isinstance(outcome, CallError):
            if outcome.cause != "connection-refused" or self._refused:
                return None
            self._refused = True
            return Trouble("the connection was refused")
        seconds = wanted_wait(outcome)
        if seconds is None:
            return None
        return Trouble(f"{_status(outcome.response)} with Retry-After: {seconds:g}", seconds)

    def _seconds_until(self, trouble: Trouble, deadline: float | None) -> float | None:
        """Seconds until a question is asked again; None where that is not worth while."""
        doubled = min(FIRST_WAIT * 2.0 ** len(self._attempts), LONGEST_WAIT)
        own = doubled + random.uniform(0, FIRST_WAIT)  # noqa: S311, so that workers do not come all at once
        wanted = own if trouble.retry_after is None else trouble.retry_after
        if deadline is not None:
            left = deadline - time.monotonic()
            if trouble.retry_after is None:
                wanted = min(wanted, max(left * MOST_OF_THE_REST, FIRST_WAIT))
            return wanted if wanted < left else None
        wanted = min(wanted, LONGEST_RETRY_AFTER)
        is_over = len(self._attempts) + 1 >= MOST_REQUESTS or self._spent + wanted > trouble.patience
        return None if is_over else wanted

    def _wait(self, seconds: float, title: str, line: str) -> None:
        self._attempts.append(line)
        self._note(title, "\n".join(self._attempts))
        self._spent += seconds
        self._pause(seconds)


_TURNED_AWAY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_PASSES = {*_TURNED_AWAY, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}
_NO_ANSWER = {
    "connection-refused": REFUSED_FOR,
    "connection-broken": PATIENCE,
    "no-connection": SILENT_FOR,
    "timeout": SILENT_FOR,
}
"""Causes of a missing answer that may pass, and for how many seconds each is waited through."""


def passing_trouble(outcome: Exchange | CallError) -> Trouble | None:
    """Tell what of the outcome of a request that is safe to repeat may pass; None where nothing will."""
    if isinstance(outcome, CallError):
        patience = _NO_ANSWER.get(outcome.cause or "")
        return None if patience is None else Trouble(outcome.what, patience=patience)
    if outcome.response.status not in _PASSES:
        return None
    return Trouble(f"answered {_status(outcome.response)}", retry_after(outcome.response))


def wanted_wait(exchange: Exchange) -> float | None:
    """Return the seconds after which a message that was turned away may come again; None for all others.

    An answer that names a message, or begins a session as an iFlow's answer does, may be an iFlow's own
    (wire-facts 4.2): its message was processed.
    """
    response = exchange.response
    by_flow = exchange.mpl_id or exchange.correlation_id or response.headers.get("Set-Cookie")
    return None if response.status not in _TURNED_AWAY or by_flow else retry_after(response)


def retry_after(response: Response) -> float | None:
    """Seconds that the ``Retry-After`` of an answer asks for, by number or date; None where it has none.

    A date is measured by the clock of the answer itself, where it tells the time (RFC 9110, 10.2.3).
    """
    said = response.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdecimal():
        return float(said)
    at, now = _moment(said), _moment(response.headers.get("Date", ""))
    return None if at is None else max(at - (time.time() if now is None else now), 0.0)


def _moment(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _status(response: Response) -> str:
    return f"{response.status} {response.reason}".strip()
