"""Raw sessions as a person types them: curl with each kind of key, openssl for the certificate chain."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jwt
import pytest

from tests.emulator.emulator_process import TIMEOUT, Emulator

CURL, OPENSSL = shutil.which("curl"), shutil.which("openssl")
GRANT = "grant_type=client_credentials"
needs_curl = pytest.mark.skipif(
    CURL is None or os.name == "nt",
    reason="needs a curl that reads PEM files, which that of Windows does not",
)
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not on this machine")


@dataclass(frozen=True)
class Shown:
    """What curl shows: the status, and the body as text."""

    status: int
    body: str

    def json(self) -> Any:
        """Return what the body's JSON stands for."""
        return json.loads(self.body)


def _curl(emulator: Emulator, *arguments: str) -> Shown:
    """Run curl with the CA of the emulator, and with no proxy and no settings of this machine."""
    command = [str(CURL), "-q", "--silent", "--show-error", "--noproxy", "*", "--cacert", str(emulator.ca)]
    done = subprocess.run(  # noqa: S603 - curl, with arguments of this test
        [*command, "--write-out", "\n%{http_code}", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    body, _, status = done.stdout.rpartition("\n")
    return Shown(int(status), body)


def _client_of(shown: Shown) -> str:
    assert shown.status == 200, shown.body
    claims = jwt.decode(shown.json()["access_token"], options={"verify_signature": False})
    return str(claims["cid"])


def _client_files(emulator: Emulator, folder: Path, file: str) -> tuple[str, ...]:
    """Write certificate and private key of a key where curl can read them; return its options."""
    key = emulator.key(file)
    certificate, private = folder / "client.pem", folder / "client.key"
    certificate.write_text(key["certificate"], encoding="ascii")
    private.write_text(key["key"], encoding="ascii")
    return ("--cert", str(certificate), "--key", str(private))


@needs_curl
def test_basic_header_and_a_call_with_the_token(emulator: Emulator) -> None:
    """The documented session: token by Basic with the grant type in the URL, then the iFlow."""
    key = emulator.key()
    user = f"{key['clientid']}:{key['clientsecret']}"
    token = _curl(emulator, "--request", "POST", "--user", user, f"{key['tokenurl']}?{GRANT}")
    assert _client_of(token) == key["clientid"]
    product = _curl(
        emulator,
        "--header",
        f"Authorization: Bearer {token.json()['access_token']}",
        "--header",
        "Content-Type: application/json",
        "--data",
        '{"productIdentifier": "HT-1080"}',
        f"{key['url']}/http/products/details",
    )
    assert product.status == 200
    assert "<ProductId>HT-1080</ProductId>" in product.body


@needs_curl
@pytest.mark.parametrize(
    "file", ["integration-flow", "integration-flow-key2", "integration-flow-plus", "api"]
)
def test_form_body(emulator: Emulator, file: str) -> None:
    """Id and secret as encoded form fields, whatever characters they hold."""
    key = emulator.key(file)
    fields = {"client_id": key["clientid"], "client_secret": key["clientsecret"]}
    form = [part for name, value in fields.items() for part in ("--data-urlencode", f"{name}={value}")]
    assert _client_of(_curl(emulator, "--data", GRANT, *form, key["tokenurl"])) == key["clientid"]


@needs_curl
def test_encoded_credentials_in_the_header(emulator: Emulator) -> None:
    """A secret with a plus is refused as it is, and accepted encoded with the header that says so."""
    key = emulator.key("integration-flow-plus")
    bare = f"{key['clientid']}:{key['clientsecret']}"
    encoded = f"{quote(key['clientid'], safe='')}:{quote(key['clientsecret'], safe='')}"
    said = ("--header", "X-CF-ENCODED-CREDENTIALS: true")
    refused = _curl(emulator, "--data", GRANT, "--user", bare, key["tokenurl"])
    assert (refused.status, refused.json()["error_description"]) == (401, "Bad credentials")
    assert (
        _client_of(_curl(emulator, "--data", GRANT, "--user", encoded, *said, key["tokenurl"]))
        == (key["clientid"])
    )


@needs_curl
@pytest.mark.parametrize("plan", ["integration-flow", "api"])
def test_client_certificate(emulator: Emulator, tmp_path: Path, plan: str) -> None:
    """Mutual TLS, the client's id in the body (wire-facts 2.2)."""
    key = emulator.key(f"{plan}.certificate")
    files = _client_files(emulator, tmp_path, f"{plan}.certificate")
    named = ("--data-urlencode", f"client_id={key['clientid']}")
    assert _client_of(_curl(emulator, *files, "--data", GRANT, *named, key["tokenurl"])) == key["clientid"]


@needs_curl
def test_client_certificate_of_another_client(emulator: Emulator, tmp_path: Path) -> None:
    """The handshake is good, the client is not."""
    key = emulator.key()
    files = _client_files(emulator, tmp_path, "api.certificate")
    named = ("--data-urlencode", f"client_id={key['clientid']}")
    assert _curl(emulator, *files, "--data", GRANT, *named, key["tokenurl"]).status == 401


@needs_curl
def test_body_above_the_limit_is_refused_before_it_is_sent(emulator: Emulator, tmp_path: Path) -> None:
    """More than 1 MB: the connection lives to tell the status."""
    large = tmp_path / "large"
    large.write_bytes(b"x" * 1_100_000)
    assert _curl(emulator, "--data-binary", f"@{large}", emulator.key()["tokenurl"]).status == 413


@needs_openssl
def test_openssl_shows_and_verifies_the_chain(emulator: Emulator, tmp_path: Path) -> None:
    """The server's certificate under its CA; only the token plane asks the client for one."""
    files = _client_files(emulator, tmp_path, "integration-flow.certificate")
    token = _s_client(emulator, emulator.token_plane, "-cert", files[1], "-key", files[3])
    assert " 0 s:O = Local tenant, OU = pytest-iflow, CN = localhost" in token
    assert "   i:O = Local tenant, OU = pytest-iflow\n" in token
    assert "Verify return code: 0 (ok)" in token
    assert "Requested Signature Algorithms" in token
    runtime = _s_client(emulator, emulator.runtime)
    assert "Verify return code: 0 (ok)" in runtime
    assert "Requested Signature Algorithms" not in runtime


def _s_client(emulator: Emulator, plane: str, *options: str) -> str:
    address = plane.removeprefix("https://")
    command = [str(OPENSSL), "s_client", "-connect", address, "-CAfile", str(emulator.ca), "-showcerts"]
    done = subprocess.run(  # noqa: S603 - openssl, with arguments of this test
        [*command, *options], input="", capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    # Older and newer versions write the names of certificates with and without blanks.
    return re.sub(r"\b(O|OU|CN)=", r"\1 = ", done.stdout)
