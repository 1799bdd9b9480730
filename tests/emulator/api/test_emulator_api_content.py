"""The tables of integration content."""

from __future__ import annotations

import time
from dataclasses import replace

from pytest_iflow.emulator.api.content import TASKS_RETAINED, TenantContent
from pytest_iflow.emulator.api.design_time import GENERATION_FAILED
from tests.emulator.api.api_tenant import own_landscape


def _count(content: TenantContent, table: str) -> int:
    content.refresh()
    return int(content.database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - names below


def test_endpoint_is_listed_some_time_after_its_flow_is_deployed() -> None:
    """The delay of the profile, read afresh (wire-facts 5.3)."""
    landscape = own_landscape()
    flows = len(landscape.deployment.deployed)
    now = landscape.deployment.deploy("Echo").started_on
    content = TenantContent(landscape, lambda: now)
    assert (_count(content, "deployed"), _count(content, "endpoint")) == (flows, flows)
    landscape.profile = replace(landscape.profile, endpoint_delay=30)
    assert (_count(content, "deployed"), _count(content, "endpoint")) == (flows, flows - 1)
    now += 30
    assert _count(content, "endpoint") == flows


def test_what_is_undeployed_is_listed_no_more_until_it_is_deployed_again() -> None:
    """Each deployment returns a task."""
    landscape = own_landscape()
    content = TenantContent(landscape)
    flows = _count(content, "deployed")
    assert content.undeploy("Echo")
    assert not content.undeploy("Echo")
    assert (_count(content, "deployed"), _count(content, "endpoint")) == (flows - 1, flows - 1)
    assert content.deploy("Echo") != content.deploy("Echo")
    assert (_count(content, "deployed"), _count(content, "deploy_task")) == (flows, 2)


def test_only_the_newest_tasks_are_kept() -> None:
    """Many deployments take no memory."""
    content = TenantContent(own_landscape())
    for _ in range(TASKS_RETAINED + 5):
        content.deploy("Echo")
    assert _count(content, "deploy_task") == TASKS_RETAINED


def test_deployment_passes_through_its_states() -> None:
    """The task ends first, then the flow is started, then its endpoint is listed; other flows are at once."""
    landscape = own_landscape()
    landscape.profile = replace(landscape.profile, deploy_delay=0.2, endpoint_delay=0.2)
    content = TenantContent(landscape)
    flows = _count(content, "deployed")
    assert _count(content, "endpoint") == flows
    task = content.deploy("Echo")
    seen: list[tuple[str, str, bool]] = []

    def look() -> tuple[str, str, bool]:
        listed = _count(content, "endpoint") == flows
        status = content.database.execute("SELECT status FROM deployed WHERE id = 'Echo'").fetchone()[0]
        done = content.database.execute("SELECT status FROM deploy_task WHERE id = ?", (task,)).fetchone()[0]
        return done, status, listed

    end = time.monotonic() + 10
    while time.monotonic() < end and seen[-1:] != [("SUCCESS", "STARTED", True)]:
        if (state := look()) not in seen:
            seen.append(state)
        time.sleep(0.005)
    assert seen[0] == ("DEPLOYING", "STARTING", False)
    assert seen[-1] == ("SUCCESS", "STARTED", True)
    assert ("SUCCESS", "STARTING", False) in seen
    assert ("SUCCESS", "STARTED", False) in seen


def test_deployment_can_be_made_to_fail() -> None:
    """By the fault deploy_failure; its endpoint is gone, and the error says why."""
    landscape = own_landscape()
    landscape.profile = replace(landscape.profile, deploy_failure=1.0)
    content = TenantContent(landscape)
    flows = _count(content, "endpoint")
    content.deploy("Echo")
    assert _count(content, "endpoint") == flows - 1
    rows = content.database.execute("SELECT status, error FROM deployed WHERE id = 'Echo'").fetchall()
    assert rows == [("ERROR", GENERATION_FAILED)]
    assert content.database.execute("SELECT status FROM deploy_task").fetchall() == [("FAIL",)]


def test_package_is_deleted_in_the_background() -> None:
    """It can be read for a while, with its artifacts (wire-facts 5.6)."""
    landscape = own_landscape()
    landscape.profile = replace(landscape.profile, undeploy_delay=0.05)
    content = TenantContent(landscape)
    content.delete_package("LocalTenant")
    assert _count(content, "IntegrationPackages") == 1
    end = time.monotonic() + 10
    while _count(content, "IntegrationPackages") and time.monotonic() < end:
        time.sleep(0.005)
    assert (_count(content, "IntegrationPackages"), _count(content, "designed")) == (0, 0)


def test_flow_is_stopping_before_it_is_gone() -> None:
    """It cannot be called meanwhile; deployed again it is there at once (wire-facts 5.10)."""
    landscape = own_landscape()
    landscape.profile = replace(landscape.profile, undeploy_delay=600.0)
    content = TenantContent(landscape)
    flows = _count(content, "deployed")
    assert content.undeploy("Own_Status")
    assert content.undeploy("Own_Status")
    assert (_count(content, "deployed"), _count(content, "endpoint")) == (flows, flows - 1)
    rows = content.database.execute("SELECT status FROM deployed WHERE id = 'Own_Status'").fetchall()
    assert rows == [("STOPPING",)]
    assert landscape.deployment.at("/http/status") is None
    content.deploy("Own_Status")
    assert landscape.deployment.at("/http/status") is not None
    landscape.profile = replace(landscape.profile, undeploy_delay=1e-9)
    assert content.undeploy("Own_Status")
    assert _count(content, "deployed") == flows - 1
