"""Who a request says that it comes from. Nothing is verified: this is for counting only."""

from __future__ import annotations

import base64
import binascii
import json
from functools import lru_cache

from pytest_iflow.emulator.counters import UNKNOWN_CLIENT
from pytest_iflow.emulator.credentials import Credentials


@lru_cache(maxsize=256)
def claimed_client(authorization: str) -> str:
    """Return the client id in an ``Authorization`` header: Basic, or the ``cid`` of a token."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return _cid(token.strip())
    credentials = Credentials.from_basic(authorization)
    return credentials.client_id if credentials else UNKNOWN_CLIENT


def _cid(token: str) -> str:
    _, _, rest = token.partition(".")
    payload = rest.partition(".")[0]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return UNKNOWN_CLIENT
    return str(claims.get("cid", UNKNOWN_CLIENT)) if isinstance(claims, dict) else UNKNOWN_CLIENT
