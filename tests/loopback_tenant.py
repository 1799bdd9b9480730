"""Tenants whose hosts are small servers on loopback: service keys, environment, and a run against them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import IflowCaller
from pytest_iflow.tenants.model import Client, Environment, Iflow, Timeouts
from tests.loopback_authority import Authority
from tests.loopback_server import LoopbackServer, Received, Reply

SECRET = "3f8a51c2-77d0-4e1b-9c35-d2b6a90f14e7$x!|y=+zQ&%:/ü"
"""Holds every character that some encoding on the way is likely to spoil."""

CLIENT_ID = "sb-1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809!b139588|it-rt-test!b117912"
PATIENCE = Timeouts(connect=10.0, read=30.0)
"""Longer than any test waits on purpose."""


class LoopbackTenant:
    """The environment ``loopback/dev``, built client by client in a ``folder``."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder = folder
        self.clients: dict[str, Client] = {}
        self.iflows: dict[str, Iflow] = {}
        self.timeouts = PATIENCE
        self.environ: Mapping[str, str] = {}
        self._runs: list[Run] = []
        (folder / "ca.pem").write_text(authority.pem, encoding="ascii")

    def client(self, name: str = "default", *, host: str, **settings: Any) -> None:
        """Add a client that has token service and runtime on one ``host``.

        ``settings`` are fields of ``Client``, and fields of the service key in its own spelling.
        """
        fields = {
            "clientid": settings.pop("clientid", f"sb-{name}!b1|it-rt-test!b117912"),
            "clientsecret": settings.pop("clientsecret", SECRET),
            "tokenurl": settings.pop("tokenurl", f"{host}/oauth/token"),
            "url": settings.pop("url", host),
            "certificate": settings.pop("certificate", ""),
            "key": settings.pop("key", ""),
        }
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps({"oauth": fields}), encoding="utf-8")
        self.clients[name] = Client(name, f"file:{path.name}", **settings)

    def iflow(self, name: str, address: str | None) -> None:
        """Add an iFlow."""
        self.iflows[name] = Iflow(name, address)

    def environment(self) -> Environment:
        """Return the environment as it is by now."""
        return Environment(
            "loopback",
            "dev",
            self.folder,
            dict(self.clients),
            dict(self.iflows),
            self.timeouts,
            ca_bundle="ca.pem",
        )

    def run(self) -> Run:
        """Start a run; it ends with the test."""
        run = Run(self.environment(), self.environ, self.folder)
        self._runs.append(run)
        return run

    def close(self) -> None:
        """End every run."""
        for run in self._runs:
            run.close()


class TokenService:
    """Answers token requests with tokens that are told apart by their number, all else with 200."""

    def __init__(self, lifetime: float = 3600) -> None:
        self.lifetime = lifetime
        self.issued = 0

    def __call__(self, received: Received) -> Reply:
        """Answer one request."""
        if not received.target.startswith("/oauth/token"):
            return Reply(200, b"{}", {"Content-Type": "application/json"})
        self.issued += 1
        return token_reply(f"token-number-{self.issued}", self.lifetime)


def token_reply(token: str, lifetime: float = 3600, more: Mapping[str, object] | None = None) -> Reply:
    """Grant ``token`` for ``lifetime`` seconds (wire-facts 3.1); ``more`` is said beside it."""
    said = {"access_token": token, "token_type": "bearer", "expires_in": lifetime, **(more or {})}
    return Reply(200, json.dumps(said).encode(), {"Content-Type": "application/json;charset=UTF-8"})


def caller_of(run: Run) -> IflowCaller:
    """Return what calls iFlows in ``run``, wired as the fixtures of the plugin do."""
    return run.caller()


def calls_of_iflows(server: LoopbackServer) -> list[Received]:
    """Return what ``server`` received as runtime, token requests left out."""
    return [received for received in server.received if not received.target.startswith("/oauth")]
