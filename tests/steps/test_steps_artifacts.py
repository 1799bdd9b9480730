"""Phrases about what is deployed."""

from __future__ import annotations

import pytest

from tests.emulated_tenant import name_tenant, undeploy
from tests.emulator.emulator_process import Emulator
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

FEATURE = """
    Feature: Deployment
      Scenario: by the name of the tenant file
        Given the iFlow "orders" is started
        Then the iFlow "orders" is deployed in version "1.0.0"
      Scenario: by the name of the tenant
        Given the iFlow "Products by SOAP" is started
      Scenario: undeployed
        Given the iFlow "Echo" is started
      Scenario: wrong name
        Then the iFlow "Order_Fulfilmend" is deployed in version "1.0.0"
      Scenario: only where it is
        Given the tenant has the iFlow "Order Fulfilment"
      Scenario: not where it is not
        Given the tenant has the iFlow "Echo"
      Scenario: wrong version
        Then the iFlow "Orders" is deployed in version "1.0.1"
"""
IFLOWS = '[environments.dev.iflows.orders]\nartifact = "Orders"\n'


@pytest.fixture
def suite(project: InnerProject) -> InnerProject:
    """Scenarios about what is deployed."""
    project.write("features/deployment.feature", FEATURE)
    return project


def test_what_is_deployed_is_judged(suite: InnerProject, emulator: Emulator) -> None:
    """A mistake of the tenant fails the scenario, and names what was meant."""
    undeploy(emulator, "Echo")
    name_tenant(suite, emulator, iflows=IFLOWS)
    run = suite.run("--tenant=acme")
    assert run.statuses("acme/dev") == {
        "by the name of the tenant file": "passed",
        "by the name of the tenant": "passed",
        "undeployed": "failed",
        "wrong name": "failed",
        "only where it is": "passed",
        "not where it is not": "skipped",
        "wrong version": "failed",
    }
    messages = {title: each["message"] for title, each in run.scenarios("acme/dev").items()}
    assert messages["undeployed"].startswith('the iFlow "Echo" is not deployed')
    assert messages["not where it is not"] == 'acme/dev has no iFlow "Echo"'
    assert 'Did you mean "Order_Fulfilment"' in messages["wrong name"]
    assert messages["wrong version"].startswith('the iFlow "Orders" is deployed in version 1.0.0, expected')


def test_without_a_key_of_plan_api_nothing_can_be_said(suite: InnerProject, emulator: Emulator) -> None:
    """Such scenarios are skipped with the reason, or fail where the environment requires it."""
    name_tenant(suite, emulator, monitoring=None, iflows=IFLOWS)
    skipped = suite.run("--tenant=acme")
    assert set(skipped.statuses("acme/dev").values()) == {"skipped"}
    assert "there is no service key of plan api for acme/dev" in skipped.out
    text = (suite.root / "tenants" / "acme.toml").read_text(encoding="utf-8")
    required = text.replace("[environments.dev]\n", "[environments.dev]\nrequire-monitoring = true\n")
    suite.write("tenants/acme.toml", required)
    failed = suite.run("--tenant=acme")
    assert set(failed.statuses("acme/dev").values()) == {"failed"}
    assert "require-monitoring = true" in failed.out
