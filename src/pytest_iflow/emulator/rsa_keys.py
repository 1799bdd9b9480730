"""RSA keys of 2048 bits, the length that is on record (wire-facts 2.3), and the one that signs tokens.

To make one takes about as long as the imports of the server. It is done in a library that lets other
threads run, so the process begins the keys first and goes on with its imports meanwhile.
"""

from __future__ import annotations

import base64
import queue
import secrets
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

NEEDED_AT_START = 2  # one for tokens, one for the certificates of clients

_begun: queue.SimpleQueue[Future[rsa.RSAPrivateKey]] = queue.SimpleQueue()
ALGORITHM = "RS256"


def begin_rsa_keys(count: int = NEEDED_AT_START) -> None:
    """Begin keys in threads, for the calls of ``new_rsa_key`` to come."""
    threads = ThreadPoolExecutor(count, thread_name_prefix="rsa-key")
    for _ in range(count):
        _begun.put(threads.submit(_generate))
    threads.shutdown(wait=False)


def new_rsa_key() -> rsa.RSAPrivateKey:
    """Return a key that nobody else gets: one that was begun, when it is done, or one made now."""
    try:
        return _begun.get_nowait().result()
    except queue.Empty:
        return _generate()


def _generate() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


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
