"""What every request passes through."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from starlette.types import Receive, Scope, Send

from pytest_iflow.emulator.plane import HostRouter
from pytest_iflow.emulator.wire_answer import WireAnswer
from tests.emulator.asgi_client import ask
from tests.emulator.emulator_process import TIMEOUT, Emulator

HOUR = 3600


@pytest.fixture
def faulty(emulator: Emulator) -> Iterator[Emulator]:
    """The emulator, without faults and counted from nought, before the test and after it."""
    emulator.reset()
    yield emulator
    emulator.reset()


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _send_on(tls: ssl.SSLSocket) -> None:
    for _ in range(1000):
        tls.sendall(b"x")
        time.sleep(0.02)


def test_requests_are_counted_by_plane_flow_and_client(faulty: Emulator) -> None:
    """What is refused counts as received, not as processed."""
    token = faulty.token()
    faulty.reset()
    client_id = faulty.key()["clientid"]
    for address in ("/echo", "/echo", "/nowhere"):
        faulty.request(
            "POST", f"{faulty.runtime}/http{address}", headers={"Authorization": f"Bearer {token}"}
        )
    faulty.request("POST", f"{faulty.runtime}/http/echo")
    counted = faulty.counters()
    assert counted["received"] == {
        "planes": {"runtime": 4},
        "flows": {"/http/echo": 3, "elsewhere": 1},
        "clients": {client_id: 3, "unknown": 1},
    }
    assert counted["calls"] == {"/echo": 2}
    assert counted["faults"] == {}


@pytest.mark.parametrize(
    ("fault", "processed"), [("reset_before", 0), ("reset_after", 1)], ids=["before", "after"]
)
def test_reset_connection_over_tls(faulty: Emulator, fault: str, processed: int) -> None:
    """The client has no answer; the counters know whether the message was processed."""
    token = faulty.token()
    faulty.set_faults({f"runtime.{fault}": 1})
    with pytest.raises(requests.exceptions.ConnectionError):
        faulty.request("POST", f"{faulty.runtime}/http/echo", headers={"Authorization": f"Bearer {token}"})
    counted = faulty.counters()
    assert counted["received"]["flows"] == {"/http/echo": 1}
    assert counted["calls"].get("/echo", 0) == processed
    assert counted["faults"] == {f"runtime.{fault}": 1}


def test_truncated_answer_over_tls(faulty: Emulator) -> None:
    """The client notices that the body is not whole."""
    token = faulty.token()
    faulty.set_faults({"runtime.truncated": 1})
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        faulty.request(
            "POST",
            f"{faulty.runtime}/http/echo",
            data=b"x" * 1000,
            headers={"Authorization": f"Bearer {token}"},
        )


def test_client_that_keeps_a_closed_connection_is_cut_off(faulty: Emulator) -> None:
    """It does not answer the end of TLS; after a while whatever it sends is refused."""
    runtime = urlsplit(faulty.runtime)
    faulty.set_faults({"runtime.truncated": 1})
    context = ssl.create_default_context(cafile=str(faulty.ca))
    with (
        socket.create_connection((runtime.hostname or "", runtime.port or 0), TIMEOUT) as connection,
        context.wrap_socket(connection, server_hostname=runtime.hostname) as tls,
    ):
        tls.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
        while tls.recv(10_000):
            pass
        with pytest.raises(OSError, match=r"EOF|reset|[Bb]roken|aborted"):
            _send_on(tls)


def test_same_seed_hits_the_same_requests(faulty: Emulator) -> None:
    """To put the same settings into force again begins the same order anew."""
    orders = []
    for _ in range(2):
        faulty.set_faults({"token.status_503": 0.5}, seed=11)
        orders.append([faulty.ask_token().status_code for _ in range(10)])
    assert orders[0] == orders[1]
    assert set(orders[0]) == {200, 503}


def test_receiver_that_is_down_fails_the_flow(faulty: Emulator) -> None:
    """The fault is behind the flow: the runtime answers 500, not 503."""
    faulty.set_faults({"products.status_503": 1})
    answer = faulty.call("/products/details", b'{"productIdentifier": "HT-2000"}')
    assert answer.status_code == 500
    assert faulty.counters()["received"]["planes"]["products"] >= 1


def test_clock_that_is_ahead_shows_everywhere(faulty: Emulator) -> None:
    """Date and the claims agree with one another; the landscape accepts its own token."""
    right = faulty.ask_token()
    faulty.set_faults({"clock_skew": HOUR})
    ahead = faulty.ask_token()
    dates = [parsedate_to_datetime(answer.headers["date"]).timestamp() for answer in (right, ahead)]
    issued = [_claims(answer.json()["access_token"])["iat"] for answer in (right, ahead)]
    assert dates[1] - dates[0] == pytest.approx(HOUR, abs=30)
    assert issued == pytest.approx(dates, abs=2)
    assert faulty.call("/echo").status_code == 200


def test_clock_that_has_gone_on_ends_tokens(faulty: Emulator) -> None:
    """A token that is valid for an hour is refused two hours later."""
    headers = {"Authorization": f"Bearer {faulty.token()}"}
    faulty.set_faults({"clock_skew": 2 * HOUR})
    answer = faulty.request("POST", f"{faulty.runtime}/http/echo", headers=headers)
    assert answer.status_code == 401
    assert "Jwt expired at" in answer.headers["www-authenticate"]


def test_tokens_may_be_good_for_seconds_only(faulty: Emulator) -> None:
    """The setting outweighs that of the service instance."""
    faulty.set_faults({"token_validity": 3})
    claims = _claims(faulty.token())
    assert claims["exp"] - claims["iat"] == 3


def test_log_may_appear_late(faulty: Emulator) -> None:
    """The message was processed, but its log cannot be read at once."""
    headers = {"Authorization": f"Bearer {faulty.token('api')}", "Accept": "application/json"}

    def status_of_log() -> int:
        message_id = faulty.call("/echo").headers["sap_messageprocessinglogid"]
        url = f"{faulty.api}/api/v1/MessageProcessingLogs('{message_id}')"
        return faulty.request("GET", url, headers=headers).status_code

    assert status_of_log() == 200
    faulty.set_faults({"log_delay": HOUR})
    assert status_of_log() == 404


@pytest.mark.parametrize("plane", ["token_plane", "runtime", "api"])
def test_every_answer_has_one_date(emulator: Emulator, plane: str) -> None:
    """It is the landscape's, not the server's."""
    answer = emulator.request("GET", f"{getattr(emulator, plane)}/nowhere")
    assert answer.headers["date"].count("GMT") == 1


async def _plane(scope: Scope, receive: Receive, send: Send) -> None:
    await WireAnswer(200, (), b"the plane")(scope, receive, send)


@pytest.mark.parametrize("host", ["127.0.0.1:8443", "127.0.0.1", "localhost:8443", "LOCALHOST", ""])
def test_hosts_of_the_landscape_are_routed(host: str) -> None:
    """With any port, in any case; who names no host is let through."""
    assert ask(HostRouter(_plane), "GET", "/", headers={"Host": host}).body == b"the plane"
    assert ask(HostRouter(_plane), "GET", "/", headers={}).body == b"the plane"


@pytest.mark.parametrize("host", ["tenant.example.com", "127.0.0.1.example.com:8443", "[", "[::1"])
def test_other_hosts_have_no_route(host: str) -> None:
    """The router's words, with a line break at the end, and its header (wire-facts 4.6)."""
    answer = ask(HostRouter(_plane), "POST", "/http/echo", headers={"Host": host})
    assert (answer.status, answer.headers["x-cf-routererror"]) == (404, "unknown_route")
    assert answer.body.decode() == f"404 Not Found: Requested route ('{host}') does not exist.\n"


def test_each_plane_is_behind_the_router(emulator: Emulator) -> None:
    """Token service, runtime and API; nothing of theirs is asked."""
    before = emulator.counters()["tokens"]
    for plane in (emulator.token_plane, emulator.runtime, emulator.api):
        answer = emulator.request("POST", f"{plane}/oauth/token", headers={"Host": "tenant.example.com"})
        assert (answer.status_code, answer.headers["x-cf-routererror"]) == (404, "unknown_route")
    assert emulator.counters()["tokens"] == before
