"""Message processing logs as the tenant gives them, and what belongs to each (wire-facts 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pytest_iflow.monitoring.odata import read_date, text

FINAL = frozenset({"COMPLETED", "FAILED", "ESCALATED", "CANCELLED", "DISCARDED"})
"""Status after which nothing more happens; PROCESSING, RETRY and ABANDONED are not of them."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MessageLog:
    """The message processing log of one message in one iFlow; times are UTC by the tenant's clock.

    ``iflow`` is the id of the artifact, ``end`` None while it runs; texts that the tenant leaves out are
    empty. ``link`` is the address of the tenant's own page about it.
    """

    message_id: str
    correlation_id: str
    application_id: str
    application_type: str
    start: datetime
    end: datetime | None
    sender: str
    receiver: str
    iflow: str
    iflow_name: str
    package: str
    status: str
    custom_status: str
    log_level: str
    link: str

    @property
    def is_final(self) -> bool:
        """Whether the status stands; one that is not known here does not (assumed)."""
        return self.status in FINAL

    @classmethod
    def from_json(cls, log: Mapping[str, Any]) -> MessageLog:
        """Read an entity of MessageProcessingLogs."""
        artifact = log.get("IntegrationArtifact") or {}
        iflow = text(artifact, "Id") or text(log, "IntegrationFlowName")
        return cls(
            message_id=text(log, "MessageGuid"),
            correlation_id=text(log, "CorrelationId"),
            application_id=text(log, "ApplicationMessageId"),
            application_type=text(log, "ApplicationMessageType"),
            start=read_date(log.get("LogStart")) or _LONG_AGO,
            end=read_date(log.get("LogEnd")),
            sender=text(log, "Sender"),
            receiver=text(log, "Receiver"),
            iflow=iflow,
            iflow_name=text(artifact, "Name") or iflow,
            package=text(artifact, "PackageId"),
            status=text(log, "Status"),
            custom_status=text(log, "CustomStatus"),
            log_level=text(log, "LogLevel"),
            link=text(log, "AlternateWebLink"),
        )


@dataclass(frozen=True, slots=True)
class ErrorInformation:
    """Why a message failed: the tenant's text, and the id of the model step that failed last."""

    text: str
    step: str


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A custom header property."""

    name: str
    value: str

    @classmethod
    def from_json(cls, entity: Mapping[str, Any]) -> NamedValue:
        """Read an entity of CustomHeaderProperties."""
        return cls(text(entity, "Name"), text(entity, "Value"))


@dataclass(frozen=True, slots=True)
class AdapterAttribute:
    """What an adapter noted about its part of the message."""

    adapter: str
    name: str
    value: str

    @classmethod
    def from_json(cls, entity: Mapping[str, Any]) -> AdapterAttribute:
        """Read an entity of AdapterAttributes."""
        return cls(text(entity, "AdapterId"), text(entity, "Name"), text(entity, "Value"))


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attachment of a log without its content; ``size`` is in bytes."""

    id: str
    name: str
    content_type: str
    size: int
    time: datetime | None

    @classmethod
    def from_json(cls, entity: Mapping[str, Any]) -> Attachment:
        """Read an entity of Attachments; its size is a text there (wire-facts 5.2)."""
        size = text(entity, "PayloadSize")
        return cls(
            id=text(entity, "Id"),
            name=text(entity, "Name"),
            content_type=text(entity, "ContentType"),
            size=int(size) if size.isdecimal() else 0,
            time=read_date(entity.get("TimeStamp")),
        )


@dataclass(frozen=True, slots=True)
class StoreEntry:
    """An entry of the message store that the message wrote; ``store`` is the id of its Persist step."""

    id: str
    store: str
    time: datetime | None

    @classmethod
    def from_json(cls, entity: Mapping[str, Any]) -> StoreEntry:
        """Read an entity of MessageStoreEntries."""
        return cls(text(entity, "Id"), text(entity, "MessageStoreId"), read_date(entity.get("TimeStamp")))


@dataclass(frozen=True, slots=True)
class RunStep:
    """A step of the model that the message went through; ``error`` is empty where none occurred.

    That its properties are called as below is assumed: run steps are not in the public description.
    """

    step: str
    activity: str
    status: str
    error: str
    start: datetime | None
    stop: datetime | None

    @classmethod
    def from_json(cls, entity: Mapping[str, Any]) -> RunStep:
        """Read an entity of RunSteps."""
        return cls(
            step=text(entity, "ModelStepId") or text(entity, "StepId"),
            activity=text(entity, "Activity"),
            status=text(entity, "Status"),
            error=text(entity, "Error"),
            start=read_date(entity.get("StepStart")),
            stop=read_date(entity.get("StepStop")),
        )
