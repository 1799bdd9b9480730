"""The keystore: certificates, key pairs and chains."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12
from cryptography.x509.oid import NameOID

from tests.emulator.api.api_tenant import ApiTenant

DER = serialization.Encoding.DER
SAP = "sap_cloudintegrationcertificate"
TRUSTED = "fingerprintVerified=true&returnKeystoreEntries=false&update=false"


def _hex(alias: str) -> str:
    return alias.encode().hex().upper()


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


class Authority:
    """Signs certificates; ``certificate`` is its own."""

    def __init__(self, common_name: str) -> None:
        self.name = _name(common_name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.signed(self.name, self.key)

    def signed(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        """Return a certificate."""
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + timedelta(days=1))
            .sign(self.key, hashes.SHA256())
        )


def _put(tenant: ApiTenant, alias: str, body: bytes, query: str = TRUSTED) -> tuple[int, str | None]:
    """Import a certificate; returns status and the text of an error."""
    headers = {"Content-Type": "application/pkix-cert"}
    answer = tenant.change(
        "PUT", f"CertificateResources('{_hex(alias)}')/$value", body, query=query, headers=headers
    )
    return answer.status, answer.json()["error"]["message"]["value"] if answer.status >= 400 else ""


def _post(tenant: ApiTenant, resource: str, query: str, **entity: Any) -> tuple[int, str]:
    answer = tenant.change("POST", resource, json.dumps(entity).encode(), query=query)
    return answer.status, answer.json()["error"]["message"]["value"] if answer.status >= 400 else ""


def _aliases(tenant: ApiTenant, query: str = "") -> list[str]:
    found = tenant.ask("KeystoreEntries", query).json()["d"]["results"]
    return sorted(each["Alias"] for each in found)


def test_sap_brings_a_key_pair_of_its_own(own: ApiTenant) -> None:
    """It is described by its certificate, and nobody else changes it."""
    entry = own.ask(f"KeystoreEntries('{_hex(SAP)}')").json()["d"]
    exported = own.ask(f"KeystoreEntries('{_hex(SAP)}')/Certificate/$value", accept="*/*")
    certificate = x509.load_der_x509_certificate(exported.body)
    assert exported.headers["content-type"] == "application/pkix-cert"
    assert (entry["Type"], entry["Owner"], entry["KeyType"], entry["KeySize"]) == (
        "Key Pair",
        "SAP",
        "RSA",
        2048,
    )
    assert entry["FingerprintSha256"] == certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    assert (entry["SerialNumber"], entry["SignatureAlgorithm"]) == (
        f"0x{certificate.serial_number:X}",
        "SHA256withRSA",
    )
    assert entry["SubjectDN"] == "CN=local-tenant, O=SAP"
    assert own.change("DELETE", f"KeystoreEntries('{_hex(SAP)}')").status == 403
    ssh = own.ask(f"KeystoreEntries('{_hex(SAP)}')/Sshkey/$value", accept="*/*").body
    assert ssh.startswith(b"ssh-rsa ")
    request = own.ask(f"KeystoreEntries('{_hex(SAP)}')/SigningRequest/$value", accept="*/*").body
    assert x509.load_der_x509_csr(request).is_signature_valid


def test_certificate_is_imported_renamed_and_deleted(own: ApiTenant) -> None:
    """Trusted once its issuer is in the keystore, or its fingerprint was checked."""
    root = Authority("root")
    content = root.certificate.public_bytes(DER)
    unchecked = TRUSTED.replace("fingerprintVerified=true", "fingerprintVerified=false")
    assert _put(own, "root", content, unchecked)[0] == 409
    assert _put(own, "root", content) == (204, "")
    leaf = root.signed(_name("leaf"), ec.generate_private_key(ec.SECP256R1()))
    assert _put(own, "leaf", leaf.public_bytes(serialization.Encoding.PEM), unchecked) == (204, "")
    assert _put(own, "leaf", leaf.public_bytes(DER)) == (
        400,
        'Keystore entry with alias "leaf" already exists',
    )
    assert _put(own, "leaf", leaf.public_bytes(DER), TRUSTED.replace("update=false", "update=true")) == (
        204,
        "",
    )
    entry = own.ask(f"KeystoreEntries('{_hex('leaf')}')").json()["d"]
    assert (entry["Type"], entry["EllipticCurve"], entry["IssuerDN"]) == (
        "Certificate",
        "secp256r1",
        "CN=root, C=DE",
    )
    assert entry["CreatedBy"] == "local-tenant"
    renamed = own.change(
        "PUT",
        f"KeystoreEntries('{_hex('leaf')}')",
        b'{"Status":null}',
        query="renameAlias=new%20leaf&returnHexAlias=true",
    )
    assert (renamed.status, renamed.body.decode()) == (200, f"[{_hex('new leaf')}]")
    assert _aliases(own) == ["new leaf", "root", SAP]
    assert own.change("DELETE", f"KeystoreEntries('{_hex('new leaf')}')").status == 204
    gone = own.change("DELETE", f"KeystoreEntries('{_hex('new leaf')}')")
    assert (gone.status, gone.json()["error"]["message"]["value"]) == (
        404,
        "Alias 'new leaf' not found in the keystore",
    )
    left = own.change("DELETE", f"KeystoreEntries('{_hex('root')}')", query="returnKeystoreEntries=true")
    assert [each["Alias"] for each in left.json()["d"]["results"]] == [SAP]


def test_key_pair_is_made_and_its_keystore_counts(own: ApiTenant) -> None:
    """204, or 200 with all entries."""
    subject = {"CommonName": "shop", "Organization": "Acme", "Country": "DE", "KeySize": 2048}
    times = {"ValidNotBefore": "/Date(1700000000000)/", "ValidNotAfter": "/Date(1900000000000)/"}
    made = _post(own, "KeyPairGenerationRequests", "", Alias="shop", KeyType="RSA", **subject, **times)
    assert made == (204, "")
    entry = own.ask(f"KeystoreEntries('{_hex('shop')}')").json()["d"]
    assert (entry["SubjectDN"], entry["ValidNotAfter"]) == ("CN=shop, O=Acme, C=DE", "/Date(1900000000000)/")
    body = json.dumps({"Alias": "curve", "KeyType": "EC", "CommonName": "x"}).encode()
    listed = own.change("POST", "KeyPairGenerationRequests", body, query="returnKeystoreEntries=true")
    assert (listed.status, len(listed.json()["d"]["results"])) == (200, 3)
    assert own.ask("Keystores('system')/Size/$value", accept="*/*").body == b"3"
    keystore = own.ask("Keystores('system')", "$expand=Entries").json()["d"]
    assert (keystore["Name"], keystore["Size"], len(keystore["Entries"]["results"])) == ("system", 3, 3)


def test_key_pair_with_its_chain_is_imported(own: ApiTenant) -> None:
    """From a file of PKCS#12; its chain is listed, and exported as PKCS#7."""
    root, key = Authority("root"), ec.generate_private_key(ec.SECP256R1())
    leaf = root.signed(_name("leaf"), key)
    encryption = serialization.BestAvailableEncryption(b"pass")
    file = pkcs12.serialize_key_and_certificates(b"leaf", key, leaf, [root.certificate], encryption)
    import base64

    sent = {"Hexalias": "00", "Alias": "pair", "Resource": base64.b64encode(file).decode()}
    assert _post(own, "KeyPairResources", TRUSTED, **sent, Password="wrong")[0] == 400
    assert _post(own, "KeyPairResources", TRUSTED, **sent | {"Resource": "AAAA"}, Password="pass")[0] == 415
    assert _post(own, "KeyPairResources", TRUSTED, **sent, Password="pass") == (204, "")
    links: Sequence[dict[str, Any]] = own.ask(f"KeystoreEntries('{_hex('pair')}')/ChainCertificates").json()[
        "d"
    ]["results"]
    assert [(each["Index"], each["SubjectDN"]) for each in links] == [
        (0, "CN=leaf, C=DE"),
        (1, "CN=root, C=DE"),
    ]
    exported = own.ask(f"KeystoreEntries('{_hex('pair')}')/ChainResource/$value", accept="*/*").body
    assert set(pkcs7.load_der_pkcs7_certificates(exported)) == {leaf, root.certificate}
    assert own.ask(f"KeystoreEntries('{_hex('pair')}')", "$expand=Certificate").status == 501


@pytest.mark.parametrize(
    ("alias", "body", "status"),
    [
        ("sap_mine", b"", 403),
        ("hcicertificate", b"", 403),
        ("x", b"no certificate", 415),
        ("x", b"0" * 11_000, 413),
    ],
)
def test_what_cannot_be_imported_is_refused(own: ApiTenant, alias: str, body: bytes, status: int) -> None:
    """Aliases of SAP, and what is no certificate or too large."""
    assert _put(own, alias, body)[0] == status


@pytest.mark.parametrize(
    "entity",
    [
        {"Alias": "x"},
        {"CommonName": "x"},
        {"Alias": "x", "CommonName": "x", "KeyType": "RSA", "KeySize": 512},
        {"Alias": "x", "CommonName": "x", "SignatureAlgorithm": "MD5/RSA"},
        {"Alias": "x", "CommonName": "x", "Country": "Germany"},
        {"Alias": "x", "CommonName": "x", "ValidNotAfter": "/Date(1)/"},
    ],
)
def test_key_pairs_that_cannot_be_made_are_refused(own: ApiTenant, entity: dict[str, Any]) -> None:
    """Alias and common name are needed; what is no subject, key or time of validity is a 400."""
    assert _post(own, "KeyPairGenerationRequests", "", **entity)[0] == 400


def test_other_keystores_are_empty(own: ApiTenant) -> None:
    """Backup, renewal and history; a name that there is not is refused in SAP's words."""
    assert _aliases(own, "keystoreName=KeyRenewal") == []
    assert own.ask(f"KeystoreEntries('{_hex(SAP)}')", "keystoreName=backup_admin_system").status == 404
    assert own.ask("HistoryKeystoreEntries").json()["d"]["results"] == []
    refused = own.ask("Keystores('mine')/Size/$value")
    assert (refused.status, refused.json()["error"]["message"]["value"]) == (
        400,
        "Keystore name 'mine' is invalid.",
    )
    odd = own.change("DELETE", "KeystoreEntries('ABC')")
    assert (odd.status, odd.json()["error"]["message"]["value"]) == (
        500,
        "hexBinary needs to be even-length: ABC",
    )
    assert own.change("POST", "KeystoreResources", b"{}").status == 501
    assert own.change("DELETE", "KeystoreEntries('00')", key_file="api-read-only.json").status == 403
