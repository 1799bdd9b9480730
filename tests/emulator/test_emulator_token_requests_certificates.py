"""Client certificates at the token plane, over the wire."""

from __future__ import annotations

from pathlib import Path

import jwt
import pytest
import requests

from pytest_iflow.emulator.certificates import ClientAuthority, ClientCertificate
from tests.emulator.emulator_process import Emulator

REFUSED = '{"error":"invalid_client","error_description":"Client authentication failed"}'


def _files(folder: Path, certificate: str, key: str) -> tuple[str, str]:
    """Write certificate and private key to files, as every TLS client wants them."""
    chain, private = folder / "client.pem", folder / "client.key"
    chain.write_text(certificate, encoding="ascii")
    private.write_text(key, encoding="ascii")
    return str(chain), str(private)


def _ask(
    emulator: Emulator, folder: Path, certificate: ClientCertificate | str, **form: str
) -> requests.Response:
    """Ask for a token with a certificate: of a key file, or one that nobody knows."""
    if isinstance(certificate, str):
        key = emulator.key(certificate)
        files = _files(folder, key["certificate"], key["key"])
    else:
        files = _files(folder, certificate.chain, certificate.private_pem)
    return emulator.request(
        "POST",
        emulator.key()["tokenurl"],
        data={"grant_type": "client_credentials", **form},
        cert=files,
    )


@pytest.mark.parametrize("plan", ["integration-flow", "api"])
def test_certificate_gets_a_token_like_the_one_of_a_secret(
    emulator: Emulator, tmp_path: Path, plan: str
) -> None:
    """With client_id in the body; the claims are the same but for times and identifier."""
    client_id = emulator.key(plan)["clientid"]
    answer = _ask(emulator, tmp_path, f"{plan}.certificate", client_id=client_id)
    assert answer.status_code == 200
    tokens = answer.json()["access_token"], emulator.token(plan)
    by_certificate, by_secret = (jwt.decode(each, options={"verify_signature": False}) for each in tokens)
    changing = ("jti", "iat", "exp")
    assert {name: value for name, value in by_certificate.items() if name not in changing} == {
        name: value for name, value in by_secret.items() if name not in changing
    }


def test_certificate_of_another_client_is_refused(emulator: Emulator, tmp_path: Path) -> None:
    """401 with the challenge of the token service."""
    client_id = emulator.key("integration-flow")["clientid"]
    answer = _ask(emulator, tmp_path, "api.certificate", client_id=client_id)
    assert (answer.status_code, answer.text) == (401, REFUSED)
    assert answer.headers["www-authenticate"] == (
        'Basic realm="UAA/client", error="unauthorized", error_description="Client authentication failed"'
    )


def test_certificate_without_client_id_is_refused(emulator: Emulator, tmp_path: Path) -> None:
    """The certificate does not say which client it is."""
    assert _ask(emulator, tmp_path, "integration-flow.certificate").status_code == 401


def test_secret_beside_a_certificate_decides(emulator: Emulator, tmp_path: Path) -> None:
    """A wrong one is refused as bad credentials, a right one needs no certificate of its own."""
    key = emulator.key()
    wrong = _ask(
        emulator,
        tmp_path,
        "integration-flow.certificate",
        client_id=key["clientid"],
        client_secret="wrong",
    )
    right = _ask(
        emulator,
        tmp_path,
        "api.certificate",
        client_id=key["clientid"],
        client_secret=key["clientsecret"],
    )
    assert (wrong.status_code, wrong.json()["error_description"]) == (401, "Bad credentials")
    assert right.status_code == 200


def test_client_without_its_certificate_is_refused(emulator: Emulator) -> None:
    """The handshake goes well, the request does not."""
    key = emulator.key("integration-flow.certificate")
    form = {"grant_type": "client_credentials", "client_id": key["clientid"]}
    assert emulator.request("POST", key["tokenurl"], data=form).status_code == 401


def test_certificate_of_a_foreign_authority_ends_the_handshake(emulator: Emulator, tmp_path: Path) -> None:
    """TLS refuses before a request is made, even if the names are the same."""
    foreign = ClientAuthority.create().issue("client", "local-trial")
    with pytest.raises(requests.exceptions.ConnectionError):
        _ask(emulator, tmp_path, foreign, client_id=emulator.key()["clientid"])


def test_only_the_token_plane_asks_for_certificates(emulator: Emulator, tmp_path: Path) -> None:
    """A certificate is no way into the runtime."""
    key = emulator.key("integration-flow.certificate")
    files = _files(tmp_path, key["certificate"], key["key"])
    assert emulator.request("POST", f"{emulator.runtime}/http/echo", cert=files).status_code == 401
