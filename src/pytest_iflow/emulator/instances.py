"""Service instances of Process Integration Runtime: the OAuth clients of the tenant, with their keys."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Literal

from pytest_iflow.emulator.client_certificate import ClientCertificate

RUNTIME_APPLICATION = "b117912"
API_APPLICATION = "b44075"

Plan = Literal["integration-flow", "api"]


@dataclass(frozen=True, slots=True)
class InstanceKey:
    """A key of a service instance: a secret or a certificate of its own (wire-facts 2.5).

    ``file`` is the name that it is written under. The credentials of a ``revoked`` key were good once.
    """

    file: str
    client_secret: str | None = field(default=None, repr=False)
    certificate: ClientCertificate | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class ServiceInstance:
    """One service instance: one client id, and as many keys as were created for it.

    ``application`` is the name of the plane's own OAuth application, the last part of ``client_id``;
    ``token_validity`` is in seconds (wire-facts 2.3).
    """

    plan: Plan
    instance_id: str
    client_id: str
    application: str
    scopes: tuple[str, ...]
    token_validity: int
    keys: tuple[InstanceKey, ...]

    def accepts_secret(self, secret: str) -> bool:
        """Tell whether a key that is in force has this secret."""
        return any(
            hmac.compare_digest(key.client_secret.encode(), secret.encode())
            for key in self.keys
            if key.client_secret is not None and not key.revoked
        )

    def accepts_certificate(self, der: bytes) -> bool:
        """Tell whether a key that is in force has this very certificate (DER)."""
        return any(
            key.certificate.der == der for key in self.keys if key.certificate is not None and not key.revoked
        )


def runtime_application(subdomain: str) -> str:
    """Name of the OAuth application behind the runtime of one tenant (wire-facts 2.1)."""
    return f"it-rt-{subdomain}!{RUNTIME_APPLICATION}"


def api_application() -> str:
    """Name of the OAuth application behind the API, one for all tenants (wire-facts 2.2)."""
    return f"it!{API_APPLICATION}"
