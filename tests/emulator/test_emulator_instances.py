"""Service instances and what proves their clients."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.client_certificate import ClientAuthority, ClientCertificate
from pytest_iflow.emulator.instances import InstanceKey, ServiceInstance


@pytest.fixture(scope="module")
def certificates() -> list[ClientCertificate]:
    """Three certificates of one CA for clients of the same name."""
    authority = ClientAuthority.create()
    return [authority.issue("client", "account") for _ in range(3)]


@pytest.fixture(scope="module")
def instance(certificates: list[ClientCertificate]) -> ServiceInstance:
    """An instance with two secrets and two certificates, one of each revoked."""
    return ServiceInstance(
        plan="integration-flow",
        instance_id="1",
        client_id="sb-1!b2|it-rt-sub!b117912",
        application="it-rt-sub!b117912",
        scopes=("uaa.resource",),
        token_validity=3600,
        keys=(
            InstanceKey("first.json", client_secret="first"),
            InstanceKey("second.json", client_secret="second"),
            InstanceKey("old.json", client_secret="old", revoked=True),
            InstanceKey("certificate.json", certificate=certificates[0]),
            InstanceKey("old-certificate.json", certificate=certificates[1], revoked=True),
        ),
    )


@pytest.mark.parametrize(
    ("secret", "good"), [("first", True), ("second", True), ("old", False), ("", False), ("sécret", False)]
)
def test_secret_of_any_key_in_force_is_good(instance: ServiceInstance, secret: str, good: bool) -> None:
    """A revoked key's is not, and neither is any other text."""
    assert instance.accepts_secret(secret) is good


def test_certificate_of_a_key_in_force_is_good(
    instance: ServiceInstance, certificates: list[ClientCertificate]
) -> None:
    """A revoked one is not, nor one of the same name that belongs to no key."""
    assert [instance.accepts_certificate(each.der) for each in certificates] == [True, False, False]


def test_representation_holds_no_secret(instance: ServiceInstance) -> None:
    """Printing an instance gives neither secrets nor private keys away."""
    assert "client_secret" not in repr(instance)
    assert "PrivateKey" not in repr(instance)
