"""Who gets a token, and for which scopes."""

from __future__ import annotations

from dataclasses import replace

from pytest_iflow.emulator.instances import ServiceInstance
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.token_service.refusals import (
    MISSING_GRANT_TYPE,
    UNAUTHORIZED_GRANT_TYPE,
    UNSUPPORTED_GRANT_TYPE,
    Refusal,
    bad_certificate,
    bad_credentials,
    invalid_scope,
)
from pytest_iflow.emulator.token_service.token_request import TokenRequest

GRANT_TYPE = "client_credentials"
# Known to the service, but no client of the table may use them (wire-facts 2.3).
OTHER_GRANT_TYPES = frozenset(
    {
        "authorization_code",
        "password",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
    }
)


def grant(landscape: Landscape, asked: TokenRequest) -> ServiceInstance | Refusal:
    """Decide on a request: the instance with the scopes that the token is for, or the refusal.

    As in the landscape the client is looked at first, then the grant type, then the scopes.
    """
    instance = _authenticated(landscape, asked)
    if isinstance(instance, Refusal):
        return instance
    grant_type = asked.parameters.get("grant_type")
    if not grant_type:
        return MISSING_GRANT_TYPE
    if grant_type in OTHER_GRANT_TYPES:
        return UNAUTHORIZED_GRANT_TYPE
    if grant_type != GRANT_TYPE:
        return UNSUPPORTED_GRANT_TYPE
    return _narrowed(instance, asked.parameters.get("scope", "").split())


def _authenticated(landscape: Landscape, asked: TokenRequest) -> ServiceInstance | Refusal:
    """Find out who asks: a secret, where one is sent, decides alone; else the certificate does."""
    if asked.credentials or asked.basic or asked.certificate is None:
        instance = asked.credentials.instance(landscape) if asked.credentials else None
        return instance or bad_credentials(landscape.profile)
    claimed = landscape.instance(asked.client_id or "")
    if claimed is None or not claimed.accepts_certificate(asked.certificate):
        return bad_certificate(landscape.profile)
    return claimed


def _narrowed(instance: ServiceInstance, wanted: list[str]) -> ServiceInstance | Refusal:
    """Restrict the scopes to those asked for; without any wish they are all granted."""
    for scope in wanted:
        if scope not in instance.scopes:
            return invalid_scope(scope)
    granted = tuple(scope for scope in instance.scopes if scope in wanted)
    return replace(instance, scopes=granted) if wanted else instance
