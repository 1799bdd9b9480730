"""Hosts that the router in front of the planes knows, and others."""

from __future__ import annotations

import pytest
from starlette.types import Receive, Scope, Send

from pytest_iflow.emulator.unknown_route import Routed
from pytest_iflow.emulator.wire_answer import WireAnswer
from tests.emulator.asgi_client import ask
from tests.emulator.emulator_process import Emulator


async def _plane(scope: Scope, receive: Receive, send: Send) -> None:
    await WireAnswer(200, (), b"the plane")(scope, receive, send)


@pytest.mark.parametrize("host", ["127.0.0.1:8443", "127.0.0.1", "localhost:8443", "LOCALHOST", ""])
def test_hosts_of_the_landscape_are_routed(host: str) -> None:
    """With any port, in any case; who names no host is let through."""
    assert ask(Routed(_plane), "GET", "/", headers={"Host": host}).body == b"the plane"
    assert ask(Routed(_plane), "GET", "/", headers={}).body == b"the plane"


@pytest.mark.parametrize("host", ["tenant.example.com", "127.0.0.1.example.com:8443", "[", "[::1"])
def test_other_hosts_have_no_route(host: str) -> None:
    """The router's words, with a line break at the end, and its header (wire-facts 4.6)."""
    answer = ask(Routed(_plane), "POST", "/http/echo", headers={"Host": host})
    assert (answer.status, answer.headers["x-cf-routererror"]) == (404, "unknown_route")
    assert answer.body.decode() == f"404 Not Found: Requested route ('{host}') does not exist.\n"


def test_each_plane_is_behind_the_router(emulator: Emulator) -> None:
    """Token service, runtime and API; nothing of theirs is asked."""
    before = emulator.counters()["tokens"]
    for plane in (emulator.token_plane, emulator.runtime, emulator.api):
        answer = emulator.request("POST", f"{plane}/oauth/token", headers={"Host": "tenant.example.com"})
        assert (answer.status_code, answer.headers["x-cf-routererror"]) == (404, "unknown_route")
    assert emulator.counters()["tokens"] == before
