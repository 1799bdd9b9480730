"""The CA made at start, and the certificate that it signed."""

from __future__ import annotations

import socket
import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from pytest_iflow.emulator.certificates import ServerCertificate
from tests.emulator.emulator_process import Emulator


def test_server_certificate_is_signed_by_the_ca_and_names_loopback() -> None:
    """The server's certificate names localhost and 127.0.0.1 and is directly issued by the CA."""
    certificate = ServerCertificate.issue()
    ca = x509.load_pem_x509_certificate(certificate.ca.encode())
    server = x509.load_pem_x509_certificate(certificate.chain.encode())
    server.verify_directly_issued_by(ca)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert isinstance(server.public_key(), ec.EllipticCurvePublicKey)
    assert server.not_valid_before_utc < datetime.now(UTC) < server.not_valid_after_utc


def test_ca_may_sign_servers_but_no_other_ca() -> None:
    """The CA's certificate is one of a CA, with no room for another below it."""
    ca = x509.load_pem_x509_certificate(ServerCertificate.issue().ca.encode())
    limits = ca.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (limits.critical, limits.value.ca, limits.value.path_length) == (True, True, 0)


def test_tls_context_leaves_no_private_key_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that OpenSSL reads the key from is gone when the context is made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    context = ServerCertificate.issue().tls_context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert list(tmp_path.iterdir()) == []


def test_no_secret_key_in_the_representation() -> None:
    """Printing the object does not print the private key."""
    certificate = ServerCertificate.issue()
    assert "PRIVATE" not in repr(certificate)
    assert "PRIVATE" in certificate.private_key


def test_a_client_that_does_not_trust_the_ca_is_not_served(emulator: Emulator) -> None:
    """Without ca.pem the TLS handshake fails."""
    with requests.Session() as session:
        session.trust_env = False
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"{emulator.token_plane}/token_keys", timeout=10)


def test_a_strict_client_trusts_the_ca(emulator: Emulator) -> None:
    """Also the strict rules of RFC 5280, on by default in newer Pythons, accept the chain."""
    context = ssl.create_default_context(cafile=str(emulator.ca))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    host, port = emulator.runtime.removeprefix("https://").split(":")
    with (
        socket.create_connection((host, int(port))) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.version() == "TLSv1.3"
