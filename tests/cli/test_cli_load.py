"""``pytest-iflow load``: what is refused before anything is sent, and what the help says."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from tests.emulated_tenant import name_tenant
from tests.emulator.emulator_process import Emulator
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]


@pytest.fixture(autouse=True)
def project(
    new_project: Callable[[], InnerProject], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> InnerProject:
    """The folder that the command works in, with the emulator as tenant "acme"."""
    project = new_project()
    monkeypatch.chdir(project.root)
    for name in ("IFLOW_TENANT", "IFLOW_ENVIRONMENT", "IFLOW_SERVICE_KEY", "IFLOW_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    name_tenant(project, emulator)
    return project


def command(*arguments: str) -> Result:
    """Return what the command says in this process, which makes no load."""
    return CliRunner().invoke(app, ["load", "--tenant=acme", "--tag=@calm", *arguments])


def test_what_is_not_allowed_sends_nothing(project: InnerProject, emulator: Emulator) -> None:
    """A rate that nobody agreed, and a protected environment whatever the options are."""
    fast = command("--max-rate=21")
    assert (fast.exit_code, "21 calls a second are more than 20" in fast.output) == (2, True)
    tenant = project.root / "tenants/acme.toml"
    tenant.write_text(
        tenant.read_text().replace("[environments.dev]", "[environments.dev]\nprotected = true", 1)
    )
    for options in ((), ("--i-may-load-this-tenant",), ("--max-rate=1",), ("--worker",)):
        refused = command(*options)
        assert (refused.exit_code, "the environment is protected" in refused.output) == (2, True), (
            refused.output
        )
    assert emulator.counters()["received"]["planes"].get("token") is None
    assert not (project.root / "reports").exists()


def test_without_the_extra_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line to copy."""
    monkeypatch.setitem(sys.modules, "locust", None)
    said = command()
    assert (said.exit_code, 'pip install "pytest-iflow[load]"' in said.output) == (2, True), said.output


def test_options_that_do_not_fit_are_refused() -> None:
    """Before anything is started."""
    for options in (("--master",), ("--expect-workers=2",), ("--master", "--worker", "--expect-workers=1")):
        assert command(*options).exit_code == 2
    for option in ("--max-failures=1", "--max-p95=800"):
        said = command(option)
        assert (said.exit_code, "is no" in said.output) == (2, True), said.output


def test_the_help_says_how_to_call_it() -> None:
    """With examples for one machine and for several, the default of the rate, and the extra to install."""
    said = " ".join(CliRunner().invoke(app, ["load", "--help"]).output.split())
    for text in (
        "Put load on a tenant",
        "pytest-iflow load --tag=@load --users=50 --time=60",
        "--worker --master-host=HOST",
        "A protected environment is refused",
        "(default: 20; on the tenant local as many as they can)",
        "--i-may-load-this-tenant",
        'pip install "pytest-iflow[load]"',
        "Exit code 0: all thresholds are kept",
    ):
        assert text in said, text
