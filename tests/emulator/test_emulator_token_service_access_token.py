"""Claims and signature of access tokens."""

from __future__ import annotations

from dataclasses import replace

import jwt
import pytest

from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.start import Profile
from pytest_iflow.emulator.token_service import (
    audiences,
    claims,
    issue_token,
    revocation_signature,
)


def test_claims_of_plan_integration_flow(landscape: Landscape) -> None:
    """All claims of wire-facts 3.2 in their order, and no others."""
    instance = landscape.instances[0]
    payload = claims(landscape, instance, 1_661_240_929)
    application = "it-rt-local-trial!b117912"
    scopes = ["uaa.resource", f"{application}.ESBMessaging.send"]
    assert list(payload.items()) == [
        ("jti", payload["jti"]),
        (
            "ext_attr",
            {
                "enhancer": "XSUAA",
                "subaccountid": landscape.subaccount_id,
                "zdn": "local-trial",
                "serviceinstanceid": instance.instance_id,
            },
        ),
        ("sub", instance.client_id),
        ("authorities", scopes),
        ("scope", scopes),
        ("client_id", instance.client_id),
        ("cid", instance.client_id),
        ("azp", instance.client_id),
        ("grant_type", "client_credentials"),
        ("rev_sig", revocation_signature(instance)),
        ("iat", 1_661_240_929),
        ("exp", 1_661_244_529),
        ("iss", "https://127.0.0.1:1001/oauth/token"),
        ("zid", landscape.subaccount_id),
        ("aud", ["uaa", f"{application}.ESBMessaging", instance.client_id]),
    ]


def test_audiences_of_plan_api_are_the_recorded_ones(landscape: Landscape) -> None:
    """Those that a reader of the community article saw (wire-facts 3.2)."""
    instance = landscape.instances[3]
    assert audiences(instance.scopes, instance.client_id) == [
        "uaa",
        "it!b44075",
        "it!b44075.IntegrationOperationServer",
        "it!b44075.GenerationAndBuild",
        "it!b44075.NodeManager",
        "it!b44075.WebToolingWorkspace",
        instance.client_id,
    ]


def test_answer_has_the_fields_of_the_recording(landscape: Landscape) -> None:
    """In their order; expires_in is one second less than the token lasts."""
    answer = issue_token(landscape, landscape.instances[0])
    assert list(answer) == ["access_token", "token_type", "expires_in", "scope", "jti"]
    assert answer["token_type"] == "bearer"
    assert answer["expires_in"] == 3599
    assert answer["scope"] == "uaa.resource it-rt-local-trial!b117912.ESBMessaging.send"


def test_token_of_plan_api_lasts_twelve_hours(landscape: Landscape) -> None:
    """43199 seconds, as observed."""
    assert issue_token(landscape, landscape.instances[3])["expires_in"] == 43199


def test_header_of_the_token(landscape: Landscape) -> None:
    """Algorithm, where its key is, which key it is, and the type, in this order."""
    token = str(issue_token(landscape, landscape.instances[0])["access_token"])
    assert list(jwt.get_unverified_header(token).items()) == [
        ("alg", "RS256"),
        ("jku", "https://127.0.0.1:1001/token_keys"),
        ("kid", landscape.signing_key.kid),
        ("typ", "JWT"),
    ]


@pytest.mark.parametrize("number", [0, 3])
def test_profile_sets_how_long_every_token_lasts(landscape: Landscape, number: int) -> None:
    """Down to seconds, for both plans; expires_in is never negative."""
    instance = landscape.instances[number]
    for seconds, expires_in in ((2.0, 1), (0.0, 0)):
        short = replace(landscape, profile=Profile(token_validity=seconds))
        answer = issue_token(short, instance)
        payload = jwt.decode(str(answer["access_token"]), options={"verify_signature": False})
        assert payload["exp"] - payload["iat"] == seconds
        assert answer["expires_in"] == expires_in


def test_audiences_follow_the_scopes(landscape: Landscape) -> None:
    """A token for one scope alone is for its audience and the client (wire-facts 3.2)."""
    instance = landscape.instances[3]
    narrow = replace(instance, scopes=("it!b44075.NodeManager.read",))
    payload = claims(landscape, narrow, 0)
    assert payload["aud"] == ["it!b44075.NodeManager", instance.client_id]
    assert payload["scope"] == ["it!b44075.NodeManager.read"]


def test_revocation_signature_differs_by_client(landscape: Landscape) -> None:
    """Eight hexadecimal digits for each."""
    first, second = (revocation_signature(each) for each in landscape.instances[:2])
    assert first != second
    assert len(first) == 8
    assert int(first, 16) >= 0
