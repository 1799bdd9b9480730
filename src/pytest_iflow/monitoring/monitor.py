"""Questions to a tenant about its messages and its deployed artifacts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote

from pytest_iflow.errors import MonitoringError
from pytest_iflow.monitoring.api import MonitoringApi
from pytest_iflow.monitoring.artifacts import RuntimeArtifact, ServiceEndpoint
from pytest_iflow.monitoring.log_desk import LogDesk
from pytest_iflow.monitoring.message_log import (
    AdapterAttribute,
    Attachment,
    ErrorInformation,
    MessageLog,
    NamedValue,
    RunStep,
    StoreEntry,
)
from pytest_iflow.monitoring.odata import Entity, literal, read_date, text
from pytest_iflow.places import SharedCall
from pytest_iflow.transport.charset import readable

_Kind = TypeVar("_Kind", bound=Entity)
_LAST = datetime.max.replace(tzinfo=UTC)
NEWEST = "active"
"""The version in the address of an iFlow whose newest one is asked for (wire-facts 5.3)."""

LARGEST_DOWNLOAD = 64_000_000
"""Bytes of an iFlow's zip that is read."""

_NOT_GIVEN = (HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED)


class Monitor:
    """Answers questions through ``api``; each raises ``MonitoringError`` where the tenant does not answer.

    A ``deadline`` is one of ``MonitoringApi``.
    ``listed_artifacts`` is the last answer to what is deployed, None before the first. ``log_desk`` asks for
    the logs of all who wait for one.
    """

    def __init__(self, api: MonitoringApi) -> None:
        self.api = api
        self.log_desk = LogDesk(self)
        self.listed_artifacts: list[RuntimeArtifact] | None = None
        self._list_artifacts = SharedCall(self._artifacts_listed)
        self._one_artifact: dict[str, SharedCall[RuntimeArtifact | None]] = {}

    def message_log(self, message_id: str, *, deadline: float | None = None) -> MessageLog | None:
        """Return the log of a message; None where there is none, or none yet."""
        entity = self.api.entity(_entity("MessageProcessingLogs", message_id), deadline=deadline)
        return MessageLog.from_json(entity) if entity else None

    def message_logs(
        self, where: str, *, order: str = "LogStart", top: int | None = None, deadline: float | None = None
    ) -> list[MessageLog]:
        """Return the logs that the filter ``where`` fits, the first ``top`` of them, if given.

        ``order`` is one that the tenant knows: LogStart or LogEnd, each also with `` desc``.
        """
        query = {"$filter": where, "$orderby": order}
        found = self.api.entities("MessageProcessingLogs", query, top=top, deadline=deadline)
        return [MessageLog.from_json(entity) for entity in found]

    def error_information(self, message_id: str, deadline: float | None = None) -> ErrorInformation | None:
        """Return why a message failed; None for one that did not (204, wire-facts 5.2)."""
        path = f"{_entity('MessageProcessingLogs', message_id)}/ErrorInformation"
        said = self.api.content(f"{path}/$value", deadline=deadline)
        if said is None:
            return None
        step = text(self.api.entity(path, deadline=deadline) or {}, "LastErrorModelStepId")
        return ErrorInformation(readable(said, None), step)

    def custom_headers(self, message_id: str, deadline: float | None = None) -> tuple[NamedValue, ...]:
        """Return the custom header properties of a log."""
        return self._parts_of(NamedValue, message_id, "CustomHeaderProperties", deadline)

    def adapter_attributes(
        self, message_id: str, deadline: float | None = None
    ) -> tuple[AdapterAttribute, ...]:
        """Return the adapter attributes of a log."""
        return self._parts_of(AdapterAttribute, message_id, "AdapterAttributes", deadline)

    def attachments(self, message_id: str, deadline: float | None = None) -> tuple[Attachment, ...]:
        """Return the attachments of a log, without their content."""
        return self._parts_of(Attachment, message_id, "Attachments", deadline)

    def attachment_content(self, attachment_id: str, limit: int) -> bytes:
        """Return the first ``limit`` bytes of an attachment; empty when it is gone."""
        path = f"{_entity('MessageProcessingLogAttachments', attachment_id)}/$value"
        return self.api.content(path, limit=limit) or b""

    def store_entries(self, message_id: str, deadline: float | None = None) -> tuple[StoreEntry, ...]:
        """Return what the message wrote to the message store, without content."""
        return self._parts_of(StoreEntry, message_id, "MessageStoreEntries", deadline)

    def store_entry_content(self, entry_id: str, limit: int) -> bytes:
        """Return the first ``limit`` bytes of an entry of the message store; empty when it is gone."""
        return self.api.content(f"{_entity('MessageStoreEntries', entry_id)}/$value", limit=limit) or b""

    def run_steps(self, message_id: str, deadline: float | None = None) -> tuple[RunStep, ...]:
        """Return the steps that a message went through, one run after the other.

        There are none where the tenant does not give them. In which order it lists runs is not known: those
        without a start come last.
        """
        try:
            path = f"{_entity('MessageProcessingLogs', message_id)}/Runs"
            runs = self.api.entities(path, deadline=deadline)
            runs.sort(key=lambda run: read_date(run.get("RunStart")) or _LAST)
            paths = [f"{_entity('MessageProcessingLogRuns', text(run, 'Id'))}/RunSteps" for run in runs]
            steps = [step for path in paths for step in self.api.entities(path, deadline=deadline)]
        except MonitoringError as error:
            if error.status in _NOT_GIVEN:
                return ()
            raise
        return tuple(map(RunStep.from_json, steps))

    def runtime_artifacts(self, *, deadline: float | None = None) -> list[RuntimeArtifact]:
        """Return everything that is deployed; threads that ask at the same time share a request."""
        return self._list_artifacts() if deadline is None else self._artifacts_listed(deadline)

    def runtime_artifact(self, artifact_id: str) -> RuntimeArtifact | None:
        """Return a deployed artifact; None if it is not deployed. Threads share requests, as above."""
        ask = self._one_artifact.get(artifact_id)
        if ask is None:  # setdefault, for another thread may be as far
            call = SharedCall(partial(self._artifact_found, artifact_id))
            ask = self._one_artifact.setdefault(artifact_id, call)
        return ask()

    def _artifacts_listed(self, deadline: float | None = None) -> list[RuntimeArtifact]:
        found = self.api.entities("IntegrationRuntimeArtifacts", deadline=deadline)
        self.listed_artifacts = list(map(RuntimeArtifact.from_json, found))
        return self.listed_artifacts

    def _artifact_found(self, artifact_id: str) -> RuntimeArtifact | None:
        entity = self.api.entity(_entity("IntegrationRuntimeArtifacts", artifact_id))
        return RuntimeArtifact.from_json(entity) if entity else None

    def artifact_error(self, artifact_id: str) -> str | None:
        """Return why an artifact did not start, in the tenant's words; None if it says nothing.

        The text is JSON, and is given to who accepts XML only (wire-facts 5.3).
        """
        path = f"{_entity('IntegrationRuntimeArtifacts', artifact_id)}/ErrorInformation/$value"
        said = self.api.content(path, accept="application/xml")
        return _start_error(readable(said, None)) if said else None

    def service_endpoints(self) -> list[ServiceEndpoint]:
        """Return every endpoint with its entry points; a new one is listed minutes late (wire-facts 5.3)."""
        found = self.api.entities("ServiceEndpoints", {"$expand": "EntryPoints"})
        return list(map(ServiceEndpoint.from_json, found))

    def design_version(self, artifact_id: str, version: str = NEWEST) -> str | None:
        """Return which version of an iFlow is designed; None where there is none such.

        A draft has a version that is no number (wire-facts 5.6).
        """
        entity = self.api.entity(_design(artifact_id, version))
        return text(entity, "Version") if entity else None

    def download(self, artifact_id: str, version: str = NEWEST) -> bytes | None:
        """Return a version of an iFlow as a zip; None where there is none, or where it is too large."""
        data = self.api.content(f"{_design(artifact_id, version)}/$value", limit=LARGEST_DOWNLOAD + 1)
        return data if data is not None and len(data) <= LARGEST_DOWNLOAD else None

    def configured_values(self, artifact_id: str, version: str = NEWEST) -> dict[str, str]:
        """Return the values of the externalised parameters of an iFlow by name."""
        found = self.api.entities(f"{_design(artifact_id, version)}/Configurations")
        return {text(each, "ParameterKey"): text(each, "ParameterValue") for each in found}

    def _parts_of(
        self, kind: type[_Kind], message_id: str, navigation: str, deadline: float | None
    ) -> tuple[_Kind, ...]:
        path = f"{_entity('MessageProcessingLogs', message_id)}/{navigation}"
        return tuple(map(kind.from_json, self.api.entities(path, deadline=deadline)))


def _entity(entity_set: str, key: str) -> str:
    return f"{entity_set}({quote(literal(key), safe=chr(39))})"


def _design(artifact_id: str, version: str) -> str:
    keys = f"Id={literal(artifact_id)},Version={literal(version)}"
    return f"IntegrationDesigntimeArtifacts({quote(keys, safe=chr(39) + '=,')})"


def _start_error(said: str) -> str:
    try:
        document = json.loads(said)
        message = document["message"]
        parts = [message["messageId"], message.get("messageText"), *document.get("parameter", ())]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return said
    return " ".join(str(part) for part in parts if part)
