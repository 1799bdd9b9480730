"""What goes into a flow and what comes out of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the HTTPS sender passes it on; header names are lower-case."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def number(self, name: str, highest: float) -> float:
        """Return a query parameter as a number between 0 and ``highest``; 1 if it is not given.

        Raises FlowFailureError if it is no number.
        """
        text = self.query.get(name, "1")
        try:
            value = float(text)
        except ValueError as error:
            cause = f'java.lang.NumberFormatException: For input string: "{text}"'
            raise FlowFailureError(cause) from error
        return max(0.0, min(value, highest))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a flow answers; a long body may be an iterable that yields its chunks without waiting."""

    body: bytes | Iterable[bytes]
    content_type: str
    status: int = 200


class FlowFailureError(Exception):
    """An exception that no step of the flow handles; the message fails.

    ``cause`` is what the sender gets to read (wire-facts 4.3); in the message log the class of the
    exception stands before it where the sender does not see it.
    """

    def __init__(self, cause: str, exception: str | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.exception = exception


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a flow may use beside its message: the receiver, and the sign that the process ends."""

    products: ODataReceiver
    stopping: threading.Event


@dataclass(frozen=True, slots=True)
class Flow:
    """A deployed integration flow behind an HTTPS sender (wire-facts 4.1).

    ``address`` is the path after ``/http``, ``role`` the one that its sender asks for. ``run`` is
    called in a thread of its own for each message.
    """

    artifact: str
    address: str
    run: Callable[[Message, Surroundings], Reply]
    role: str = "ESBMessaging.send"
