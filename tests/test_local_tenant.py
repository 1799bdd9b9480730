"""The local tenant as a process: started, awaited, stopped, and explained when it does not start."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_iflow import local_tenant as module
from pytest_iflow.errors import IflowError
from pytest_iflow.local_tenant import LocalTenant
from pytest_iflow.tenants.service_key import parse_service_key


@pytest.fixture
def tenant() -> Iterator[LocalTenant]:
    """A local tenant of this test alone."""
    tenant = LocalTenant()
    yield tenant
    tenant.stop()


@pytest.fixture
def sabotage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that every Python runs first that is started from now on."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "sitecustomize.py"


def test_it_writes_keys_and_ca(tenant: LocalTenant) -> None:
    """Keys of the real shape for loopback hosts, and the CA, in a folder of its own."""
    folder = tenant.keys()
    assert tenant.keys() == folder
    key = parse_service_key((folder / "integration-flow.json").read_text("utf-8"), "file")
    assert key.token_url.startswith("https://127.0.0.1:")
    assert "BEGIN CERTIFICATE" in (folder / "ca.pem").read_text("utf-8")


def test_stopping_leaves_nothing(tenant: LocalTenant) -> None:
    """The folder is gone and the process has ended by itself; stopping again does nothing."""
    folder = tenant.keys()
    tenant.stop()
    assert not folder.exists()
    assert tenant._process.returncode == 0
    tenant.stop()


def test_it_can_be_stopped_before_it_is_ready(tenant: LocalTenant) -> None:
    """A run that ends at once does not wait for the keys."""
    tenant.stop()
    assert tenant._process.returncode is not None


def test_two_of_them_are_strangers(tenant: LocalTenant) -> None:
    """Each has its own folder, ports and secrets."""
    other = LocalTenant()
    first, second = ((each.keys() / "api.json").read_text("utf-8") for each in (tenant, other))
    assert first != second
    other.stop()


def test_a_failed_start_is_explained_every_time(sabotage: Path) -> None:
    """The error holds what the process said, also when it is asked for again."""
    sabotage.write_text("import os\nos.write(2, b'no room for a tenant')\nos._exit(3)\n", encoding="utf-8")
    tenant = LocalTenant()
    for _ in range(2):
        with pytest.raises(IflowError, match="did not start: no room for a tenant") as caught:
            tenant.keys()
        assert caught.value.where == f"{sys.executable} -m pytest_iflow.emulator"
        assert "pytest-iflow serve" in str(caught.value.remedy)
    tenant.stop()


def test_a_silent_end_is_explained(sabotage: Path) -> None:
    """Even a process that says nothing is reported as one."""
    sabotage.write_text("import os\nos._exit(0)\n", encoding="utf-8")
    tenant = LocalTenant()
    with pytest.raises(IflowError, match="it said nothing"):
        tenant.keys()
    tenant.stop()


def test_something_else_on_its_output_is_explained(sabotage: Path) -> None:
    """What is not the line of the emulator is shown, and the process is ended."""
    sabotage.write_text("print('Welcome to this machine', flush=True)\n", encoding="utf-8")
    tenant = LocalTenant()
    with pytest.raises(IflowError, match="did not start: Welcome to this machine"):
        tenant.keys()
    assert tenant._process.returncode is not None
    tenant.stop()


def test_much_said_does_not_bring_it_to_a_halt(sabotage: Path) -> None:
    """More than a pipe holds, as with PYTHONVERBOSE, and it starts all the same."""
    sabotage.write_text(
        "import sys\nsys.stderr.write('chatter ' * 100_000)\nsys.stderr.flush()\n", encoding="utf-8"
    )
    tenant = LocalTenant()
    assert (tenant.keys() / "ca.pem").is_file()
    tenant.stop()


def test_one_that_does_not_end_is_ended(sabotage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ignores the end of its input does not hold up the run."""
    monkeypatch.setattr(module, "STOP_WITHIN", 0.2)
    sabotage.write_text("import time\nprint('{}', flush=True)\ntime.sleep(600)\n", encoding="utf-8")
    tenant = LocalTenant()
    folder = tenant.keys()
    tenant.stop()
    assert tenant._process.returncode != 0
    assert not folder.exists()


def test_it_ends_with_the_process_that_started_it() -> None:
    """When a run is killed its emulator ends, and takes the keys along."""
    script = """
        import os
        from pytest_iflow.local_tenant import LocalTenant

        print(LocalTenant().keys(), flush=True)
        os._exit(9)
    """
    killed = subprocess.run(  # noqa: S603, this very interpreter
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=60,
    )
    assert killed.returncode == 9
    key = Path(killed.stdout.strip(), "integration-flow.json")
    until = time.monotonic() + 30
    while key.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert not key.exists()
    shutil.rmtree(key.parent, ignore_errors=True)
