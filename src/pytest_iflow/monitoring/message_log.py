"""Message processing logs of the tenant and their parts (wire-facts 5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pytest_iflow.monitoring.odata import Entity, date_at, read_by, read_date, text, text_at
from pytest_iflow.tenants.key_url import is_loopback

FINAL = frozenset({"COMPLETED", "FAILED", "ESCALATED", "CANCELLED", "DISCARDED"})
"""The final status: PROCESSING, RETRY and ABANDONED may change."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _page(log: Mapping[str, Any]) -> str:
    """Read the address of a log's page in the Monitor; a tenant on this machine has none."""
    address = text(log, "AlternateWebLink")
    try:
        return "" if is_loopback(urlsplit(address).hostname or "") else address
    except ValueError:  # it is no address
        return ""


@dataclass(frozen=True, slots=True)
class MessageLog(Entity):
    """The message processing log of one message in one iFlow; times are UTC by the tenant's clock.

    ``iflow`` is the id of the artifact, ``end`` None while it runs; texts that the tenant leaves out are
    empty. ``link`` is the address of the tenant's own page about it, empty where there is none.
    """

    message_id: str = text_at("MessageGuid")
    correlation_id: str = text_at("CorrelationId")
    application_id: str = text_at("ApplicationMessageId")
    application_type: str = text_at("ApplicationMessageType")
    start: datetime = read_by(lambda log: read_date(log.get("LogStart")) or _LONG_AGO)
    end: datetime | None = date_at("LogEnd")
    sender: str = text_at("Sender")
    receiver: str = text_at("Receiver")
    iflow: str = text_at("IntegrationArtifact/Id", "IntegrationFlowName")
    iflow_name: str = text_at("IntegrationArtifact/Name", "IntegrationArtifact/Id", "IntegrationFlowName")
    package: str = text_at("IntegrationArtifact/PackageId")
    status: str = text_at("Status")
    custom_status: str = text_at("CustomStatus")
    log_level: str = text_at("LogLevel")
    link: str = read_by(_page)

    @property
    def is_final(self) -> bool:
        """Whether the status is final; an unknown one is not (assumed)."""
        return self.status in FINAL


@dataclass(frozen=True, slots=True)
class ErrorInformation:
    """Why a message failed: the tenant's text, and the id of the model step that failed last."""

    text: str
    step: str


@dataclass(frozen=True, slots=True)
class NamedValue(Entity):
    """A custom header property."""

    name: str = text_at("Name")
    value: str = text_at("Value")


@dataclass(frozen=True, slots=True)
class AdapterAttribute(Entity):
    """What an adapter noted about its part of the message."""

    adapter: str = text_at("AdapterId")
    name: str = text_at("Name")
    value: str = text_at("Value")


def _number(said: str) -> int:
    return int(said) if said.isdecimal() else 0


def _size(attachment: Mapping[str, Any]) -> int:
    """Read a size, which is a text in an Attachment (wire-facts 5.2)."""
    return _number(text(attachment, "PayloadSize"))


@dataclass(frozen=True, slots=True)
class Attachment(Entity):
    """An attachment of a log without its content; ``size`` is in bytes."""

    id: str = text_at("Id")
    name: str = text_at("Name")
    content_type: str = text_at("ContentType")
    size: int = read_by(_size)
    time: datetime | None = date_at("TimeStamp")


@dataclass(frozen=True, slots=True)
class StoreEntry(Entity):
    """An entry of the message store that the message wrote; ``store`` is the id of its Persist step."""

    id: str = text_at("Id")
    store: str = text_at("MessageStoreId")
    time: datetime | None = date_at("TimeStamp")


@dataclass(frozen=True, slots=True)
class RunStep(Entity):
    """A step of the model that the message went through; ``error`` is empty where none occurred.

    ``number`` counts the rows of a run, ``branch`` names the part of a splitter or multicast, ``step_id`` is
    the id of the row beside that of the model's step. That its properties are called as below is assumed:
    run steps are not in the public description.
    """

    step: str = text_at("ModelStepId", "StepId")
    activity: str = text_at("Activity")
    status: str = text_at("Status")
    error: str = text_at("Error")
    start: datetime | None = date_at("StepStart")
    stop: datetime | None = date_at("StepStop")
    run: str = text_at("RunId")
    step_id: str = text_at("StepId")
    branch: str = text_at("BranchId")
    number: int = read_by(lambda row: _number(text(row, "ChildCount")))

    @property
    def passed(self) -> bool:
        """Whether the step ended without an error."""
        return not self.error and self.status != "FAILED"


def steps_of_last_runs(steps: Sequence[RunStep]) -> list[RunStep]:
    """Return one row for each step of the model: that of the last run in which it ran.

    Several rows of a run, as of a loop, become the first of them with an error, else the last one.
    """
    last: dict[str, RunStep] = {}
    for each in steps:
        before = last.get(each.step)
        if before is None or before.run != each.run or before.passed:
            last[each.step] = each
    return list(last.values())
