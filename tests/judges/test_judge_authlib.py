"""Authlib, an OAuth and OpenID Connect client of PyPI, works from nothing but the address of the issuer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.emulator_process import TIMEOUT, Emulator

requests_client = pytest.importorskip(
    "authlib.integrations.requests_client", reason="Authlib is not installed: pip install Authlib"
)
discovery = pytest.importorskip("authlib.oidc.discovery")
jwk = pytest.importorskip("joserfc.jwk")
jwt = pytest.importorskip("joserfc.jwt")


@pytest.fixture
def provider(emulator: Emulator) -> Any:
    """What the service says of itself, found as OpenID Connect Discovery has it."""
    url = discovery.get_well_known_url(emulator.key()["tokenurl"], external=True)
    return discovery.OpenIDProviderMetadata(emulator.request("GET", url).json())


def _session(emulator: Emulator, key: dict[str, str], method: str) -> Any:
    session = requests_client.OAuth2Session(
        key["clientid"], key["clientsecret"], token_endpoint_auth_method=method, default_timeout=TIMEOUT
    )
    session.trust_env = False
    session.verify = str(emulator.ca)
    return session


def test_description_is_valid(emulator: Emulator, provider: Any) -> None:
    """Authlib checks each member; the plain address says the same."""
    provider.validate()
    plain = discovery.get_well_known_url(emulator.token_plane, external=True)
    assert emulator.request("GET", plain).json() == provider


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_token_is_fetched_verified_and_used(emulator: Emulator, provider: Any, method: str) -> None:
    """By both methods that the description names, with the keys that it names."""
    assert method in provider["token_endpoint_auth_methods_supported"]
    key = emulator.key()
    with _session(emulator, key, method) as session:
        token = session.fetch_token(provider["token_endpoint"], grant_type="client_credentials")
        assert session.post(f"{emulator.runtime}/http/echo", data="hello").status_code == 200
    keys = jwk.KeySet.import_key_set(emulator.request("GET", provider["jwks_uri"]).json())
    verified = jwt.decode(token["access_token"], keys, algorithms=["RS256"])
    claims = jwt.JWTClaimsRegistry(iss={"essential": True, "value": provider["issuer"]})
    claims.validate(verified.claims)
    assert verified.claims["azp"] == key["clientid"]


def test_wrong_secret_is_told(emulator: Emulator, provider: Any) -> None:
    """By the error of the answer."""
    key = emulator.key() | {"clientsecret": "wrong"}
    with (
        _session(emulator, key, "client_secret_basic") as session,
        pytest.raises(Exception, match=r"invalid_client|unauthorized"),
    ):
        session.fetch_token(provider["token_endpoint"], grant_type="client_credentials")
