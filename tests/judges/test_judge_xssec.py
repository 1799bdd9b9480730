"""SAP's own sap-xssec validates the tokens: it fetches the keys over TLS and checks the audience itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.emulator_process import Emulator

xssec = pytest.importorskip("sap.xssec", reason="sap-xssec is not installed; pip install sap-xssec")

RUNTIME = "it-rt-local-trial!b117912"
API = "it!b44075"

# The library reads the expiry with a call that newer Pythons warn of.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")


@pytest.fixture(autouse=True)
def _trusts_the_ca(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the library's HTTP client trust the emulator's CA, by the variable that OpenSSL has for it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(emulator.ca))


def _validate(emulator: Emulator, token: str, application: str) -> Any:
    """Validate a token as an application does whose binding names the token service as its XSUAA."""
    binding = {
        "clientid": f"sb-{application}",
        "clientsecret": "not needed to validate",
        "xsappname": application,
        "url": emulator.token_plane,
        "uaadomain": emulator.token_plane.removeprefix("https://"),
    }
    return xssec.create_security_context_xsuaa(token, binding)


def test_token_for_flows_is_accepted_by_the_runtime(emulator: Emulator) -> None:
    """Signature, audience and claims are what SAP's library expects of a token of XSUAA."""
    context = _validate(emulator, emulator.token(), RUNTIME)
    client_id = emulator.key()["clientid"]
    assert context.get_clientid() == client_id
    assert context.get_grant_type() == "client_credentials"
    assert context.get_subdomain() == "local-trial"
    assert context.get_subaccount_id() == context.get_zone_id()
    assert client_id.startswith(f"sb-{context.get_clone_service_instance_id()}!b")
    assert context.check_scope(f"{RUNTIME}.ESBMessaging.send")
    assert context.check_local_scope("ESBMessaging.send")
    assert not context.check_local_scope("ProductReader")


def test_token_for_the_api_is_accepted_by_the_api(emulator: Emulator) -> None:
    """With the scopes of plan api."""
    assert _validate(emulator, emulator.token("api"), API).check_local_scope("MonitoringDataRead")


@pytest.mark.parametrize(("key", "application"), [("api", RUNTIME), ("integration-flow", API)])
def test_token_for_the_other_plane_is_rejected(emulator: Emulator, key: str, application: str) -> None:
    """The audience is the wrong one, and the library says so."""
    with pytest.raises(RuntimeError, match="Audience Validation Failed"):
        _validate(emulator, emulator.token(key), application)


def test_token_with_a_broken_signature_is_rejected(emulator: Emulator) -> None:
    """The keys that the token service publishes are what decides."""
    head, claims, signature = emulator.token().split(".")
    broken = ("B" if signature.startswith("A") else "A") + signature[1:]
    with pytest.raises(RuntimeError, match="Cannot validate token without verificationkey"):
        _validate(emulator, f"{head}.{claims}.{broken}", RUNTIME)
