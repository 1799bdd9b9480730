"""Message processing logs and what hangs on them, as the tenant tells it (wire-facts 5.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pytest_iflow.monitoring.wire_date import read_date

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


def text(entity: Mapping[str, Any], name: str) -> str:
    """Return a property as text; empty where it is null or left out."""
    value = entity.get(name)
    return "" if value is None else str(value)
