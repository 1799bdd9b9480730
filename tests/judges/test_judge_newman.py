"""Newman, Postman's command line, does what the tutorial does by hand."""

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

COLLECTION = Path(__file__).with_name("tutorial.postman_collection.json")
# Where ``make test`` installs it.
NEWMAN = Path(sys.prefix, "judges", "node_modules", "newman", "bin", "newman.js")
WITHIN = 120


def _command() -> list[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed, and Newman needs it")
    if not NEWMAN.exists():
        pytest.skip(f"Newman is not installed: npm install --no-save --prefix {sys.prefix}/judges newman@6")
    return [node, str(NEWMAN), "run", str(COLLECTION)]


def _environment(emulator: Emulator) -> dict[str, object]:
    key, api = emulator.key(), emulator.key("api")
    values = {
        "clientid": key["clientid"],
        "clientsecret": key["clientsecret"],
        "tokenurl": key["tokenurl"],
        "url": key["url"],
        "api_clientid": api["clientid"],
        "api_clientsecret": api["clientsecret"],
        "api_tokenurl": api["tokenurl"],
        "api_url": api["url"],
    }
    return {"name": "local", "values": [{"key": name, "value": value} for name, value in values.items()]}


def _run(emulator: Emulator, folder: Path, ca: Path) -> dict[str, Any]:
    environment, report = folder / "environment.json", folder / "report.json"
    environment.write_text(json.dumps(_environment(emulator)), encoding="utf-8")
    options = [
        f"--environment={environment}",
        f"--ssl-extra-ca-certs={ca}",
        "--reporters=json",
        f"--reporter-json-export={report}",
    ]
    # The proxy of this machine is no way to loopback.
    variables = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    subprocess.run(  # noqa: S603 - the judge
        [*_command(), *options], env=variables, capture_output=True, check=False, timeout=WITHIN
    )
    run: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))["run"]
    return run


def test_collection_of_the_tutorial_runs_without_a_failure(emulator: Emulator, tmp_path: Path) -> None:
    """Token, call, Basic, CSRF, refusals and the message log, with the CA of the local tenant."""
    run = _run(emulator, tmp_path, emulator.ca)
    assert run["failures"] == []
    requests = json.loads(COLLECTION.read_text(encoding="utf-8"))["item"]
    assert run["stats"]["requests"]["total"] == len(requests)
    assert run["stats"]["assertions"]["total"] == len(requests)


def test_without_the_ca_newman_trusts_nothing(emulator: Emulator, tmp_path: Path) -> None:
    """The certificate is verified: another CA does not do."""
    other = tmp_path / "other.pem"
    other.write_text("", encoding="utf-8")
    run = _run(emulator, tmp_path, other)
    assert all("certificate" in each["error"]["message"] for each in run["failures"][:1])
    assert run["stats"]["requests"]["failed"] == run["stats"]["requests"]["total"]
