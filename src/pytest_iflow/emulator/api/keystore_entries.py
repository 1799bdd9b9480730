"""Certificates and key pairs of the keystore: read, made, and described as the API does (wire-facts 5.8)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from pytest_iflow.emulator.odata.edm import Value
from pytest_iflow.emulator.odata.model import ODataError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
MILLISECONDS = 1000
LIFETIME = timedelta(days=2 * 365)
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
# Properties of a request for a key pair, in the order of a subject.
SUBJECT = {
    "Country": NameOID.COUNTRY_NAME,
    "State": NameOID.STATE_OR_PROVINCE_NAME,
    "Locality": NameOID.LOCALITY_NAME,
    "Organization": NameOID.ORGANIZATION_NAME,
    "OrganizationUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CommonName": NameOID.COMMON_NAME,
    "Email": NameOID.EMAIL_ADDRESS,
}
RSA_SIZES = (2048, 3072, 4096)
HASHES: Mapping[str, hashes.SHA256 | hashes.SHA384 | hashes.SHA512] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class KeystoreItem:
    """What an alias stands for: a certificate, or a key pair with the chain of its certificate.

    ``chain`` begins with the certificate itself.
    """

    chain: tuple[x509.Certificate, ...]
    private_key: PrivateKey | None = field(default=None, repr=False)

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate, a key pair's own."""
        return self.chain[0]

    @property
    def type(self) -> str:
        """What the API calls it."""
        return "Certificate" if self.private_key is None else "Key Pair"

    def contents(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield what can be exported: entity set, media type, content."""
        der = serialization.Encoding.DER
        yield "CertificateResources", "application/pkix-cert", self.certificate.public_bytes(der)
        key = self.certificate.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            ssh = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
            yield "SSHKeyResources", "text/plain;charset=utf-8", key.public_bytes(*ssh)
        if self.private_key is None:
            return
        chain = pkcs7.serialize_certificates(list(self.chain), der)
        yield "CertificateChainResources", "application/pkcs7-mime", chain
        request = x509.CertificateSigningRequestBuilder(self.certificate.subject)
        signed = request.sign(self.private_key, hashes.SHA256())
        yield "CertificateSigningRequests", "application/pkcs10", signed.public_bytes(der)


def described(certificate: x509.Certificate) -> dict[str, Value]:
    """Describe a certificate in the properties of entries and of chains."""
    key, kind, size, curve = certificate.public_key(), "unknown", None, None
    match key:
        case rsa.RSAPublicKey():
            kind, size = "RSA", key.key_size
        case ec.EllipticCurvePublicKey():
            kind, size, curve = "EC", key.key_size, key.curve.name
        case dsa.DSAPublicKey():
            kind, size = "DSA", key.key_size
    algorithm = certificate.signature_hash_algorithm
    signer = "ECDSA" if "ecdsa" in (certificate.signature_algorithm_oid._name or "").lower() else "RSA"  # noqa: SLF001
    return {
        "KeyType": kind,
        "KeySize": size,
        "ValidNotBefore": _milliseconds(certificate.not_valid_before_utc),
        "ValidNotAfter": _milliseconds(certificate.not_valid_after_utc),
        "SerialNumber": f"0x{certificate.serial_number:X}",
        "SignatureAlgorithm": f"{algorithm.name.upper()}with{signer}" if algorithm else None,
        "EllipticCurve": curve,
        "Validity": None,
        "SubjectDN": _name(certificate.subject),
        "IssuerDN": _name(certificate.issuer),
        "Version": certificate.version.value + 1,
        "FingerprintSha1": certificate.fingerprint(hashes.SHA1()).hex(":").upper(),  # noqa: S303
        "FingerprintSha256": certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        "FingerprintSha512": certificate.fingerprint(hashes.SHA512()).hex(":").upper(),
    }


def read_certificate(content: bytes) -> x509.Certificate:
    """Read a certificate in DER, with or without base64, or in PEM; raises ODataError, 415."""
    try:
        if PEM.search(content):
            return x509.load_pem_x509_certificate(content)
        if not content.startswith(b"\x30"):
            content = base64.b64decode(b"".join(content.split()), validate=True)
        return x509.load_der_x509_certificate(content)
    except (ValueError, binascii.Error) as error:
        text = "The request body is no X.509 certificate in DER."
        raise ODataError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text) from error


def read_key_pair(content: bytes, password: str) -> KeystoreItem:
    """Read a file of PKCS#12; raises ODataError, 415 for another one, 400 for a wrong password."""
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        key, certificate, others = pkcs12.load_key_and_certificates(content, password.encode() or None)
    except ValueError as error:
        if "password" in str(error).lower():
            raise ODataError(HTTPStatus.BAD_REQUEST, "The password of the key pair is wrong.") from error
        text = "The property 'Resource' holds no PKCS#12 file."
        raise ODataError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text) from error
    if certificate is None or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ODataError(HTTPStatus.BAD_REQUEST, "The PKCS#12 file holds no key pair.")
    return KeystoreItem((certificate, *others), key)


def is_trusted(certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> bool:
    """Tell whether a certificate was signed by one of others."""
    return any(_is_signed_by(certificate, each) for each in others)


def _is_signed_by(certificate: x509.Certificate, other: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(other)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def new_key_pair(request: Mapping[str, Any]) -> KeystoreItem:
    """Make a key pair with a certificate that it signed itself; raises ODataError.

    ``request`` has the properties of SAP's KeyPairGenerationRequest. Which sizes are taken is assumed.
    """
    key: PrivateKey
    kind, size = request.get("KeyType") or "RSA", int(request.get("KeySize") or RSA_SIZES[0])
    if kind == "RSA" and size in RSA_SIZES:
        key = rsa.generate_private_key(public_exponent=65537, key_size=size)
    elif kind == "EC":
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        raise ODataError(HTTPStatus.BAD_REQUEST, f"Key type '{kind}' with {size} bits is not supported.")
    algorithm = str(request.get("SignatureAlgorithm") or "SHA256").partition("/")[0].replace("-", "").upper()
    if algorithm not in HASHES:
        raise ODataError(HTTPStatus.BAD_REQUEST, f"Signature algorithm '{algorithm}' is not supported.")
    try:
        subject = x509.Name(
            x509.NameAttribute(oid, str(request[name])) for name, oid in SUBJECT.items() if request.get(name)
        )
    except ValueError as error:
        raise ODataError(HTTPStatus.BAD_REQUEST, f"The subject cannot be used: {error}.") from error
    begin = _moment(request.get("ValidNotBefore"), datetime.now(UTC))
    end = _moment(request.get("ValidNotAfter"), begin + LIFETIME)
    if end <= begin:
        raise ODataError(HTTPStatus.BAD_REQUEST, "The validity ends before it begins.")
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .sign(key, HASHES[algorithm])
    )
    return KeystoreItem((certificate,), key)


def _name(name: x509.Name) -> str:
    return ", ".join(each.rfc4514_string() for each in reversed(list(name.rdns)))


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * MILLISECONDS)


def _moment(milliseconds: object, otherwise: datetime) -> datetime:
    return datetime.fromtimestamp(int(str(milliseconds)) / MILLISECONDS, UTC) if milliseconds else otherwise
