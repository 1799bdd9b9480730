"""The record of one processed message, with all that hangs on it (wire-facts 5.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Status = Literal[
    "COMPLETED", "PROCESSING", "RETRY", "ESCALATED", "FAILED", "CANCELLED", "DISCARDED", "ABANDONED"
]


@dataclass(frozen=True, slots=True)
class AdapterAttribute:
    """What an adapter noted about the message, such as the URL that it called."""

    adapter_id: str
    name: str
    value: str
    adapter_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that a script attached to the log; ``time`` in seconds since 1970, UTC."""

    name: str
    content: bytes = field(repr=False)
    time: float
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class StoreEntry:
    """What a persist step kept of the message; ``time`` in seconds since 1970, UTC."""

    store_id: str
    content: bytes = field(repr=False)
    time: float


@dataclass(frozen=True, slots=True)
class RunStep:
    """One step of the flow's model that the message went through; times as in MessageLog."""

    model_step_id: str
    activity: str
    start: float
    end: float | None
    status: Status = "COMPLETED"
    error: str | None = None


@dataclass(frozen=True, slots=True)
class MessageLog:
    """One processed message; ``start`` and ``end`` are seconds since 1970, UTC, ``artifact`` an iFlow's id.

    ``end`` is None while the message is under way. A message that failed has an ``error``.
    """

    message_id: str
    correlation_id: str
    artifact: str
    start: float
    end: float | None
    status: Status
    error: str | None = None
    application_message_id: str | None = None
    application_message_type: str | None = None
    sender: str | None = None
    receiver: str | None = None
    custom_status: str | None = None
    log_level: str = "INFO"
    last_error_step: str | None = None
    custom_headers: tuple[tuple[str, str], ...] = ()
    adapter_attributes: tuple[AdapterAttribute, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    store_entries: tuple[StoreEntry, ...] = ()
    run_steps: tuple[RunStep, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of what callers decide the length of: documents, custom headers, errors; about, for texts."""
        return (
            sum(len(each.content) for each in self.attachments)
            + sum(len(each.content) for each in self.store_entries)
            + sum(len(value) for _, value in self.custom_headers)
            + len(self.error or "")
        )
