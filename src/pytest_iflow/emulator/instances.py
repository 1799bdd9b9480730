"""Service instances of Process Integration Runtime: the OAuth clients of the tenant, with their keys."""

from __future__ import annotations

import base64
import hmac
import secrets
import uuid
from dataclasses import dataclass, field
from typing import Literal

from pytest_iflow.emulator.certificates import ClientAuthority, ClientCertificate

RUNTIME_APPLICATION = "b117912"
API_APPLICATION = "b44075"

Plan = Literal["integration-flow", "api"]
# Seconds that tokens are valid for by default (wire-facts 2.3).
TOKEN_VALIDITY: dict[Plan, int] = {"integration-flow": 3600, "api": 43_200}
SEND = "ESBMessaging.send"
READ = ("MonitoringDataRead", "WorkspacePackagesRead")
# Without their last segment these are the audiences of wire-facts 3.2; the roles without a dot are those of
# wire-facts 5.4. It is assumed that scopes are called like roles; so is the last segment of the others.
EVERY_API_ROLE = (
    *READ,
    "MessagePayloadsRead",
    "DataStoresAndQueuesRead",
    "DataStorePayloadsRead",
    "DataStoresAndQueuesDelete",
    "CredentialsEdit",
    "SecurityMaterialEdit",
    "MonitoringArtifactsDeploy",
    "AuthGroup_TenantPartnerDirectoryConfigurator",
    "WorkspacePackagesEdit",
    "WorkspacePackagesConfigure",
    "WorkspaceArtifactsDeploy",
    "IntegrationOperationServer.read",
    "GenerationAndBuild.generationandbuildcontent",
    "NodeManager.read",
    "WebToolingWorkspace.Read",
)


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


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key to create: the name of its file, the kind of its credentials, and whether it is revoked.

    A secret ``with-plus`` is refused in a Basic header that does not say how it is encoded
    (wire-facts 6, row 4).
    """

    file: str
    kind: Literal["secret", "secret-with-plus", "certificate"] = "secret"
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """A service instance to create; ``number`` becomes part of its client id."""

    plan: Plan
    number: int
    roles: tuple[str, ...]
    keys: tuple[KeyRow, ...]


INSTANCES = (
    InstanceRow(
        "integration-flow",
        139588,
        (SEND,),
        (
            KeyRow("integration-flow.json"),
            KeyRow("integration-flow-key2.json"),
            KeyRow("integration-flow-plus.json", "secret-with-plus"),
            KeyRow("integration-flow-revoked.json", revoked=True),
            KeyRow("integration-flow.certificate.json", "certificate"),
        ),
    ),
    InstanceRow("integration-flow", 139589, (SEND,), (KeyRow("integration-flow-second.json"),)),
    InstanceRow("integration-flow", 139590, (), (KeyRow("integration-flow-without-role.json"),)),
    InstanceRow(
        "api",
        55028,
        EVERY_API_ROLE,
        (KeyRow("api.json"), KeyRow("api.certificate.json", "certificate")),
    ),
    InstanceRow(
        "integration-flow", 139591, ("ProductReader",), (KeyRow("integration-flow-custom-role.json"),)
    ),
    InstanceRow("api", 55029, READ, (KeyRow("api-read-only.json"),)),
    InstanceRow("api", 55030, READ[:1], (KeyRow("api-monitoring.json"),)),
)


def create_instances(subdomain: str, authority: ClientAuthority) -> tuple[ServiceInstance, ...]:
    """Create every instance of the table with fresh ids, secrets and certificates of ``authority``."""
    return tuple(_create(row, subdomain, authority) for row in INSTANCES)


def _create(row: InstanceRow, subdomain: str, authority: ClientAuthority) -> ServiceInstance:
    instance_id = str(uuid.uuid4())
    application = api_application() if row.plan == "api" else runtime_application(subdomain)
    return ServiceInstance(
        plan=row.plan,
        instance_id=instance_id,
        client_id=f"sb-{instance_id}!b{row.number}|{application}",
        application=application,
        scopes=("uaa.resource", *(f"{application}.{role}" for role in row.roles)),
        token_validity=TOKEN_VALIDITY[row.plan],
        keys=tuple(_create_key(key, instance_id, subdomain, authority) for key in row.keys),
    )


def _create_key(row: KeyRow, instance_id: str, subdomain: str, authority: ClientAuthority) -> InstanceKey:
    if row.kind == "certificate":
        certificate = authority.issue(instance_id, subdomain)
        return InstanceKey(row.file, certificate=certificate, revoked=row.revoked)
    # Two parts around a dollar sign, an equals sign at the end (wire-facts 2.1).
    random_part = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    if row.kind == "secret-with-plus":
        random_part = f"+{random_part[1:]}"
    return InstanceKey(row.file, client_secret=f"{uuid.uuid4()}${random_part}", revoked=row.revoked)
