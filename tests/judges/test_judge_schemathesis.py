"""Schemathesis sends unusual requests; the local tenant answers each, and no 500 is a mistake of it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.emulator.emulator_process import TIMEOUT, Emulator, ready, start

SCHEMA = Path(__file__).with_name("openapi.json")
# Where ``make test`` installs it: apart, for every run of pytest in this environment would load its plugin.
SCHEMATHESIS = Path(sys.prefix, "judges", "python")
# Hypothesis makes its table of characters once and keeps it there; to make it takes longer than a plane.
HYPOTHESIS = SCHEMATHESIS.with_name("hypothesis")
WITHIN = 180
# An exception that no step of the flow handles (wire-facts 4.3), and a fault of the SOAP flow.
EXPECTED = re.compile(
    r"An internal server error occured: .*The MPL ID for the failed message is ?: \S{28}|.*<\w+:Fault\b",
    re.DOTALL,
)
NOT_IMPLEMENTED = 501
# Whatever stands before it, this ends no request, so that the server does not wait for the rest of one.
NO_REQUEST = b"\0\r\n\r\n"
PLANES = ("token_plane", "runtime", "api")


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator of its own; in the end it still answers, and it has complained of nothing."""
    keys = tmp_path_factory.mktemp("victim")
    with start(keys, "--until-stdin-closes") as process:
        said = ready(process)
        emulator = Emulator(said["token"], said["runtime"], said["api"], keys, Path(said["ca"]))
        yield emulator
        assert emulator.ask_token().status_code == 200
        _, complaints = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, complaints) == (0, "")


@pytest.mark.parametrize(
    ("plane", "paths", "key"),
    [
        ("token_plane", "^/(oauth|token_keys)", None),
        ("runtime", "^/(http|cxf)", "integration-flow"),
        ("api", "^/(api|emulator)", "api"),
    ],
    ids=PLANES,
)
def test_no_request_leads_to_an_unexpected_answer(
    plane: str, paths: str, key: str | None, victim: Emulator, tmp_path: Path
) -> None:
    """Every answer is below 500, or the flow's own failure, or a set that the API does not have."""
    headers = [f"--header=Authorization: Bearer {victim.token(key)}"] if key else []
    answers = _answers(victim, getattr(victim, plane), [f"--include-path-regex={paths}", *headers], tmp_path)
    assert len(answers) > 30
    assert [each for each in answers if not _is_expected(each)] == []


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("seed", range(5))
def test_octets_that_are_no_request_do_no_harm(victim: Emulator, seed: int, plane: str) -> None:
    """Garbage inside TLS ends with an answer or a closed connection."""
    host = urlsplit(getattr(victim, plane))
    context = ssl.create_default_context(cafile=str(victim.ca))
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection((host.hostname or "", host.port or 0), TIMEOUT) as connection,
        context.wrap_socket(connection, server_hostname=host.hostname) as tls,
    ):
        tls.sendall(_octets(seed) + NO_REQUEST)
        answer = tls.recv(100)
        assert not answer or answer.startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize("seed", range(5))
def test_octets_that_are_no_tls_do_no_harm(victim: Emulator, seed: int) -> None:
    """Garbage instead of a handshake ends the connection."""
    host = urlsplit(victim.runtime)
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection((host.hostname or "", host.port or 0), TIMEOUT) as connection,
    ):
        connection.sendall(_octets(seed))
        connection.shutdown(socket.SHUT_WR)
        assert not connection.recv(7).startswith(b"HTTP/1.")


def _octets(seed: int) -> bytes:
    source = random.Random(seed)  # noqa: S311 - the same garbage each time
    return source.randbytes(source.randint(1, 200))


def _answers(victim: Emulator, url: str, options: list[str], folder: Path) -> list[dict[str, Any]]:
    """Run Schemathesis, the same way each time, and return every answer as HAR has it."""
    if not SCHEMATHESIS.is_dir():
        pytest.skip(f"Schemathesis is not installed: pip install --target {SCHEMATHESIS} schemathesis")
    report = folder / "report.har"
    # The schema says nothing of statuses: what it would complain of is no answer at all.
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(SCHEMA), f"--url={url}"),
        *(f"--tls-verify={victim.ca}", "--checks=status_code_conformance", "--output-sanitize=false"),
        *("--phases=coverage,fuzzing", "--max-examples=10", "--generation-deterministic", "--no-shrink"),
        *("--suppress-health-check=all", "--report=har", f"--report-har-path={report}", *options),
    ]
    # The proxy of this machine is no way to loopback.
    variables = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    run = subprocess.run(  # noqa: S603 - the judge
        command,
        cwd=folder,
        env=variables | {"PYTHONPATH": str(SCHEMATHESIS), "HYPOTHESIS_STORAGE_DIRECTORY": str(HYPOTHESIS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=WITHIN,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return [entry["response"] for entry in json.loads(report.read_text("utf-8"))["log"]["entries"]]


def _is_expected(answer: dict[str, Any]) -> bool:
    status, body = answer["status"], answer["content"].get("text") or ""
    return 0 < status < 500 or status == NOT_IMPLEMENTED or EXPECTED.match(body) is not None
