"""Service instances of Process Integration Runtime: the OAuth clients of the tenant."""

from __future__ import annotations

import base64
import secrets
import uuid
from dataclasses import dataclass, field

RUNTIME_APPLICATION = "b117912"
API_APPLICATION = "b44075"
HOUR = 3600

# Assumed, but for the audiences: less their last segment, these are the audiences of wire-facts 3.2.
API_SCOPES = (
    "MonitoringDataRead",
    "IntegrationOperationServer.read",
    "GenerationAndBuild.generationandbuildcontent",
    "NodeManager.read",
    "WebToolingWorkspace.Read",
)


@dataclass(frozen=True, slots=True)
class ServiceInstance:
    """One service instance with its only key.

    ``application`` is the name of the plane's own OAuth application, the last part of ``client_id``;
    ``token_validity`` is in seconds (wire-facts 2.3), ``key_file`` the name that the key is written under.
    """

    plan: str
    instance_id: str
    client_id: str
    client_secret: str = field(repr=False)
    application: str
    scopes: tuple[str, ...]
    token_validity: int
    key_file: str


def runtime_application(subdomain: str) -> str:
    """Name of the OAuth application behind the runtime of one tenant (wire-facts 2.1)."""
    return f"it-rt-{subdomain}!{RUNTIME_APPLICATION}"


def api_application() -> str:
    """Name of the OAuth application behind the API, one for all tenants (wire-facts 2.2)."""
    return f"it!{API_APPLICATION}"


def integration_flow_instance(
    subdomain: str, number: int, key_file: str, roles: tuple[str, ...] = ("ESBMessaging.send",)
) -> ServiceInstance:
    """Create an instance of plan ``integration-flow``; its tokens are good for one hour."""
    return _instance(
        "integration-flow",
        runtime_application(subdomain),
        number=number,
        roles=roles,
        token_validity=HOUR,
        key_file=key_file,
    )


def api_instance(number: int, key_file: str) -> ServiceInstance:
    """Create an instance of plan ``api``; its tokens are good for twelve hours."""
    return _instance(
        "api",
        api_application(),
        number=number,
        roles=API_SCOPES,
        token_validity=12 * HOUR,
        key_file=key_file,
    )


def _instance(
    plan: str,
    application: str,
    *,
    number: int,
    roles: tuple[str, ...],
    token_validity: int,
    key_file: str,
) -> ServiceInstance:
    instance_id = str(uuid.uuid4())
    return ServiceInstance(
        plan=plan,
        instance_id=instance_id,
        client_id=f"sb-{instance_id}!b{number}|{application}",
        client_secret=f"{uuid.uuid4()}${base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
        application=application,
        scopes=("uaa.resource", *(f"{application}.{role}" for role in roles)),
        token_validity=token_validity,
        key_file=key_file,
    )
