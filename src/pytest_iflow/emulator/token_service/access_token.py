"""Access tokens: their claims, their signature, and the answer that hands one over."""

from __future__ import annotations

import hashlib
import uuid

import jwt

from pytest_iflow.emulator.instances import ServiceInstance
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.signing_key import ALGORITHM


def audiences(scopes: tuple[str, ...], client_id: str) -> list[str]:
    """Derive ``aud``: each scope without its last segment, then the client (wire-facts 3.2)."""
    derived = [scope.rpartition(".")[0] for scope in scopes]
    return list(dict.fromkeys([*derived, client_id]))


def claims(landscape: Landscape, instance: ServiceInstance, issued_at: int) -> dict[str, object]:
    """Return the claims of a client-credentials token, in the order of wire-facts 3.2."""
    client_id = instance.client_id
    return {
        "jti": uuid.uuid4().hex,
        "ext_attr": {
            "enhancer": "XSUAA",
            "subaccountid": landscape.subaccount_id,
            "zdn": landscape.subdomain,
            "serviceinstanceid": instance.instance_id,
        },
        "sub": client_id,
        "authorities": list(instance.scopes),
        "scope": list(instance.scopes),
        "client_id": client_id,
        "cid": client_id,
        "azp": client_id,
        "grant_type": "client_credentials",
        "rev_sig": revocation_signature(instance),
        "iat": issued_at,
        "exp": issued_at + validity(landscape, instance),
        "iss": landscape.planes.token_url,
        "zid": landscape.subaccount_id,
        "aud": audiences(instance.scopes, client_id),
    }


def revocation_signature(instance: ServiceInstance) -> str:
    """Return ``rev_sig``: eight hexadecimal digits that change with the credentials (wire-facts 3.2)."""
    secrets = "".join(key.client_secret or "" for key in instance.keys)
    return hashlib.sha256(f"{instance.client_id}{secrets}".encode()).hexdigest()[:8]


def validity(landscape: Landscape, instance: ServiceInstance) -> int:
    """Return for how many seconds a token is good: as the profile says, else as the instance does."""
    of_profile = landscape.profile.token_validity
    return instance.token_validity if of_profile is None else int(of_profile)


def issue(landscape: Landscape, instance: ServiceInstance) -> dict[str, object]:
    """Issue a token now and return the JSON of the answer (wire-facts 3.1).

    ``expires_in`` is in seconds and one less than the token's life, as recorded.
    """
    payload = claims(landscape, instance, int(landscape.now()))
    key = landscape.signing_key
    headers = {"jku": landscape.planes.token_keys_url, "kid": key.kid}
    return {
        "access_token": jwt.encode(payload, key.private, ALGORITHM, headers=headers),
        "token_type": "bearer",
        "expires_in": max(validity(landscape, instance) - 1, 0),
        "scope": " ".join(instance.scopes),
        "jti": payload["jti"],
    }
