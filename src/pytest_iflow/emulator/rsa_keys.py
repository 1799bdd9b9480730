"""RSA keys of 2048 bits, the length that is on record (wire-facts 2.3).

Each takes as long as most of a start of this process, in a library that lets other threads run. So the
process begins them first and goes on with its imports meanwhile.
"""

from __future__ import annotations

import queue
from concurrent.futures import Future, ThreadPoolExecutor

from cryptography.hazmat.primitives.asymmetric import rsa

NEEDED_AT_START = 2  # one for tokens, one for the certificates of clients

_begun: queue.SimpleQueue[Future[rsa.RSAPrivateKey]] = queue.SimpleQueue()


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
