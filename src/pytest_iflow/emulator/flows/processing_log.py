"""What a message leaves in its message log while it is processed."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from pytest_iflow.emulator.message_logs.message_ids import MessageIds
from pytest_iflow.emulator.message_logs.message_log import (
    AdapterAttribute,
    Attachment,
    MessageLog,
    RunStep,
    Status,
    StoreEntry,
)

# A step ends with the message, unless another one begins before (assumed for the two that are no end).
UNFINISHED = frozenset({"PROCESSING", "RETRY"})


class ProcessingLog:
    """Collects the log of one message; used by one thread at a time.

    Texts are ``str``, contents ``bytes``: whatever else a flow hands in raises TypeError.

    The attributes are what a flow sets by the headers ``SAP_ApplicationID``, ``SAP_MessageType``,
    ``SAP_Sender`` and ``SAP_Receiver`` and by its custom status; None if it does not. ``clock`` tells
    the seconds since 1970, UTC.
    """

    def __init__(
        self,
        artifact: str = "",
        ids: MessageIds | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.artifact = artifact
        self.ids = ids or MessageIds.new()
        self.application_message_id: str | None = None
        self.application_message_type: str | None = None
        self.sender: str | None = None
        self.receiver: str | None = None
        self.custom_status: str | None = None
        self._clock = clock
        self._start = clock()
        self._custom_headers: list[tuple[str, str]] = []
        self._adapter_attributes: list[AdapterAttribute] = []
        self._attachments: list[Attachment] = []
        self._store_entries: list[StoreEntry] = []
        self._steps: list[RunStep] = []

    def custom_header(self, name: str, value: str) -> None:
        """Add a custom header property, by which the message can be searched for."""
        _require(str, name, value)
        self._custom_headers.append((name, value))

    def adapter_attribute(self, adapter: str, name: str, value: str) -> None:
        """Add what an adapter noted; which names the tenant uses is assumed throughout."""
        _require(str, adapter, name, value)
        self._adapter_attributes.append(AdapterAttribute(adapter, name, value))

    def attach(self, name: str, content: bytes, content_type: str) -> None:
        """Attach a document."""
        _require(str, name, content_type)
        _require(bytes, content)
        self._attachments.append(Attachment(name, content, self._clock(), content_type))

    def store(self, store_id: str, content: bytes) -> None:
        """Keep a copy of the message in the message store, as a persist step does."""
        _require(str, store_id)
        _require(bytes, content)
        self._store_entries.append(StoreEntry(store_id, content, self._clock()))

    def step(self, model_step_id: str, activity: str) -> None:
        """Note that a step of the model begins; the one before it ends."""
        _require(str, model_step_id, activity)
        now = self._clock()
        self._end_step(now)
        self._steps.append(RunStep(model_step_id, activity, now, None, "PROCESSING"))

    def record(self, status: Status, error: str | None = None) -> MessageLog:
        """Return the log as it stands; with ``error`` the step that is under way is the one that failed."""
        now = self._clock()
        if status not in UNFINISHED:
            self._end_step(now, "FAILED" if error else "COMPLETED", error)
        return MessageLog(
            message_id=self.ids.message,
            correlation_id=self.ids.correlation,
            artifact=self.artifact,
            start=self._start,
            end=None if status == "PROCESSING" else now,
            status=status,
            error=error,
            application_message_id=self.application_message_id,
            application_message_type=self.application_message_type,
            sender=self.sender,
            receiver=self.receiver,
            # As in the sample of wire-facts 5.2 it repeats the status unless the flow sets one.
            custom_status=self.custom_status or status,
            last_error_step=self._steps[-1].model_step_id if error and self._steps else None,
            custom_headers=tuple(self._custom_headers),
            adapter_attributes=tuple(self._adapter_attributes),
            attachments=tuple(self._attachments),
            store_entries=tuple(self._store_entries),
            run_steps=tuple(self._steps),
        )

    def _end_step(self, now: float, status: Status = "COMPLETED", error: str | None = None) -> None:
        if self._steps and self._steps[-1].end is None:
            self._steps[-1] = replace(self._steps[-1], end=now, status=status, error=error)


def _require(kind: type, *values: object) -> None:
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(f"a message log takes {kind.__name__} here, not {value!r}")
