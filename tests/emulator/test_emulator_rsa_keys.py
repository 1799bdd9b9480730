"""RSA keys, and the one that tokens are signed with."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt import PyJWK

from pytest_iflow.emulator.rsa_keys import SigningKey, begin_rsa_keys, new_rsa_key


def test_every_key_is_another_one() -> None:
    """Keys that were begun are handed out once each; then new ones are made."""
    begin_rsa_keys(2)
    keys = [new_rsa_key() for _ in range(3)]
    assert len({key.private_numbers().d for key in keys}) == 3
    assert {key.key_size for key in keys} == {2048}


def test_published_entry_describes_the_public_key_twice() -> None:
    """Modulus and PEM text stand for the same key of 2048 bits (wire-facts 3.3)."""
    key = SigningKey.generate()
    entry = key.public_entry()
    assert list(entry) == ["kty", "e", "use", "kid", "alg", "value", "n"]
    assert (entry["kty"], entry["e"], entry["use"], entry["alg"]) == ("RSA", "AQAB", "sig", "RS256")
    assert entry["kid"] == key.kid
    assert entry["value"].startswith("-----BEGIN PUBLIC KEY-----\n")
    assert load_pem_public_key(entry["value"].encode()) == key.public == PyJWK(entry).key
    assert key.public.key_size == 2048


def test_key_id_has_the_recorded_form() -> None:
    """It is a word and a number."""
    prefix, _, number = SigningKey.generate().kid.rpartition("-")
    assert prefix == "default-jwt-key"
    assert number.isdigit()
