"""Calls that are refused, sent the way the client sends them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from pytest_iflow.oauth.token import basic
from pytest_iflow.tenants.model import Timeouts
from pytest_iflow.tenants.service_key import Plan, ServiceKey, parse_service_key
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.exchange import Exchange
from pytest_iflow.transport.trust import tls_context
from tests.emulator.emulator_process import Emulator

CLIENT_ID = "sb-1b2c3d4e-5f60-4718-92a3-b4c5d6e7f809!b139588|it-rt-acme!b117912"
TOKEN_URL = "https://acme.authentication.eu10.hana.ondemand.com/oauth/token"


@dataclass(frozen=True)
class Sender:
    """Sends to one host and returns the exchange."""

    url: str
    ca: Path

    def send(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        client: str | None = None,
    ) -> Exchange:
        """Send one request over a connection of its own."""
        connection = Connection(self.url, tls_context(self.ca, {}), Timeouts(), {}, lambda _: None)
        try:
            return connection.send(method, self.url + path, headers=headers or {}, body=body, client=client)
        finally:
            connection.close()

    def call(self, token: str | None = None, path: str = "/http/x", **headers: str) -> Exchange:
        """Post to an iFlow with a bearer token, or with none."""
        carried = {"Authorization": f"Bearer {token}"} if token else {}
        return self.send("POST", path, {**carried, **headers}, b"{}")


@dataclass(frozen=True)
class RefusingTenant:
    """A running emulator as a client sees it."""

    emulator: Emulator

    def key(self, file: str = "integration-flow") -> ServiceKey:
        """Return the service key in a file that the emulator wrote."""
        text = (self.emulator.keys / f"{file}.json").read_text(encoding="utf-8")
        return parse_service_key(text, file)

    @property
    def runtime(self) -> Sender:
        """The runtime."""
        return Sender(self.emulator.runtime, self.emulator.ca)

    @property
    def api(self) -> Sender:
        """The API."""
        return Sender(self.emulator.api, self.emulator.ca)

    @property
    def token_service(self) -> Sender:
        """The token service."""
        return Sender(self.emulator.token_plane, self.emulator.ca)

    def token(self, file: str = "integration-flow") -> str:
        """Return a new token of a client."""
        return self.emulator.token(file)

    def ask(self, client_id: str, secret: str, query: str = "?grant_type=client_credentials") -> Exchange:
        """Request a token with a Basic header that is encoded as it comes."""
        headers = {"Authorization": basic(client_id, secret)}
        return self.token_service.send("POST", f"/oauth/token{query}", headers)

    def endpoints(self) -> tuple[str, ...]:
        """Return the URLs that the API lists."""
        headers = {"Authorization": f"Bearer {self.token('api')}", "Accept": "application/json"}
        answer = self.emulator.request(
            "GET", f"{self.emulator.api}/api/v1/ServiceEndpoints?$expand=EntryPoints", headers=headers
        ).json()
        entries = (one["EntryPoints"]["results"] for one in answer["d"]["results"])
        return tuple(entry["Url"] for some in entries for entry in some)

    def undeploy(self, artifact: str) -> None:
        """Take an iFlow out of the runtime."""
        headers = {"Authorization": f"Bearer {self.token('api')}"}
        url = f"{self.emulator.api}/api/v1/IntegrationRuntimeArtifacts('{artifact}')"
        self.emulator.request("DELETE", url, headers=headers).raise_for_status()


def service_key(**fields: Any) -> ServiceKey:
    """Return a key of plan integration-flow, with some fields replaced."""
    given: dict[str, Any] = {
        "client_id": CLIENT_ID,
        "client_secret": "1b2c3d4e-5f60-4718-92a3$not-a-real-secret=",
        "token_url": TOKEN_URL,
        "url": "https://acme.it-cpi018-rt.cfapps.eu10-003.hana.ondemand.com",
        "plan": Plan.INTEGRATION_FLOW,
        "certificate": None,
        "private_key": None,
        "source": "test",
    }
    return ServiceKey(**{**given, **fields})


@cache
def _signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def token_of(**claims: Any) -> str:
    """Sign a token that is good for an hour from now, with some claims replaced (wire-facts 3.2)."""
    now = int(time.time())
    payload = {
        "cid": CLIENT_ID,
        "iss": TOKEN_URL,
        "iat": now,
        "exp": now + 3600,
        "scope": ["uaa.resource", "it-rt-acme!b117912.ESBMessaging.send"],
        "aud": ["uaa", "it-rt-acme!b117912.ESBMessaging", CLIENT_ID],
    }
    return jwt.encode({**payload, **claims}, _signing_key(), "RS256")
