"""Decisions on token requests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_iflow.emulator.credentials import Credentials
from pytest_iflow.emulator.instances import InstanceKey, ServiceInstance
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.token_service.grant import grant
from pytest_iflow.emulator.token_service.refusals import (
    MISSING_GRANT_TYPE,
    UNAUTHORIZED_GRANT_TYPE,
    UNSUPPORTED_GRANT_TYPE,
    bad_certificate,
    bad_credentials,
    invalid_scope,
)
from pytest_iflow.emulator.token_service.token_request import TokenRequest

GOOD = {"grant_type": "client_credentials"}


def _key(landscape: Landscape, file: str) -> tuple[ServiceInstance, InstanceKey]:
    keys = {key.file: (each, key) for each in landscape.instances for key in each.keys}
    return keys[file]


def _with_secret(landscape: Landscape, file: str, **parameters: str) -> TokenRequest:
    instance, key = _key(landscape, file)
    credentials = Credentials(instance.client_id, key.client_secret or "")
    return TokenRequest({**GOOD, **parameters}, basic=True, credentials=credentials, certificate=None)


def _with_certificate(landscape: Landscape, file: str, client_id: str | None) -> TokenRequest:
    certificate = _key(landscape, file)[1].certificate
    parameters = GOOD if client_id is None else GOOD | {"client_id": client_id}
    der = certificate.der if certificate else None
    return TokenRequest(parameters, basic=False, credentials=None, certificate=der)


@pytest.mark.parametrize("key", ["integration-flow", "integration-flow-key2", "integration-flow-plus"])
def test_every_key_of_an_instance_is_good_for_it(landscape: Landscape, key: str) -> None:
    """The secret of each leads to the same client."""
    instance, _ = _key(landscape, "integration-flow.json")
    assert grant(landscape, _with_secret(landscape, f"{key}.json")) is instance


def test_revoked_key_is_refused_like_a_wrong_secret(landscape: Landscape) -> None:
    """Bad credentials, although the client exists."""
    refused = grant(landscape, _with_secret(landscape, "integration-flow-revoked.json"))
    assert refused == bad_credentials(landscape.profile)


def test_certificate_of_the_client_is_good_with_its_id(landscape: Landscape) -> None:
    """The id stands among the parameters (wire-facts 2.2)."""
    file = "integration-flow.certificate.json"
    instance, _ = _key(landscape, file)
    assert grant(landscape, _with_certificate(landscape, file, instance.client_id)) is instance


@pytest.mark.parametrize("file", ["api.certificate.json", "integration-flow.certificate.json"])
@pytest.mark.parametrize("client_id", ["nobody", "", None])
def test_certificate_without_the_id_of_a_client_is_refused(
    landscape: Landscape, file: str, client_id: str | None
) -> None:
    """Nobody, an empty id, no id at all."""
    asked = _with_certificate(landscape, file, client_id)
    assert grant(landscape, asked) == bad_certificate(landscape.profile)


def test_certificate_of_another_client_is_refused(landscape: Landscape) -> None:
    """It is of the right CA, and of the wrong client, or of a client that has no certificate."""
    for victim in ("integration-flow.json", "integration-flow-second.json"):
        client_id = _key(landscape, victim)[0].client_id
        asked = _with_certificate(landscape, "api.certificate.json", client_id)
        assert grant(landscape, asked) == bad_certificate(landscape.profile)


def test_client_without_the_certificate_is_refused(landscape: Landscape) -> None:
    """Its id alone proves nothing."""
    client_id = _key(landscape, "integration-flow.json")[0].client_id
    asked = TokenRequest(GOOD | {"client_id": client_id}, basic=False, credentials=None, certificate=None)
    assert grant(landscape, asked) == bad_credentials(landscape.profile)


def test_secret_decides_where_one_is_sent(landscape: Landscape) -> None:
    """A right certificate makes a wrong secret or a broken header no better, nor is it needed."""
    instance, key = _key(landscape, "integration-flow.json")
    own = _with_certificate(landscape, "integration-flow.certificate.json", instance.client_id)
    foreign = _with_certificate(landscape, "api.certificate.json", instance.client_id)
    wrong = Credentials(instance.client_id, "wrong")
    right = Credentials(instance.client_id, key.client_secret or "")
    refused = bad_credentials(landscape.profile)
    assert grant(landscape, replace(own, credentials=wrong)) == refused
    assert grant(landscape, replace(own, basic=True)) == refused
    assert grant(landscape, replace(foreign, credentials=right)) is instance


@pytest.mark.parametrize(
    ("grant_type", "refusal"),
    [
        ("", MISSING_GRANT_TYPE),
        ("password", UNAUTHORIZED_GRANT_TYPE),
        ("authorization_code", UNAUTHORIZED_GRANT_TYPE),
        ("refresh_token", UNAUTHORIZED_GRANT_TYPE),
        ("urn:ietf:params:oauth:grant-type:jwt-bearer", UNAUTHORIZED_GRANT_TYPE),
        ("urn:ietf:params:oauth:grant-type:saml2-bearer", UNAUTHORIZED_GRANT_TYPE),
        ("magic", UNSUPPORTED_GRANT_TYPE),
    ],
)
def test_other_grant_types_are_refused(landscape: Landscape, grant_type: str, refusal: object) -> None:
    """None, one that the client may not use, one that nobody knows."""
    asked = _with_secret(landscape, "integration-flow.json", grant_type=grant_type)
    assert grant(landscape, asked) is refusal


def test_client_is_looked_at_before_the_grant_type(landscape: Landscape) -> None:
    """Whoever is not known does not learn what would be wrong besides."""
    asked = _with_secret(landscape, "integration-flow-revoked.json", grant_type="magic")
    assert grant(landscape, asked) == bad_credentials(landscape.profile)


def test_token_may_be_asked_for_fewer_scopes(landscape: Landscape) -> None:
    """Only those asked for are granted, in the client's own order."""
    instance, _ = _key(landscape, "api.json")
    wanted = f"{instance.scopes[2]} {instance.scopes[0]}"
    granted = grant(landscape, _with_secret(landscape, "api.json", scope=wanted))
    assert granted == replace(instance, scopes=(instance.scopes[0], instance.scopes[2]))


def test_scope_that_the_client_does_not_have_is_refused(landscape: Landscape) -> None:
    """The first such one is named."""
    asked = _with_secret(landscape, "api.json", scope="uaa.resource uaa.admin x")
    assert grant(landscape, asked) == invalid_scope("uaa.admin")
