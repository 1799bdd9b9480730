"""The certificates from a host up to the CA that is trusted here, and how long each is good."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One certificate: whose it is, and when it ends, in seconds since 1970."""

    name: str
    ends: float


def verified_chain(connection: ssl.SSLSocket) -> list[ChainLink]:
    """Return the chain that the handshake verified: the host's own certificate first, the trusted CA last."""
    return [_link(x509.load_der_x509_certificate(certificate)) for certificate in _encoded(connection)]


def _encoded(connection: Any) -> list[bytes]:
    """The chain in DER; up to Python 3.12 only a private part of ``ssl`` knows it, as PEM."""
    if hasattr(connection, "get_verified_chain"):
        return list(connection.get_verified_chain())
    chain = connection._sslobj.get_verified_chain()  # noqa: SLF001, see above
    return [ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in chain]


def _link(certificate: x509.Certificate) -> ChainLink:
    names = (
        *certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME),
        *certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME),
    )
    name = str(names[0].value) if names else "a certificate without a name"
    return ChainLink(name, certificate.not_valid_after_utc.timestamp())
