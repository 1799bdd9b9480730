"""Clients of npm work unchanged: SAP Cloud SDK, SAP's @sap/xssec, and soap."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.emulator_process import Emulator

SCRIPT = Path(__file__).with_name("node_clients.cjs")
# Where ``make test`` installs them.
MODULES = Path(sys.prefix, "judges", "node_modules")
CLIENTS = ("@sap-cloud-sdk/http-client", "@sap/xssec", "soap")
WITHIN = 120


@pytest.fixture(scope="module")
def found(emulator: Emulator) -> dict[str, Any]:
    """What the clients have met; they trust the CA by the variable that Node.js has for it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed, and the clients need it")
    if missing := [each for each in CLIENTS if not (MODULES / each).exists()]:
        pytest.skip(f"not installed: npm install --no-save --prefix {sys.prefix}/judges {' '.join(missing)}")
    # The proxy of this machine is no way to loopback.
    environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environ |= {"NODE_EXTRA_CA_CERTS": str(emulator.ca), "NODE_PATH": str(MODULES)}
    done = subprocess.run(  # noqa: S603 - the judges
        [node, str(SCRIPT)],
        input=json.dumps({"runtime": emulator.key(), "api": emulator.key("api")}),
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=environ,
        timeout=WITHIN,
    )
    assert done.returncode == 0, done.stderr
    answered: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answered


def test_cloud_sdk_calls_a_flow_and_reads_its_log(found: dict[str, Any]) -> None:
    """With a token of each service key; a CSRF-protected sender is passed by its own fetch of the token."""
    assert found["cloudSdk"] == {
        "called": 200,
        "log": "COMPLETED",
        "withoutCsrf": 403,
        "withCsrf": 200,
        "wrongPlane": 401,
    }


def test_xssec_accepts_a_token(found: dict[str, Any]) -> None:
    """It fetches token and keys itself, and finds signature, audience and scope right."""
    assert found["xssec"] == {"expires": 3599, "sends": True}


def test_soap_calls_an_operation(found: dict[str, Any]) -> None:
    """By nothing but the WSDL, with Basic; a declared fault is one."""
    product = found["soap"]["product"]
    assert (product["ProductId"], product["Name"]) == ("HT-1080", "Photo Scan")
    assert found["soap"]["fault"] == "There is no such product."
