"""Service instances and their keys."""

from __future__ import annotations

import re

import pytest

from pytest_iflow.emulator.certificates import ClientAuthority, ClientCertificate
from pytest_iflow.emulator.instances import INSTANCES, InstanceKey, ServiceInstance
from pytest_iflow.emulator.landscape import Landscape


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


RUNTIME = "it-rt-local-trial!b117912"


def _with_key(landscape: Landscape, file: str) -> ServiceInstance:
    (found,) = (each for each in landscape.instances if file in [key.file for key in each.keys])
    return found


def test_every_row_became_an_instance_with_its_keys(landscape: Landscape) -> None:
    """In the order of the table, each key under a file name of its own."""
    assert [[key.file for key in each.keys] for each in landscape.instances] == [
        [key.file for key in row.keys] for row in INSTANCES
    ]
    files = [key.file for row in INSTANCES for key in row.keys]
    assert len(set(files)) == len(files)


def test_client_id_holds_instance_and_application(landscape: Landscape) -> None:
    """As recorded for both plans (wire-facts 2.1, 2.2, 3.2)."""
    sender, api = (_with_key(landscape, file) for file in ("integration-flow.json", "api.json"))
    assert sender.client_id == f"sb-{sender.instance_id}!b139588|{RUNTIME}"
    assert api.client_id == f"sb-{api.instance_id}!b55028|it!b44075"


def test_tokens_last_an_hour_for_flows_and_twelve_for_the_api(landscape: Landscape) -> None:
    """The defaults of both plans (wire-facts 2.3)."""
    assert {(each.plan, each.token_validity) for each in landscape.instances} == {
        ("integration-flow", 3600),
        ("api", 43200),
    }


def test_roles_become_scopes(landscape: Landscape) -> None:
    """With the role to send, without any, and with a role that the tenant defined itself."""
    scopes = {
        file: _with_key(landscape, f"integration-flow{file}.json").scopes
        for file in ("", "-without-role", "-custom-role")
    }
    assert scopes == {
        "": ("uaa.resource", f"{RUNTIME}.ESBMessaging.send"),
        "-without-role": ("uaa.resource",),
        "-custom-role": ("uaa.resource", f"{RUNTIME}.ProductReader"),
    }


def test_reader_of_the_api_may_do_less(landscape: Landscape) -> None:
    """It sees logs and packages, and neither payloads nor deployment (wire-facts 5.4)."""
    every, read = (set(_with_key(landscape, file).scopes) for file in ("api.json", "api-read-only.json"))
    assert read < every
    assert {"it!b44075.MessagePayloadsRead", "it!b44075.WorkspaceArtifactsDeploy"} <= every - read


def test_secrets_hold_the_characters_that_need_encoding(landscape: Landscape) -> None:
    """Two parts around a dollar sign, an equals sign at the end; one of them has a plus as well."""
    keys = [key for each in landscape.instances for key in each.keys if key.client_secret]
    secrets = {key.file: key.client_secret or "" for key in keys}
    assert len(set(secrets.values())) == len(secrets)
    plus = secrets.pop("integration-flow-plus.json")
    assert re.fullmatch(r"[0-9a-f-]{36}\$\+[A-Za-z0-9_-]{42}=", plus)
    assert all(re.fullmatch(r"[0-9a-f-]{36}\$[A-Za-z0-9_-]{43}=", secret) for secret in secrets.values())
