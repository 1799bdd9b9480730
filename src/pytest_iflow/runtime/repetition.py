"""Sending a message again, only where the first one cannot have been processed."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus

from pytest_iflow.errors import CallError
from pytest_iflow.transport.exchange import Exchange

MOST_SENDS = 3
"""Times that a message is sent, the first included."""

LONGEST_WAIT = 30.0
"""Seconds that one call waits in all; an answer that asks for more stands."""

AFTER_REFUSED_CONNECTION = 0.5
"""Seconds before the one further attempt to connect."""

NOTE = "sent again"
"""Title of the note about it."""

_TURNED_AWAY = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Repetition:
    """What one call may be repeated: shared by all its requests, so that there is one limit for all.

    ``note`` is told of each attempt that is followed by another one, ``pause`` waits some seconds.
    """

    def __init__(self, note: Callable[[str, str], None], pause: Callable[[float], None] = time.sleep) -> None:
        self._note = note
        self._pause = pause
        self._attempts: list[str] = []
        self._waited = 0.0
        self._refused = False

    def send(self, attempt: Callable[[], Exchange]) -> Exchange:
        """Return the answer of the first ``attempt`` that is not followed by another one.

        Raises the ``CallError`` of an attempt without an answer: whether that message was processed is
        not known, unless the connection was refused, and that is tried once more.
        """
        while True:
            try:
                exchange = attempt()
            except CallError as error:
                if error.cause != "connection-refused" or self._refused:
                    raise
                self._refused = True
                if not self._wait(AFTER_REFUSED_CONNECTION, "the connection was refused"):
                    raise
            else:
                seconds = wanted_wait(exchange)
                status = f"{exchange.response.status} {exchange.response.reason}".strip()
                if seconds is None or not self._wait(seconds, f"{status} with Retry-After: {seconds:g}"):
                    return exchange

    def _wait(self, seconds: float, reason: str) -> bool:
        """Wait for the next attempt; False where there is none left."""
        if len(self._attempts) + 1 >= MOST_SENDS or self._waited + seconds > LONGEST_WAIT:
            return False
        self._attempts.append(f"{reason}: not processed, sent again after {seconds:g} s")
        self._note(NOTE, "\n".join(self._attempts))
        self._waited += seconds
        self._pause(seconds)
        return True


def wanted_wait(exchange: Exchange) -> float | None:
    """Return the seconds after which a message that was turned away may come again; None for all others.

    An answer that names a message, or begins a session as an iFlow's answer does, may be an iFlow's own
    (wire-facts 4.2): its message was processed. A date in ``Retry-After`` is left alone.
    """
    response = exchange.response
    seconds = response.headers.get("Retry-After", "").strip()
    by_flow = exchange.mpl_id or exchange.correlation_id or response.headers.get("Set-Cookie")
    if response.status not in _TURNED_AWAY or by_flow or not (seconds.isascii() and seconds.isdecimal()):
        return None
    return float(seconds)
