"""How the log of a message grows while the message is processed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from pytest_iflow.emulator.message_logs.message_log import (
    AdapterAttribute,
    Attachment,
    LogLevel,
    MessageIds,
    MessageLog,
    MessageStatus,
    Run,
    RunStep,
    StoreEntry,
    new_message_id,
)

# All steps are kept at these; at the others the last ones of a message that failed (wire-facts 5.7).
DETAILED = frozenset({"DEBUG", "TRACE"})
LAST_STEPS = 50
# A step ends with the message, unless another one begins before (assumed for the two that are no end).
UNFINISHED = frozenset({"PROCESSING", "RETRY"})


class ProcessingLog:
    """Collects the log of one message; used by one thread at a time.

    Texts are ``str``, contents ``bytes``: whatever else a flow hands in raises TypeError.

    The attributes are what a flow sets by the headers ``SAP_ApplicationID``, ``SAP_MessageType``,
    ``SAP_Sender`` and ``SAP_Receiver`` and by its custom status; None if it does not. ``log_level`` says
    what is kept (wire-facts 5.7). ``clock`` tells the seconds since 1970, UTC.
    """

    def __init__(
        self,
        artifact: str = "",
        ids: MessageIds | None = None,
        clock: Callable[[], float] = time.time,
        level: LogLevel = "INFO",
    ) -> None:
        self.artifact = artifact
        self.ids = ids or MessageIds.new()
        self.application_message_id: str | None = None
        self.application_message_type: str | None = None
        self.sender: str | None = None
        self.receiver: str | None = None
        self.custom_status: str | None = None
        self.log_level: LogLevel = level
        self._clock = clock
        self._start = clock()
        self._runs = [Run(new_message_id(), self._start, None, "PROCESSING")]
        self._custom_headers: list[tuple[str, str]] = []
        self._adapter_attributes: list[AdapterAttribute] = []
        self._attachments: list[Attachment] = []
        self._store_entries: list[StoreEntry] = []
        self._steps: list[RunStep] = []
        self._failed_step: str | None = None
        self.others: list[MessageLog] = []
        """Logs of messages that came of this one, such as those of flows that it called."""

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

    def step(self, model_step_id: str, activity: str, payload: bytes = b"") -> None:
        """Note that a step of the model begins; the one before it ends.

        ``payload`` is the body of the message at this step; it is kept at the level TRACE only.
        """
        _require(str, model_step_id, activity)
        _require(bytes, payload)
        now = self._clock()
        self._end_step(now)
        run_id = self._runs[-1].run_id
        traced = payload if self.log_level == "TRACE" else None
        step = RunStep(model_step_id, activity, now, None, "PROCESSING", run_id=run_id, payload=traced)
        self._steps.append(step)

    def trace(self, entered: bytes, left: bytes) -> None:
        """Keep what came in at the first step and went out at the last one, at the level TRACE.

        For flows that do not tell the payload of each step.
        """
        if self.log_level == "TRACE" and self._steps and not any(each.payload for each in self._steps):
            self._steps[-1] = replace(self._steps[-1], payload=left)
            self._steps[0] = replace(self._steps[0], payload=entered)

    def now(self) -> float:
        """Return the time of the log's clock."""
        return self._clock()

    def take_steps(self, steps: Iterable[RunStep], failed: str | None = None) -> None:
        """Note steps that are over; ``failed`` is the model id of the one that ended the message."""
        self._steps += [replace(one, run_id=self._runs[-1].run_id) for one in steps]
        self._failed_step = failed

    def retry(self, error: str) -> MessageLog:
        """End a run that failed, return the log as it stands then, and begin the next run."""
        now = self._clock()
        self._end_step(now, "FAILED", error)
        record = self.record("RETRY", error)
        self._runs = [*record.runs, Run(new_message_id(), now, None, "PROCESSING")]
        return record

    def record(self, status: MessageStatus, error: str | None = None) -> MessageLog:
        """Return the log as it stands; with ``error`` the step that is under way is the one that failed."""
        now = self._clock()
        if status not in UNFINISHED:
            self._end_step(now, "FAILED" if error else "COMPLETED", error)
        end = None if status == "PROCESSING" else now
        return MessageLog(
            message_id=self.ids.message,
            correlation_id=self.ids.correlation,
            artifact=self.artifact,
            start=self._start,
            end=end,
            status=status,
            error=error,
            log_level=self.log_level,
            application_message_id=_shown(self.application_message_id, 120),
            application_message_type=_shown(self.application_message_type, 100),
            sender=self.sender,
            receiver=self.receiver,
            # As in the sample of wire-facts 5.2 it repeats the status unless the flow sets one.
            custom_status=_shown(self.custom_status, 40) or status,
            last_error_step=self._error_step() if error else None,
            custom_headers=tuple(self._custom_headers),
            adapter_attributes=tuple(self._adapter_attributes),
            attachments=() if self.log_level == "ERROR" else tuple(self._attachments),
            store_entries=tuple(self._store_entries),
            runs=(*self._runs[:-1], replace(self._runs[-1], end=end, status=status)),
            run_steps=self._kept_steps(error is not None),
        )

    def _error_step(self) -> str | None:
        return self._failed_step or (self._steps[-1].model_step_id if self._steps else None)

    def _kept_steps(self, has_error: bool) -> tuple[RunStep, ...]:
        if self.log_level in DETAILED:
            return tuple(self._steps)
        return tuple(self._steps[-LAST_STEPS:]) if has_error else ()

    def _end_step(self, now: float, status: MessageStatus = "COMPLETED", error: str | None = None) -> None:
        if self._steps and self._steps[-1].end is None:
            self._steps[-1] = replace(self._steps[-1], end=now, status=status, error=error)


def _shown(text: str | None, longest: int) -> str | None:
    """Return as much of a text as a tenant shows (wire-facts 5.2)."""
    return text and text[:longest]


def _require(kind: type, *values: object) -> None:
    for value in values:
        if not isinstance(value, kind):
            raise TypeError(f"a message log takes {kind.__name__} here, not {value!r}")
