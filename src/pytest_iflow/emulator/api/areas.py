"""The areas of the API: which role a request needs, and how many a second are served."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_iflow.emulator.api.content_sets import CONTENT_SETS, DEPLOY
from pytest_iflow.emulator.odata.resource_path import Segment

READ_METHODS = frozenset({"GET", "HEAD"})
DEPLOY_ROLE = "WorkspaceArtifactsDeploy"
PAYLOAD_ROLE = "MessagePayloadsRead"
WITH_PAYLOAD = frozenset({"Attachments", "MessageProcessingLogAttachments", "MessageStoreEntries"})


@dataclass(frozen=True, slots=True)
class Area:
    """Entity sets with one role to read them (wire-facts 5.4) and common limits (wire-facts 5.5).

    ``per_tenant`` and ``per_user`` are requests a second.
    """

    name: str
    role: str
    per_tenant: int
    per_user: int


MESSAGE_LOGS = Area("Message processing logs", "MonitoringDataRead", 1000, 100)
RUNTIME_ARTIFACTS = Area("Runtime artifacts", "MonitoringDataRead", 120, 50)
DESIGN_TIME_ARTIFACTS = Area("Design time artifacts", "WorkspacePackagesRead", 15, 10)

# That endpoints count as runtime artifacts, and deploying as design time, is assumed.
_RUNTIME = {
    "IntegrationRuntimeArtifacts",
    "RuntimeArtifactErrorInformations",
    "ServiceEndpoints",
    "EntryPoints",
    "APIDefinitions",
}
_DESIGN_TIME = {each.name for each in CONTENT_SETS} - _RUNTIME | {DEPLOY.name}


def area(path: list[Segment]) -> Area:
    """Return the area of a resource path; documents and unknown names are among message logs (assumed)."""
    first = path[0].name if path else ""
    if first in _RUNTIME:
        return RUNTIME_ARTIFACTS
    return DESIGN_TIME_ARTIFACTS if first in _DESIGN_TIME else MESSAGE_LOGS


def role(method: str, path: list[Segment]) -> str | None:
    """Return the role that a request needs (wire-facts 5.4); None for the documents of the service."""
    names = [segment.name for segment in path]
    if not names or names[0] == "$metadata":
        return None
    if method not in READ_METHODS:
        return DEPLOY_ROLE
    if names[-1] == "$value" and WITH_PAYLOAD & set(names):
        return PAYLOAD_ROLE
    return area(path).role
