"""The log of one message as the tenant keeps it: its ids, runs, steps and documents."""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import dataclass, field
from typing import Literal

MessageStatus = Literal[
    "COMPLETED", "PROCESSING", "RETRY", "ESCALATED", "FAILED", "CANCELLED", "DISCARDED", "ABANDONED"
]
LogLevel = Literal["NONE", "ERROR", "INFO", "DEBUG", "TRACE"]


def new_message_id() -> str:
    """Make an MPL id: 28 characters of the base64url alphabet (wire-facts 4.2).

    The recorded ids hold a zero byte, the time in seconds (four bytes) and sixteen bytes more;
    hence all ids made between 2021 and 2029 start with ``AG``.
    """
    octets = b"\0" + int(time.time()).to_bytes(4, "big") + secrets.token_bytes(16)
    return base64.urlsafe_b64encode(octets).decode("ascii")


@dataclass(frozen=True, slots=True)
class MessageIds:
    """The ids of one message: its log's, its correlation's, and the one made before it was accepted."""

    message: str
    correlation: str
    pregenerated: str

    @classmethod
    def new(cls) -> MessageIds:
        """Make ids for a message that arrives now."""
        return cls(new_message_id(), new_message_id(), new_message_id())


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
    """One step of the flow's model that the message went through in a run; times as in MessageLog.

    ``payload`` is what the trace has of the message at this step, None where it is not traced. ``branch``
    names the part of a splitter or multicast that the step belongs to; that a tenant gives an empty one for
    all other steps, and what the name is, is assumed.
    """

    model_step_id: str
    activity: str
    start: float
    end: float | None
    status: MessageStatus = "COMPLETED"
    error: str | None = None
    run_id: str = ""
    payload: bytes | None = field(default=None, repr=False)
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt to process the message, with an id of its own; times as in MessageLog.

    ``status`` is the one that the message had after it.
    """

    run_id: str
    start: float
    end: float | None
    status: MessageStatus


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
    status: MessageStatus
    error: str | None = None
    application_message_id: str | None = None
    application_message_type: str | None = None
    sender: str | None = None
    receiver: str | None = None
    custom_status: str | None = None
    log_level: LogLevel = "INFO"
    last_error_step: str | None = None
    custom_headers: tuple[tuple[str, str], ...] = ()
    adapter_attributes: tuple[AdapterAttribute, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    store_entries: tuple[StoreEntry, ...] = ()
    runs: tuple[Run, ...] = ()
    run_steps: tuple[RunStep, ...] = ()

    @property
    def is_kept(self) -> bool:
        """Whether the tenant keeps the log: none at NONE, those with an error at ERROR (wire-facts 5.7)."""
        return self.log_level != "NONE" and (self.log_level != "ERROR" or self.error is not None)

    @property
    def size(self) -> int:
        """About the bytes of what callers decide the length of: documents, custom headers, errors."""
        return (
            sum(len(each.content) for each in self.attachments)
            + sum(len(each.content) for each in self.store_entries)
            + sum(len(each.payload or b"") for each in self.run_steps)
            + sum(len(value) for _, value in self.custom_headers)
            + len(self.error or "")
        )
