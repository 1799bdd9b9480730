"""Who may use the API, for what, and how often."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from pytest_iflow.emulator.api.access import (
    DESIGN_TIME_ARTIFACTS,
    MESSAGE_LOGS,
    RUNTIME_ARTIFACTS,
    ApiGate,
    Area,
    RateLimits,
    area_of,
    is_basic,
    required_role,
)
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.odata.model import ODataError
from pytest_iflow.emulator.odata.resource_path import read_segments
from pytest_iflow.emulator.start import Profile
from pytest_iflow.emulator.token_service import issue_token
from tests.emulator.api.api_tenant import basic


def test_client_of_plan_api_is_known_by_id_and_secret(landscape: Landscape) -> None:
    """With the scopes of its instance."""
    caller = ApiGate(landscape).caller(basic(landscape, "api-read-only.json"))
    assert "it!b44075.MonitoringDataRead" in caller.scopes


@pytest.mark.parametrize(
    "authorization", ["", "Basic x", "Basic YTpi", "Bearer nonsense", "integration-flow.json"]
)
def test_others_are_not(landscape: Landscape, authorization: str) -> None:
    """The caller without credentials, one with nonsense, and a client of the other plan are refused."""
    if authorization.endswith(".json"):
        authorization = basic(landscape, authorization)
    with pytest.raises(ODataError) as refused:
        ApiGate(landscape).caller(authorization)
    assert refused.value.status == 401


def test_missing_role_is_a_403_without_a_text(landscape: Landscape) -> None:
    """The value is null, as observed (wire-facts 5.1)."""
    gate = ApiGate(landscape)
    caller = gate.caller(basic(landscape, "api-read-only.json"))
    gate.require(caller, None)
    gate.require(caller, "MonitoringDataRead")
    with pytest.raises(ODataError) as refused:
        gate.require(caller, "MessagePayloadsRead")
    assert (refused.value.status, refused.value.text) == (403, None)


def test_scheme_is_told_whatever_its_case() -> None:
    """The name of a scheme is read in any case, as HTTP requires."""
    assert is_basic("bASIC x")
    assert not is_basic("Bearer x")


def test_token_expires_by_the_clock_of_the_landscape(landscape: Landscape) -> None:
    """The clock may be ahead, on this plane as on the runtime's."""
    instance = next(each for each in landscape.instances if each.plan == "api")
    bearer = f"Bearer {issue_token(landscape, instance)['access_token']}"
    ahead = replace(landscape, profile=Profile(clock_skew=instance.token_validity + 1.0))
    assert ApiGate(landscape).caller(bearer).client_id == instance.client_id
    with pytest.raises(ODataError, match="Jwt expired"):
        ApiGate(ahead).caller(bearer)


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
    assert area_of(read_segments(path)) is expected
    assert required_role("GET", read_segments(path)) == wanted


def test_writing_needs_the_role_to_deploy() -> None:
    """To deploy a flow and to undeploy it need the same role."""
    path = read_segments("DeployIntegrationDesigntimeArtifact")
    assert required_role("POST", path) == "WorkspaceArtifactsDeploy"
    assert area_of(path) is DESIGN_TIME_ARTIFACTS


def test_user_may_send_ten_in_a_second_and_no_more() -> None:
    """The limit of design time (wire-facts 5.5); other areas and other seconds are not concerned."""
    now = 100.0
    counted: Counter[str] = Counter()
    limits = RateLimits(counted, lambda: now)
    for _ in range(10):
        limits.admit(DESIGN_TIME_ARTIFACTS, "a")
    with pytest.raises(ODataError, match="Server's rate limit exceeded") as refused:
        limits.admit(DESIGN_TIME_ARTIFACTS, "a")
    assert refused.value.status == 429
    assert counted == {"Design time artifacts": 1}
    limits.admit(RUNTIME_ARTIFACTS, "a")
    now += 1
    limits.admit(DESIGN_TIME_ARTIFACTS, "a")


def test_users_share_the_limit_of_the_tenant() -> None:
    """All users together may send fifteen requests in a second."""
    limits = RateLimits(Counter(), lambda: 100.0)
    for number in range(15):
        limits.admit(DESIGN_TIME_ARTIFACTS, f"user-{number % 2}")
    with pytest.raises(ODataError):
        limits.admit(DESIGN_TIME_ARTIFACTS, "another")
