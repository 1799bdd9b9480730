"""``pytest-iflow endpoints``: what can be called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from tests.emulated_tenant import name_tenant, received
from tests.emulator.emulator_process import Emulator
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]


@pytest.fixture
def project(new_project: Callable[[], InnerProject], monkeypatch: pytest.MonkeyPatch) -> InnerProject:
    """The folder that the command works in, with none of this machine's settings."""
    project = new_project()
    monkeypatch.chdir(project.root)
    for name in ("IFLOW_TENANT", "IFLOW_ENVIRONMENT", "IFLOW_SERVICE_KEY", "IFLOW_API_KEY", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return project


def endpoints(*arguments: str) -> Result:
    """Return what the command says."""
    return CliRunner().invoke(app, ["endpoints", *arguments])


def test_the_table_says_how_each_iflow_is_called(project: InnerProject, emulator: Emulator) -> None:
    """One line each, whatever its length; four requests in all."""
    name_tenant(project, emulator)
    before = received(emulator)
    result = endpoints("--tenant=acme")
    lines = [line.split() for line in result.output.splitlines()]
    assert result.exit_code == 0, result.output
    assert lines[0] == ["iFlow", "Protocol", "URL", "Version", "Status"]
    assert ["Product_SOAP", "SOAP", f"{emulator.runtime}/cxf/products", "1.0.0", "STARTED"] in lines
    assert [line[0] for line in lines[1:]] == sorted(line[0] for line in lines[1:])
    assert (before["messages"], received(emulator)) == (0, {"token": 1, "api": 2, "messages": 0})


def test_json_has_addresses_and_all_urls(project: InnerProject, emulator: Emulator) -> None:
    """For scripts; the environment may be named."""
    name_tenant(project, emulator)
    result = endpoints("--tenant=acme", "--environment=dev", "--json")
    found: dict[str, Any] = {row["iflow"]: row for row in json.loads(result.stdout)}
    assert found["Product_SOAP"] == {
        "iflow": "Product_SOAP",
        "title": "Products by SOAP",
        "protocol": "SOAP",
        "address": "/products",
        "urls": [f"{emulator.runtime}/cxf/products"],
        "version": "1.0.0",
        "status": "STARTED",
    }


def test_the_local_tenant_is_started_and_stopped(project: InnerProject) -> None:
    """Without options it is the one."""
    result = endpoints()
    assert project.root == Path.cwd()
    assert result.exit_code == 0
    assert "Orders" in result.output


def test_a_tenant_that_lists_nothing_is_a_finding(project: InnerProject, emulator: Emulator) -> None:
    """Exit code 1, with the reason that is most likely; JSON stays JSON."""
    name_tenant(project, emulator)
    emulator.set_faults({"endpoint_delay": 3600})
    said, as_json = endpoints("--tenant=acme"), endpoints("--tenant=acme", "--json")
    assert (said.exit_code, as_json.exit_code) == (1, 1)
    assert "lists no endpoint" in said.output
    assert json.loads(as_json.stdout) == []


@pytest.mark.parametrize(
    ("monitoring", "tenant", "code", "said"),
    [
        ("api", "acne", 2, 'There is no tenant "acne".'),
        (None, "acme", 2, "no client has a service key of plan api"),
        ("integration-flow-second", "acme", 2, "no client has a service key of plan api"),
        ("missing", "acme", 2, "missing.json does not exist"),
    ],
)
def test_what_cannot_be_used_is_a_usage_error(
    project: InnerProject, emulator: Emulator, monitoring: str | None, tenant: str, code: int, said: str
) -> None:
    """Exit code 2, and the remedy."""
    name_tenant(project, emulator, monitoring=monitoring)
    result = endpoints(f"--tenant={tenant}")
    assert result.exit_code == code
    assert said in result.stderr
    assert "what to do" in result.stderr


def test_a_tenant_that_does_not_answer_is_a_finding(project: InnerProject, emulator: Emulator) -> None:
    """Exit code 1: options and files were good."""
    name_tenant(project, emulator)
    emulator.set_faults({"api.status_500": 1})
    result = endpoints("--tenant=acme")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "500" in result.stderr


def test_tenant_files_may_be_elsewhere(project: InnerProject, emulator: Emulator) -> None:
    """As with the ini option iflow_tenants."""
    name_tenant(project, emulator)
    (project.root / "tenants").rename(project.root / "stages")
    assert endpoints("--tenant=acme", "--tenants=stages").exit_code == 0
