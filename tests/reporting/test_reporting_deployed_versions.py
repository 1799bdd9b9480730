"""Which version of each artifact is deployed, and which of them scenarios called."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from pytest_iflow.reporting.deployed_versions import by_artifact, deployed_versions
from pytest_iflow.run import Run
from pytest_iflow.tenants.model import Client, Environment, Iflow
from tests.emulated_tenant import received
from tests.emulator.emulator_process import Emulator
from tests.reporting.page_samples import FAILED, PASSED

pytest_plugins = ["tests.emulated_tenant"]


def test_the_tenant_is_asked_once(emulated_run: Run, emulator: Emulator) -> None:
    """Whoever asked before in this process asked for the report as well."""
    versions = deployed_versions(emulated_run)
    assert versions["Orders"] == "1.0.0"
    assert list(versions) == sorted(versions)
    assert received(emulator)["api"] == 1
    assert deployed_versions(emulated_run) == versions
    assert received(emulator)["api"] == 1


def test_a_call_by_its_address_is_one_of_the_artifact_there(emulated_run: Run, emulator: Emulator) -> None:
    """Also where the tenant file gives the address alone; else deployed iFlows would seem to be untested."""
    iflows = {"details": Iflow("details", "/products/details")}
    emulated_run.environment = replace(emulated_run.environment, iflows=iflows)
    called = ("details", "/products/details", "/echo/4711", "/nowhere", "Orders")
    scenarios = replace(PASSED, iflows=called), FAILED
    deployed = deployed_versions(emulated_run)
    passed, failed = by_artifact(scenarios, deployed, emulated_run)
    assert passed.iflows == ("Product_Details", "Echo_Any_Path", "/nowhere", "Orders")
    assert failed == FAILED
    assert received(emulator)["api"] == 2
    assert by_artifact(scenarios, {}, emulated_run) == scenarios


def test_a_report_can_do_without(tmp_path: Path) -> None:
    """Without a key of plan api, or with one that cannot be used."""
    for reference, environ in (("env:NONE", {}), ("env:BROKEN", {"BROKEN": "{"})):
        clients = {"monitoring": Client("monitoring", reference)}
        assert deployed_versions(Run(Environment("acme", "dev", tmp_path, clients), environ, tmp_path)) == {}
