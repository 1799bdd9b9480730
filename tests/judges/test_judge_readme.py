"""The session of the README, as a person copies it: bash, curl, openssl."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.emulator.emulator_process import TIMEOUT, Emulator

README = Path(__file__).parents[2] / "README.md"
TOOLS = ("bash", "curl", "openssl", "python3", "cut")
needs_tools = pytest.mark.skipif(
    os.name == "nt" or not all(map(shutil.which, TOOLS)), reason=f"one of {', '.join(TOOLS)} is missing"
)


def _block(containing: str, emulator: Emulator) -> str:
    section = README.read_text(encoding="utf-8").partition("## A tenant by hand")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    text = next(str(block) for block in blocks if containing in block)
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
    shown = _bash(_block("TOKEN=$(curl", emulator), tmp_path, emulator)
    assert shown.startswith("HTTP/1.1 200 OK\n")
    assert "<ProductId>HT-1080</ProductId>" in shown


@needs_tools
def test_client_certificate_and_handshake(emulator: Emulator, tmp_path: Path) -> None:
    """A token for the certificate, and a chain that OpenSSL verifies."""
    functions = _block("TOKEN=$(curl", emulator).partition("\n\n")[0]
    shown = _bash(f"{functions}\n{_block('openssl s_client', emulator)}", tmp_path, emulator)
    assert '"token_type":"bearer"' in shown
    assert "Verify return code: 0 (ok)" in shown


@needs_tools
def test_faults_counters_and_reset(emulator: Emulator, tmp_path: Path) -> None:
    """The lines after the first, which starts the tenant."""
    lines = _block("/emulator/faults", emulator).splitlines()[1:]
    shown = _bash("\n".join(lines), tmp_path, emulator)
    assert shown.startswith(json.dumps({"faults": {"runtime.reset_after": 1.0}, "seed": 0}, indent=2))
    assert '"received"' in shown
    answer = emulator.request("GET", f"{emulator.api}/emulator/faults")
    assert answer.json() == {"faults": {}, "seed": 0}
