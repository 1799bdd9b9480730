"""Areas, and the roles of requests."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.api.areas import (
    DESIGN_TIME_ARTIFACTS,
    MESSAGE_LOGS,
    RUNTIME_ARTIFACTS,
    Area,
    area,
    role,
)
from pytest_iflow.emulator.odata.resource_path import segments


@pytest.mark.parametrize(
    ("path", "expected", "wanted"),
    [
        ("", MESSAGE_LOGS, None),
        ("$metadata", MESSAGE_LOGS, None),
        ("MessageProcessingLogs", MESSAGE_LOGS, "MonitoringDataRead"),
        ("MessageProcessingLogs('x')/Attachments", MESSAGE_LOGS, "MonitoringDataRead"),
        ("MessageProcessingLogs('x')/Attachments('y')/$value", MESSAGE_LOGS, "MessagePayloadsRead"),
        ("MessageProcessingLogs('x')/ErrorInformation/$value", MESSAGE_LOGS, "MonitoringDataRead"),
        ("MessageStoreEntries('x')/$value", MESSAGE_LOGS, "MessagePayloadsRead"),
        ("IntegrationRuntimeArtifacts('x')", RUNTIME_ARTIFACTS, "MonitoringDataRead"),
        ("ServiceEndpoints", RUNTIME_ARTIFACTS, "MonitoringDataRead"),
        ("IntegrationPackages", DESIGN_TIME_ARTIFACTS, "WorkspacePackagesRead"),
        ("BuildAndDeployStatus(TaskId='x')", DESIGN_TIME_ARTIFACTS, "WorkspacePackagesRead"),
    ],
)
def test_area_and_role_of_a_path(path: str, expected: Area, wanted: str | None) -> None:
    """Contents of messages need a role of their own (wire-facts 5.4)."""
    assert area(segments(path)) is expected
    assert role("GET", segments(path)) == wanted


def test_writing_needs_the_role_to_deploy() -> None:
    """To deploy as well as to undeploy."""
    path = segments("DeployIntegrationDesigntimeArtifact")
    assert role("POST", path) == "WorkspaceArtifactsDeploy"
    assert area(path) is DESIGN_TIME_ARTIFACTS
