"""What the documents say of the local tenant, as a person copies it: bash, curl, openssl, and files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pytest_iflow.emulator.faults.settings import FaultSettings
from pytest_iflow.emulator.flows.local_flows import load_local_flows
from pytest_iflow.emulator.flows.message import Message, Surroundings
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from pytest_iflow.emulator.start import profile_named
from pytest_iflow.tenants.model import EmulatorSettings
from pytest_iflow.tenants.tenant_file import load_tenant
from tests.emulator.emulator_process import TIMEOUT, Emulator

PAGE = Path(__file__).parents[2] / "docs" / "local-tenant.md"
TOOLS = ("bash", "curl", "openssl", "python3", "cut")
needs_tools = pytest.mark.skipif(
    os.name == "nt" or not all(map(shutil.which, TOOLS)), reason=f"one of {', '.join(TOOLS)} is missing"
)


def _block(containing: str) -> str:
    blocks = re.findall(r"^```\w*\n(.*?)^```\n", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return next(str(block) for block in blocks if containing in block)


def _commands(containing: str, emulator: Emulator) -> str:
    text = _block(containing)
    planes = (emulator.token_plane, emulator.runtime, emulator.api)
    for port, plane in zip((8443, 8444, 8445), planes, strict=True):
        text = text.replace(f"127.0.0.1:{port}", str(urlsplit(plane).netloc))
    return text


def _bash(script: str, folder: Path, emulator: Emulator) -> str:
    if not (folder / "keys").exists():
        (folder / "keys").symlink_to(emulator.keys)
    done = subprocess.run(  # noqa: S603 - what the README says
        [str(shutil.which("bash")), "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_tools
def test_token_and_call_with_curl(emulator: Emulator, tmp_path: Path) -> None:
    """The answer is the product."""
    shown = _bash(_commands("TOKEN=$(curl", emulator), tmp_path, emulator)
    assert shown.startswith("HTTP/1.1 200 OK\n")
    assert "<ProductId>HT-1080</ProductId>" in shown


@needs_tools
def test_client_certificate_and_handshake(emulator: Emulator, tmp_path: Path) -> None:
    """A token for the certificate, and a chain that OpenSSL verifies."""
    functions = _commands("TOKEN=$(curl", emulator).partition("\n\n")[0]
    shown = _bash(f"{functions}\n{_commands('openssl s_client', emulator)}", tmp_path, emulator)
    assert '"token_type":"bearer"' in shown
    assert "Verify return code: 0 (ok)" in shown


@needs_tools
def test_faults_counters_and_reset(emulator: Emulator, tmp_path: Path) -> None:
    """The lines after the first, which starts the tenant."""
    lines = _commands("/emulator/faults", emulator).splitlines()[1:]
    shown = _bash("\n".join(lines), tmp_path, emulator)
    assert shown.startswith(json.dumps({"faults": {"runtime.reset_after": 1.0}, "seed": 0}, indent=2))
    assert '"received"' in shown
    answer = emulator.request("GET", f"{emulator.api}/emulator/faults")
    assert answer.json() == {"faults": {}, "seed": 0}


def test_settings_of_the_tenant_file(tmp_path: Path) -> None:
    """They are what an environment of the emulator may have."""
    file = tmp_path / "local.toml"
    client = '[environments.dev.clients.default]\nservice-key = "emulator:integration-flow.json"\n'
    file.write_text(client + _block("[environments.dev.emulator]"), encoding="utf-8")
    settings = load_tenant(file).environments["dev"].emulator
    assert settings == EmulatorSettings("real", 7, {"latency": 0.2, "runtime.status_503": 0.1})
    profile_named("2020")
    FaultSettings.from_json({"faults": settings.faults, "seed": settings.seed})


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("template", None, b'{"order": "4711", "status": "CONFIRMED"}'),
        ("function", 201, b'{"order": "4711"}'),
    ],
)
def test_flows_of_your_own(tmp_path: Path, kind: str, status: int | None, body: bytes) -> None:
    """The declaration with its template, and with the function instead."""
    declaration = _block('artifact = "Order_Confirmation"')
    if kind == "function":
        declaration = declaration.replace('template = "confirmation.json.j2"', 'function = "orders:confirm"')
    (tmp_path / "confirmation.toml").write_text(declaration, encoding="utf-8")
    (tmp_path / "confirmation.json.j2").write_text(_block("json.order"), encoding="utf-8")
    (tmp_path / "orders.py").write_text(_block("def confirm"), encoding="utf-8")
    (flow,) = load_local_flows(tmp_path)
    surroundings = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())
    reply = flow.run(Message("POST", {}, {}, b'{"order": "4711"}'), surroundings)
    assert (flow.path, reply.status, reply.body) == ("/http/orders/confirm", status, body)
    assert reply.content_type == "application/json"
