"""Schemathesis sends what nobody would: the local tenant answers, and means every 500."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.emulator_process import TIMEOUT, Emulator, ready, start

SCHEMA = schemathesis.openapi.from_dict(
    json.loads(Path(__file__).with_name("openapi.json").read_text(encoding="utf-8"))
)
# An exception that no step of the flow handles (wire-facts 4.3), and a fault of the SOAP flow.
MEANT = re.compile(
    r"An internal server error occured: .*The MPL ID for the failed message is ?: \S{28}|.*<\w+:Fault\b",
    re.DOTALL,
)
NOT_IMPLEMENTED = 501
# Whatever stands before it, this ends no request, so that the server does not wait for the rest of one.
NO_REQUEST = b"\0\r\n\r\n"
# The same examples each time: a suite that fails on some days only is of no use.
bounded = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


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


@pytest.fixture(scope="module")
def tokens(victim: Emulator) -> dict[str, str]:
    """One token for the runtime and one for the API."""
    return {"runtime": victim.token(), "api": victim.token("api")}


def _plane(path: str) -> str:
    if path.startswith(("/http", "/cxf")):
        return "runtime"
    return "api" if path.startswith(("/api", "/emulator")) else "token_plane"


@SCHEMA.parametrize()
@bounded
def test_no_request_leads_to_an_answer_that_nobody_meant(
    case: schemathesis.Case[Any], victim: Emulator, tokens: dict[str, str]
) -> None:
    """Every answer is below 500, or the flow's own failure, or a set that the API does not have."""
    plane = _plane(case.operation.path)
    headers = {} if plane == "token_plane" else {"Authorization": f"Bearer {tokens[plane]}"}
    answer = case.call(
        base_url=getattr(victim, plane), headers=headers, verify=str(victim.ca), timeout=TIMEOUT
    )
    meant = MEANT.match(answer.content.decode("utf-8", "replace")) is not None
    assert answer.status_code < 500 or answer.status_code == NOT_IMPLEMENTED or meant


@given(octets=st.binary(max_size=200), plane=st.sampled_from(["token_plane", "runtime", "api"]))
@bounded
def test_octets_that_are_no_request_do_no_harm(victim: Emulator, octets: bytes, plane: str) -> None:
    """Garbage inside TLS ends with an answer or a closed connection."""
    host = urlsplit(getattr(victim, plane))
    context = ssl.create_default_context(cafile=str(victim.ca))
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection((host.hostname or "", host.port or 0), TIMEOUT) as connection,
        context.wrap_socket(connection, server_hostname=host.hostname) as tls,
    ):
        tls.sendall(octets + NO_REQUEST)
        answer = tls.recv(100)
        assert not answer or answer.startswith(b"HTTP/1.1 ")


@given(octets=st.binary(min_size=1, max_size=200))
@bounded
def test_octets_that_are_no_tls_do_no_harm(victim: Emulator, octets: bytes) -> None:
    """Garbage instead of a handshake ends the connection."""
    host = urlsplit(victim.runtime)
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection((host.hostname or "", host.port or 0), TIMEOUT) as connection,
    ):
        connection.sendall(octets)
        connection.shutdown(socket.SHUT_WR)
        assert not connection.recv(7).startswith(b"HTTP/1.")
