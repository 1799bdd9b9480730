"""Certificates that OAuth clients authenticate with at the token service (wire-facts 2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pytest_iflow.emulator.certificate_authority import CertificateAuthority, certificate_pem
from pytest_iflow.emulator.rsa_keys import new_rsa_key

# Names have the parts of the documented ones, in their order; what they say is assumed.
_COUNTRY = x509.NameAttribute(NameOID.COUNTRY_NAME, "DE")
_ORGANISATION = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Local Tenant")
_UNIT = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Local Tenant Clients")


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A certificate with the CA above it, and the private key of it."""

    certificate: x509.Certificate
    ca: x509.Certificate
    private_key: rsa.RSAPrivateKey = field(repr=False)

    @property
    def chain(self) -> str:
        """The certificate and its CA's, as PEM."""
        return certificate_pem(self.certificate) + certificate_pem(self.ca)

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

    All its certificates are for one private key, for the time that such a key takes.
    """

    authority: CertificateAuthority
    private_key: rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def create(cls) -> ClientAuthority:
        """Create the authority for one life of the landscape."""
        common_name = x509.NameAttribute(NameOID.COMMON_NAME, "Local Tenant Client CA")
        locality = x509.NameAttribute(NameOID.LOCALITY_NAME, "local")
        name = x509.Name([_COUNTRY, locality, _ORGANISATION, _UNIT, common_name])
        return cls(CertificateAuthority.create(name), new_rsa_key())

    @property
    def pem(self) -> str:
        """The certificate of the authority as PEM."""
        return self.authority.pem

    def issue(self, common_name: str, unit: str) -> ClientCertificate:
        """Sign a certificate; ``common_name`` and ``unit`` tell the client and the subaccount."""
        subject = x509.Name(
            [
                _COUNTRY,
                _ORGANISATION,
                _UNIT,
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
                x509.NameAttribute(NameOID.LOCALITY_NAME, "local-uaa"),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )
        certificate = self.authority.issue(
            subject, self.private_key.public_key(), ExtendedKeyUsageOID.CLIENT_AUTH
        )
        return ClientCertificate(certificate, self.authority.certificate, self.private_key)
