"""Certificates of OAuth clients."""

from __future__ import annotations

import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pytest_iflow.emulator.client_certificate import ClientAuthority, ClientCertificate


@pytest.fixture(scope="module")
def certificate() -> ClientCertificate:
    """A certificate of a client called "client" in a subaccount called "account"."""
    return ClientAuthority.create().issue("client", "account")


def test_chain_leads_from_the_client_to_its_ca(certificate: ClientCertificate) -> None:
    """Two certificates, the second one signed the first."""
    own, ca = x509.load_pem_x509_certificates(certificate.chain.encode())
    own.verify_directly_issued_by(ca)
    assert own == x509.load_der_x509_certificate(certificate.der)


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


def test_representation_holds_no_private_key(certificate: ClientCertificate) -> None:
    """Printing a certificate does not give its key away."""
    assert "PrivateKey" not in repr(certificate)
