"""The certificate of the planes and those of OAuth clients."""

from __future__ import annotations

import re
import socket
import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from pytest_iflow import held_files
from pytest_iflow.emulator.certificates import ClientAuthority, ClientCertificate, ServerCertificate
from tests.emulator.emulator_process import Emulator
from tests.held_files import FOR_EVER, holding
from tests.loopback_authority import Authority


@pytest.fixture(scope="module")
def authority() -> ClientAuthority:
    """An authority of clients."""
    return ClientAuthority.create()


@pytest.fixture(scope="module")
def certificate(authority: ClientAuthority) -> ClientCertificate:
    """A certificate of a client called "client" in a subaccount called "account"."""
    return authority.issue("client", "account")


def test_server_certificate_is_signed_by_the_ca_and_names_loopback() -> None:
    """The server's certificate names localhost and 127.0.0.1 and is directly issued by the CA."""
    certificate = ServerCertificate.issue()
    ca = x509.load_pem_x509_certificate(certificate.ca.encode())
    server = x509.load_pem_x509_certificate(certificate.leaf.cert_chain_pems[0].bytes())
    server.verify_directly_issued_by(ca)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert isinstance(server.public_key(), ec.EllipticCurvePublicKey)
    assert server.not_valid_before_utc < datetime.now(UTC) < server.not_valid_after_utc
    # Some clients accept no server for longer than that.
    assert (server.not_valid_after_utc - server.not_valid_before_utc).days < 398


def test_no_authority_has_room_for_another_below_it(authority: ClientAuthority) -> None:
    """The certificate of each is one of a CA, signed by itself, with a path length of zero."""
    for pem in (ServerCertificate.issue().ca, authority.pem):
        ca = x509.load_pem_x509_certificate(pem.encode())
        ca.verify_directly_issued_by(ca)
        limits = ca.extensions.get_extension_for_class(x509.BasicConstraints)
        assert (limits.critical, limits.value.ca, limits.value.path_length) == (True, True, 0)


def test_tls_context_leaves_no_private_key_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that OpenSSL reads the key from is gone when the context is made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    context = ServerCertificate.issue().tls_context()
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert list(tmp_path.iterdir()) == []


def test_a_private_key_does_not_stay_in_a_file_that_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program keeps it from being removed: the context is made, and the file is empty."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(held_files, "PATIENCE", 0.1)
    with holding(monkeypatch, ("unlink", ".pem", FOR_EVER)):
        ServerCertificate.issue().tls_context()
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b""]


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


def test_certificate_not_meant_for_clients_ends_the_handshake(tmp_path: Path) -> None:
    """Without the purpose of client authentication it is worth nothing (wire-facts 6, row 30)."""
    trusted = Authority()
    shown = trusted.certificate("client", only_servers=True)
    file = tmp_path / "client.pem"
    file.write_text(shown.chain + shown.private_key, encoding="ascii")
    server = ServerCertificate.issue()
    client = ssl.create_default_context(cadata=server.ca)
    client.load_cert_chain(file)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.tls_context(trusted.pem).wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    for side in (theirs, ours):
        with pytest.raises(ssl.SSLWantReadError):
            side.do_handshake()
    theirs.do_handshake()
    with pytest.raises(ssl.SSLCertVerificationError, match="purpose"):
        ours.do_handshake()


def test_chain_leads_from_the_client_to_its_ca(
    authority: ClientAuthority, certificate: ClientCertificate
) -> None:
    """Two certificates, the second one signed the first."""
    own, ca = x509.load_pem_x509_certificates(certificate.chain.encode())
    own.verify_directly_issued_by(ca)
    assert own == x509.load_der_x509_certificate(certificate.der)
    assert ca == x509.load_pem_x509_certificate(authority.pem.encode())


def test_client_certificate_is_for_clients_alone(certificate: ClientCertificate) -> None:
    """It is no CA, is valid now, and has no alternative names."""
    own = certificate.certificate
    extensions = own.extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    purposes = list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert purposes == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert own.not_valid_before_utc < datetime.now(UTC) < own.not_valid_after_utc
    with pytest.raises(x509.ExtensionNotFound):
        extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_private_key_has_the_documented_form_and_length(certificate: ClientCertificate) -> None:
    """The older PEM heading, 2048 bits, and it fits the certificate (wire-facts 2.2, 2.3)."""
    assert certificate.private_pem.startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    key = load_pem_private_key(certificate.private_pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.key_size == 2048
    assert key.public_key() == certificate.certificate.public_key()


def test_details_have_the_documented_form(certificate: ClientCertificate) -> None:
    """Names from the narrowest part to the country, time to the millisecond, number in hexadecimal."""
    details = certificate.details()
    assert list(details) == ["issuerdn", "subjectdn", "validuntil", "serialnumber"]
    assert details["issuerdn"] == (
        "CN=Local Tenant Client CA,OU=Local Tenant Clients,O=Local Tenant,L=local,C=DE"
    )
    assert details["subjectdn"] == (
        "CN=client,L=local-uaa,OU=account,OU=Local Tenant Clients,O=Local Tenant,C=DE"
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", details["validuntil"])
    assert int(details["serialnumber"], 16) == certificate.certificate.serial_number
    assert re.fullmatch(r"0x[0-9A-F]+", details["serialnumber"])


def test_representation_holds_no_private_key(
    authority: ClientAuthority, certificate: ClientCertificate
) -> None:
    """Printing a certificate or an authority does not give its key away."""
    for each in (ServerCertificate.issue(), authority, certificate):
        assert "PrivateKey" not in repr(each)
        assert "PRIVATE KEY" not in repr(each)
