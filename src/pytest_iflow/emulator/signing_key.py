"""The key that the token service signs with and everybody else verifies with."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pytest_iflow.emulator.rsa_keys import new_rsa_key

ALGORITHM = "RS256"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An RSA key of 2048 bits under its id; ``kid`` has the form that wire-facts 3.3 shows."""

    kid: str
    private: rsa.RSAPrivateKey = field(repr=False)
    public: rsa.RSAPublicKey = field(repr=False)

    @classmethod
    def generate(cls) -> SigningKey:
        """Create a key for one life of the landscape."""
        private = new_rsa_key()
        return cls(f"default-jwt-key-{secrets.randbelow(2**31)}", private, private.public_key())

    def public_entry(self) -> dict[str, str]:
        """Describe the public half as ``/token_keys`` publishes it (wire-facts 3.3)."""
        numbers = self.public.public_numbers()
        pem = self.public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {
            "kty": "RSA",
            "e": _base64url(numbers.e),
            "use": "sig",
            "kid": self.kid,
            "alg": ALGORITHM,
            "value": pem.decode("ascii").strip(),
            "n": _base64url(numbers.n),
        }


def _base64url(number: int) -> str:
    octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
