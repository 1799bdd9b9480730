"""The certificate of the planes, made by trustme, and those that OAuth clients authenticate with.

Those of clients are made here. trustme writes no country and no locality into a subject, makes no
certificate that is for clients only, and makes a new RSA key for each.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pytest_iflow.emulator.rsa_keys import new_rsa_key
from pytest_iflow.held_files import secret_file

LIFETIME = timedelta(days=365)
# A client whose clock is a little behind must not find a fresh certificate "not yet valid".
CLOCK_SKEW = timedelta(hours=1)
# Names of clients have the parts of the documented ones, in their order; what they say is assumed.
COUNTRY = (NameOID.COUNTRY_NAME, "DE")
ORGANISATION = (NameOID.ORGANIZATION_NAME, "Local Tenant")
UNIT = (NameOID.ORGANIZATIONAL_UNIT_NAME, "Local Tenant Clients")

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """What a TLS server presents, and the CA certificate (PEM) that its clients have to trust."""

    ca: str
    leaf: trustme.LeafCert

    @classmethod
    def issue(cls) -> ServerCertificate:
        """Create a CA and, signed by it, a certificate for ``localhost`` and ``127.0.0.1``."""
        authority = trustme.CA(
            path_length=0, organization_name="Local tenant", organization_unit_name="pytest-iflow"
        )
        now = datetime.now(UTC)
        # trustme's own certificates end in the year 3000, later than some clients accept.
        leaf = authority.issue_cert(
            *("localhost", "127.0.0.1"),
            common_name="localhost",
            not_before=now - CLOCK_SKEW,
            not_after=now + LIFETIME,
            organization_name="Local tenant",
            organization_unit_name="pytest-iflow",
        )
        return cls(authority.cert_pem.bytes().decode("ascii"), leaf)

    def tls_context(self, client_ca: str | None = None) -> ssl.SSLContext:
        """Build the context of a server. The private key is on disk only while OpenSSL reads it.

        With ``client_ca`` (PEM) clients are asked for a certificate. They may do without one; one that
        is of another CA, expired or not meant for clients ends the handshake (wire-facts 6, row 30).
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with secret_file(self.leaf.private_key_and_cert_chain_pem.bytes().decode("ascii")) as name:
            context.load_cert_chain(name)
        if client_ca is not None:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(cadata=client_ca)
        return context


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate of an OAuth client with the CA above it, and its private key (wire-facts 2.2)."""

    certificate: x509.Certificate
    ca: x509.Certificate
    private_key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def chain(self) -> str:
        """The certificate and its CA's, as PEM."""
        return _pem(self.certificate) + _pem(self.ca)

    @property
    def private_pem(self) -> str:
        """The private key as PEM, in the older form that the documented keys have (wire-facts 2.2)."""
        return self.private_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode("ascii")

    @property
    def der(self) -> bytes:
        """The certificate as it comes over a TLS connection."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def details(self) -> dict[str, str]:
        """Describe the certificate as ``certificatedetails`` of a key does (wire-facts 2.2)."""
        until = self.certificate.not_valid_after_utc.isoformat(timespec="milliseconds")
        return {
            "issuerdn": self.certificate.issuer.rfc4514_string(),
            "subjectdn": self.certificate.subject.rfc4514_string(),
            "validuntil": until.replace("+00:00", "Z"),
            "serialnumber": f"0x{self.certificate.serial_number:X}",
        }


@dataclass(frozen=True, slots=True)
class ClientAuthority:
    """The authority that signs client certificates only; no server of the landscape is of it.

    All its certificates are for one private key, because such a key takes long to make.
    """

    certificate: x509.Certificate
    authority_key: ec.EllipticCurvePrivateKey = field(repr=False)
    client_key: rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def create(cls) -> ClientAuthority:
        """Create the authority for one life of the landscape."""
        locality = (NameOID.LOCALITY_NAME, "local")
        name = _name(COUNTRY, locality, ORGANISATION, UNIT, (NameOID.COMMON_NAME, "Local Tenant Client CA"))
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(
            key_cert_sign=True,
            crl_sign=True,
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        certificate = (
            _builder(name, name, key.public_key(), key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key, new_rsa_key())

    @property
    def pem(self) -> str:
        """The certificate of the authority as PEM."""
        return _pem(self.certificate)

    def issue(self, common_name: str, unit: str) -> ClientCertificate:
        """Sign a certificate; ``common_name`` and ``unit`` tell the client and the subaccount."""
        subject = _name(
            *(COUNTRY, ORGANISATION, UNIT),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            (NameOID.LOCALITY_NAME, "local-uaa"),
            (NameOID.COMMON_NAME, common_name),
        )
        signer = self.authority_key.public_key()
        certificate = (
            _builder(subject, self.certificate.subject, self.client_key.public_key(), signer)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(self.authority_key, hashes.SHA256())
        )
        return ClientCertificate(certificate, self.certificate, self.client_key)


def _name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, issuer_key: PublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")
