"""A certification authority of the tests, and what it signs: good certificates and wrong ones."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its private key, both PEM."""

    chain: str
    private_key: str


class Authority:
    """Signs certificates for any name and any time; ``pem`` is its own certificate, good until tomorrow.

    ``lacks`` is what RFC 5280 demands and the authorities of many companies have not: the identifier of the
    authority's key in what it signs ("key identifier"), or constraints in its own certificate that are
    critical ("critical constraints").
    """

    def __init__(self, lacks: Literal["key identifier", "critical constraints", ""] = "") -> None:
        self._lacks = lacks
        made = trustme.CA(path_length=0, organization_name="Authority of the tests")
        # trustme's own authorities are good until the year 3000.
        until, lax = datetime.now(UTC) + DAY, lacks == "critical constraints"
        pem = _signed_again(made.cert_pem.bytes(), made, until=until, lacks=lacks if lax else "")
        self._authority = trustme.CA.from_pem(pem, made.private_key_pem.bytes())
        self.pem = _text(self._authority.cert_pem)

    def certificate(
        self,
        *names: str,
        expired: bool = False,
        early: bool = False,
        only_servers: bool = False,
        password: str | None = None,
    ) -> Certificate:
        """Sign a certificate for host names and addresses; ``password`` encrypts the private key.

        It is good from yesterday to tomorrow unless it has ``expired`` or is too ``early``.
        """
        leaf = self._leaf(*names, expired=expired, early=early)
        chain, private_key = _text(leaf.cert_chain_pems[0]), _text(leaf.private_key_pem)
        if only_servers:
            chain = _for_servers_only(leaf.cert_chain_pems[0].bytes(), self._authority)
        if password:
            private_key = _encrypted(private_key, password)
        return Certificate(chain, private_key)

    def server_context(
        self,
        *names: str,
        expired: bool = False,
        early: bool = False,
        demand_client_certificate: bool = False,
    ) -> ssl.SSLContext:
        """Build the TLS context of a server that is called ``names``."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf = self._leaf(*names, expired=expired, early=early)
        if self._lacks == "key identifier":
            pem = _signed_again(leaf.cert_chain_pems[0].bytes(), self._authority, lacks=self._lacks)
            with trustme.Blob(leaf.private_key_pem.bytes() + pem).tempfile() as file:
                context.load_cert_chain(file)
        else:
            leaf.configure_cert(context)
        if demand_client_certificate:
            self._authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _leaf(self, *names: str, expired: bool, early: bool) -> trustme.LeafCert:
        until = datetime.now(UTC) + (-DAY if expired else 3 * DAY if early else DAY)
        return self._authority.issue_cert(
            *names, common_name=names[0], not_before=until - 2 * DAY, not_after=until
        )


def _for_servers_only(leaf: bytes, authority: trustme.CA) -> str:
    """Sign a certificate again, for servers only: those of trustme are for clients as well."""
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return _signed_again(leaf, authority, purpose=purpose).decode("ascii")


def _signed_again(
    pem: bytes,
    authority: trustme.CA,
    *,
    until: datetime | None = None,
    purpose: x509.ExtendedKeyUsage | None = None,
    lacks: str = "",
) -> bytes:
    """Return a certificate with another time or purpose, or without something, signed by the authority."""
    signed = x509.load_pem_x509_certificate(pem)
    builder = x509.CertificateBuilder(
        signed.issuer,
        signed.subject,
        signed.public_key(),
        signed.serial_number,
        until - 2 * DAY if until else signed.not_valid_before_utc,
        until or signed.not_valid_after_utc,
    )
    for each in signed.extensions:
        if lacks == "key identifier" and isinstance(each.value, x509.AuthorityKeyIdentifier):
            continue
        critical = each.critical and not (lacks and isinstance(each.value, x509.BasicConstraints))
        replaced = purpose if isinstance(each.value, x509.ExtendedKeyUsage) else None
        builder = builder.add_extension(replaced or each.value, critical)
    key = serialization.load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _encrypted(private_key: str, password: str) -> str:
    key = serialization.load_pem_private_key(private_key.encode(), None)
    encryption = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    ).decode("ascii")


def _text(pem: trustme.Blob) -> str:
    return pem.bytes().decode("ascii")
