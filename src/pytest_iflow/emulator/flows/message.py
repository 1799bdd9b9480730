"""What goes into a flow and what comes out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.processing_log import ProcessingLog
from pytest_iflow.emulator.message_logs.message_log import Status


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the sender adapter passes it on.

    ``headers`` are those of the request with lower-case names, the query parameters, and what the
    adapter adds (``CamelHttpMethod`` and others, wire-facts 4.1). ``path`` is what stands for ``/*`` of
    the address, ``query_string`` the query as it came, ``url`` the address called, without the query.
    """

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    path: str = ""
    query_string: str = ""
    url: str = ""
    log: ProcessingLog = field(default_factory=ProcessingLog, repr=False, compare=False)

    def header(self, name: str, default: str = "") -> str:
        """Return a header, whatever the case of its name."""
        wanted = name.lower()
        return next((value for each, value in self.headers.items() if each.lower() == wanted), default)

    def number(self, name: str, highest: float) -> float:
        """Return a query parameter or header as a number between 0 and ``highest``; 1 if there is none.

        Raises FlowFailureError if it is no number.
        """
        text = self.query.get(name) or self.header(name, "1")
        try:
            value = float(text)
        except ValueError as error:
            cause = f'java.lang.NumberFormatException: For input string: "{text}"'
            raise FlowFailureError(cause) from error
        return max(0.0, min(value, highest))


@dataclass(frozen=True, slots=True)
class Later:
    """What becomes of a message after its answer: in ``seconds`` it gets its final ``status``.

    Before that the flow behind the path ``child`` gets the same body, under the same correlation id; if
    that one fails, so does this message.
    """

    seconds: float
    status: Status = "COMPLETED"
    error: str | None = None
    child: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a flow answers; a long body may be an iterable that yields its chunks without waiting.

    ``status`` is what the flow sets as ``CamelHttpResponseCode``: None for 200, or 204 without content
    (wire-facts 4.1). ``headers`` are what it leaves in the message, with those of its receiver: they all
    go back to the sender (wire-facts 4.2). ``later`` makes the message an asynchronous one.
    """

    body: bytes | Iterable[bytes]
    content_type: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    later: Later | None = None
