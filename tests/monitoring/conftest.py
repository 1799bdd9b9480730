"""A tenant whose monitoring API answers as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.run import Run
from tests.loopback_server import LoopbackServer, Received, Reply, Serve
from tests.loopback_tenant import LoopbackTenant, TokenService, calls_of_iflows

API_CLIENT = "sb-5b0c2f14-8c1e-4a54-9a5e-6f0d2b7c9e01!b139588|it!b117912"


@dataclass(frozen=True)
class ToldTenant:
    """The run against a server that answers as told, and the server."""

    run: Run
    server: LoopbackServer

    @property
    def monitor(self) -> Monitor:
        """The questions to it."""
        assert self.run.monitor is not None
        return self.run.monitor

    @property
    def asked(self) -> list[Received]:
        """The requests that reached the API."""
        return calls_of_iflows(self.server)


Tells = Callable[..., ToldTenant]
"""What the fixture ``tells`` gives."""


def odata(content: object) -> Reply:
    """Answer with ``content`` under ``d``."""
    return Reply(200, json.dumps({"d": content}).encode(), {"Content-Type": "application/json"})


def odata_error(status: int, text: str | None, **headers: str) -> Reply:
    """Refuse as the API does for who accepts JSON (wire-facts 5.1)."""
    error = {"error": {"code": "Some Code", "message": {"lang": "en", "value": text}}}
    return Reply(status, json.dumps(error).encode(), {"Content-Type": "application/json", **headers})


@pytest.fixture
def tells(serve: Serve, loopback_tenant: LoopbackTenant) -> Tells:
    """Make a tenant whose API gives the replies one after the other, the last one again and again."""

    def told(*replies: Reply) -> ToldTenant:
        tokens = TokenService()
        left: Iterator[Reply] = iter(replies[:-1])

        def answer(received: Received) -> Reply:
            if received.target.startswith("/oauth"):
                return tokens(received)
            return next(left, replies[-1])

        server = serve(answer)
        loopback_tenant.client("monitoring", host=server.url, clientid=API_CLIENT)
        return ToldTenant(loopback_tenant.run(), server)

    return told


@pytest.fixture(autouse=True)
def _without_waits(hurried: None) -> None:
    """Ask again at once: the waits between have tests of their own."""
