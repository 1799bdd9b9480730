"""What holds for the local tenant and, where credentials are given, for a real one: the same tests.

``IFLOW_VERIFIED_KEY`` names the file of a service key of plan integration-flow on a real tenant.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import jwt
import pytest
import requests

from tests.emulator.emulator_process import TIMEOUT, ready, start

VARIABLE = "IFLOW_VERIFIED_KEY"
NOWHERE = "/http/pytest-iflow/no-such-address"
pytestmark = pytest.mark.tenant_verified


@dataclass(frozen=True)
class Tenant:
    """A service key, and the CA file to verify with (True: those of the system)."""

    client_id: str
    client_secret: str
    token_url: str
    url: str
    ca: str | bool

    @classmethod
    def of(cls, key_file: Path, ca: str | bool) -> Tenant:
        """Read a service key."""
        key = json.loads(key_file.read_text(encoding="utf-8"))["oauth"]
        return cls(key["clientid"], key["clientsecret"], key["tokenurl"], key["url"], ca)

    def post(
        self, url: str, auth: tuple[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """Send an empty request of method POST."""
        with requests.Session() as session:
            session.trust_env = False
            return session.post(url, auth=auth, headers=headers, verify=self.ca, timeout=TIMEOUT)

    def ask_token(self, secret: str | None = None) -> requests.Response:
        """Request a token, with another secret than the right one if one is given."""
        return self.post(
            f"{self.token_url}?grant_type=client_credentials", (self.client_id, secret or self.client_secret)
        )


@pytest.fixture(scope="module", params=["local", "real"])
def tenant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """The local tenant, then the real one."""
    if request.param == "real":
        if VARIABLE not in os.environ:
            pytest.skip(f"{VARIABLE} names no service key of a real tenant")
        yield Tenant.of(Path(os.environ[VARIABLE]), ca=True)
        return
    keys = tmp_path_factory.mktemp("keys")
    with start(keys, "--until-stdin-closes") as process:
        said = ready(process)
        yield Tenant.of(keys / "integration-flow.json", said["ca"])
        process.communicate(timeout=TIMEOUT)


def test_token_is_issued_to_the_client_of_the_key(tenant: Tenant) -> None:
    """Answer and claims have the recorded form (wire-facts 3.1 and 3.2)."""
    answer = tenant.ask_token()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    issued = answer.json()
    assert {"access_token", "token_type", "expires_in", "scope", "jti"} <= issued.keys()
    assert issued["token_type"] == "bearer"
    claims = jwt.decode(issued["access_token"], options={"verify_signature": False})
    assert claims["cid"] == claims["sub"] == tenant.client_id
    assert claims["grant_type"] == "client_credentials"
    assert tenant.client_id in claims["aud"]


def test_wrong_secret_is_refused_with_a_challenge(tenant: Tenant) -> None:
    """The status is certain; the error word differs by year, the description does not (wire-facts 3.5)."""
    answer = tenant.ask_token("wrong")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('Basic realm="UAA/client"')
    assert answer.json()["error"] in {"unauthorized", "invalid_client"}
    assert answer.json()["error_description"] == "Bad credentials"


def test_unknown_address_is_not_found_and_asks_for_credentials_first(tenant: Tenant) -> None:
    """Without credentials 401, with a token 404 and a page in HTML (wire-facts 4.4 and 4.6)."""
    assert tenant.post(tenant.url + NOWHERE).status_code == 401
    token = tenant.ask_token().json()["access_token"]
    answer = tenant.post(tenant.url + NOWHERE, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
