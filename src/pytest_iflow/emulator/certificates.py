"""What the planes prove themselves with: a certificate, its CA, and the TLS context made of them."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pytest_iflow.emulator.certificate_authority import CertificateAuthority, certificate_pem


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """What a TLS server presents, and the CA certificate that its clients have to trust (all PEM)."""

    ca: str
    chain: str
    private_key: str = field(repr=False)

    @classmethod
    def issue(cls) -> ServerCertificate:
        """Create a CA and, signed by it, a certificate for ``localhost`` and ``127.0.0.1``."""
        authority = CertificateAuthority.create(_name("Local tenant CA"))
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
        server = authority.issue(_name("localhost"), key.public_key(), ExtendedKeyUsageOID.SERVER_AUTH, names)
        return cls(ca=authority.pem, chain=certificate_pem(server), private_key=_private_pem(key))

    def tls_context(self, client_ca: str | None = None) -> ssl.SSLContext:
        """Build the context of a server. The private key is on disk only while OpenSSL reads it.

        With ``client_ca`` (PEM) clients are asked for a certificate. They may do without one; one that
        is of another CA, expired or not meant for clients ends the handshake (wire-facts 6, row 30).
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with tempfile.TemporaryDirectory(prefix="iflow-tls-") as folder:
            # The folder is open to its owner only, and so is what lies in it.
            path = Path(folder, "server.pem")
            path.touch(mode=0o600)
            path.write_text(self.private_key + self.chain, encoding="ascii")
            context.load_cert_chain(path)
        if client_ca is not None:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(cadata=client_ca)
        return context


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")
