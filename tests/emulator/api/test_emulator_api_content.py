"""The tables of integration content."""

from __future__ import annotations

from dataclasses import replace

from pytest_iflow.emulator.api.content import TASKS_RETAINED, TenantContent
from pytest_iflow.emulator.landscape import new_landscape
from pytest_iflow.emulator.start import Planes


def _count(content: TenantContent, table: str) -> int:
    content.refresh()
    return int(content._database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - names below


def test_endpoint_is_listed_some_time_after_its_flow_is_deployed() -> None:
    """The delay of the profile, read afresh (wire-facts 5.3)."""
    landscape = new_landscape(Planes("https://t", "https://r", "https://a", "http://p"))
    flows = len(landscape.deployment.deployed)
    now = max(each.deployed_on for each in landscape.deployment.deployed)
    content = TenantContent(landscape, lambda: now)
    assert (_count(content, "deployed"), _count(content, "endpoint")) == (flows, flows)
    landscape.profile = replace(landscape.profile, endpoint_delay=30)
    assert (_count(content, "deployed"), _count(content, "endpoint")) == (flows, 0)
    now += 30
    assert _count(content, "endpoint") == flows


def test_what_is_undeployed_is_listed_no_more_until_it_is_deployed_again() -> None:
    """Each deployment returns a task; an unknown flow returns none."""
    landscape = new_landscape(Planes("https://t", "https://r", "https://a", "http://p"))
    content = TenantContent(landscape)
    flows = _count(content, "deployed")
    assert content.undeploy("Echo")
    assert not content.undeploy("Echo")
    assert (_count(content, "deployed"), _count(content, "endpoint")) == (flows - 1, flows - 1)
    assert content.deploy("Echo") != content.deploy("Echo")
    assert (_count(content, "deployed"), _count(content, "deploy_task")) == (flows, 2)
    assert content.deploy("Nothing") is None


def test_only_the_newest_tasks_are_kept() -> None:
    """Many deployments take no memory."""
    content = TenantContent(new_landscape(Planes("https://t", "https://r", "https://a", "http://p")))
    for _ in range(TASKS_RETAINED + 5):
        content.deploy("Echo")
    assert _count(content, "deploy_task") == TASKS_RETAINED
