"""The authorities of the landscape."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pytest_iflow.emulator.certificate_authority import CertificateAuthority, certificate_pem


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


@pytest.fixture
def authority() -> CertificateAuthority:
    """An authority that has signed nothing yet."""
    return CertificateAuthority.create(_name("authority"))


def test_authority_has_no_room_for_another_below_it(authority: CertificateAuthority) -> None:
    """Its certificate is one of a CA, signed by itself, with a path length of zero."""
    certificate = x509.load_pem_x509_certificate(authority.pem.encode())
    certificate.verify_directly_issued_by(certificate)
    limits = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (limits.critical, limits.value.ca, limits.value.path_length) == (True, True, 0)


def test_issued_certificate_is_good_for_its_purpose_alone(authority: CertificateAuthority) -> None:
    """It is no CA, is valid now, and has no alternative names unless they were given."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    issued = authority.issue(_name("subject"), key, ExtendedKeyUsageOID.CLIENT_AUTH)
    issued.verify_directly_issued_by(authority.certificate)
    extensions = issued.extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    purposes = list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert purposes == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert issued.not_valid_before_utc < datetime.now(UTC) < issued.not_valid_after_utc
    with pytest.raises(x509.ExtensionNotFound):
        extensions.get_extension_for_class(x509.SubjectAlternativeName)


def test_pem_can_be_read_back(authority: CertificateAuthority) -> None:
    """Text and object stand for the same certificate."""
    assert x509.load_pem_x509_certificate(certificate_pem(authority.certificate).encode()) == (
        authority.certificate
    )


def test_representation_holds_no_private_key(authority: CertificateAuthority) -> None:
    """Printing an authority does not give its key away."""
    assert "PrivateKey" not in repr(authority)
