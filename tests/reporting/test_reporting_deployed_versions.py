"""Which version of each artifact is deployed."""

from __future__ import annotations

from pathlib import Path

from pytest_iflow.reporting.deployed_versions import deployed_versions
from pytest_iflow.run import Run
from pytest_iflow.tenants.model import Client, Environment
from tests.emulated_tenant import received
from tests.emulator.emulator_process import Emulator

pytest_plugins = ["tests.emulated_tenant"]


def test_the_tenant_is_asked_once(emulated_run: Run, emulator: Emulator) -> None:
    """Whoever asked before in this process asked for the report as well."""
    versions = deployed_versions(emulated_run)
    assert versions["Orders"] == "1.0.0"
    assert list(versions) == sorted(versions)
    assert received(emulator)["api"] == 1
    assert deployed_versions(emulated_run) == versions
    assert received(emulator)["api"] == 1


def test_a_report_can_do_without(tmp_path: Path) -> None:
    """Without a key of plan api, or with one that cannot be used."""
    for reference, environ in (("env:NONE", {}), ("env:BROKEN", {"BROKEN": "{"})):
        clients = {"monitoring": Client("monitoring", reference)}
        assert deployed_versions(Run(Environment("acme", "dev", tmp_path, clients), environ, tmp_path)) == {}
