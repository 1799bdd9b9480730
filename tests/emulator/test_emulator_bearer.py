"""Verification of bearer tokens."""

from __future__ import annotations

import time

import jwt
import pytest

from pytest_iflow.emulator import bearer
from pytest_iflow.emulator.bearer import BearerVerifier, Caller, InvalidTokenError, accepts
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.signing_key import SigningKey
from pytest_iflow.emulator.token_service.access_token import claims

RUNTIME = "it-rt-local-trial!b117912"
TRUSTED = [f"sb-{RUNTIME}", RUNTIME]
NOT_A_SIGNATURE_OF_OURS = "Error occurred during Json Web Signature Validation"


def _token(landscape: Landscape, issued_at: float, key: SigningKey | None = None) -> str:
    payload = claims(landscape, landscape.instances[0], int(issued_at))
    return jwt.encode(payload, (key or landscape.signing_key).private, "RS256")


@pytest.fixture
def verifier(landscape: Landscape) -> BearerVerifier:
    """A verifier that has seen no token yet."""
    return BearerVerifier(landscape.signing_key, RUNTIME)


def test_good_token_tells_client_and_scopes(landscape: Landscape, verifier: BearerVerifier) -> None:
    """The caller is known by the claims of its token, the first time and when it is remembered."""
    instance = landscape.instances[0]
    token = _token(landscape, time.time())
    expected = Caller(instance.client_id, frozenset(instance.scopes))
    assert verifier.verify(token) == expected
    assert verifier.verify(token) == expected


def test_token_past_its_expiry_is_refused(landscape: Landscape, verifier: BearerVerifier) -> None:
    """An hour and a second after it was issued a token is worth nothing, remembered or not."""
    token = _token(landscape, time.time() - 3601)
    for _ in range(2):
        with pytest.raises(InvalidTokenError, match=r"^Jwt expired at .*, time now: "):
            verifier.verify(token)


def test_expiry_is_judged_by_the_clock_of_the_landscape(landscape: Landscape) -> None:
    """A landscape whose clock is ahead issues tokens from the future, and takes them until they expire."""
    clock = iter([5_000.0, 5_000.0 + 3_599, 5_000.0 + 3_600])
    verifier = BearerVerifier(landscape.signing_key, RUNTIME, lambda: next(clock))
    token = _token(landscape, 5_000)
    for _ in range(2):
        assert verifier.verify(token).client_id == landscape.instances[0].client_id
    with pytest.raises(
        InvalidTokenError, match=r"at 1970-01-01T02:23:20\+00:00, time now: 1970-01-01T02:23:20"
    ):
        verifier.verify(token)


@pytest.mark.parametrize("token", ["", "invalid_token", "a.b.c"])
def test_what_is_no_token_is_refused(verifier: BearerVerifier, token: str) -> None:
    """Anything that is no JWT gets the recorded description."""
    with pytest.raises(InvalidTokenError, match=NOT_A_SIGNATURE_OF_OURS):
        verifier.verify(token)


def test_token_signed_by_another_key_is_refused(landscape: Landscape, verifier: BearerVerifier) -> None:
    """The right claims under a strange signature do not pass."""
    with pytest.raises(InvalidTokenError, match=NOT_A_SIGNATURE_OF_OURS):
        verifier.verify(_token(landscape, time.time(), SigningKey.generate()))


def test_token_without_signature_is_refused(landscape: Landscape, verifier: BearerVerifier) -> None:
    """The algorithm "none" does not pass."""
    token = jwt.encode(claims(landscape, landscape.instances[0], int(time.time())), "", "none")
    with pytest.raises(InvalidTokenError, match=NOT_A_SIGNATURE_OF_OURS):
        verifier.verify(token)


def test_token_for_another_plane_is_refused_with_its_audiences(landscape: Landscape) -> None:
    """The message names what the token is for and what would have been right."""
    api = BearerVerifier(landscape.signing_key, "it!b44075")
    with pytest.raises(InvalidTokenError) as refused:
        api.verify(_token(landscape, time.time()))
    client_id = landscape.instances[0].client_id
    assert str(refused.value) == (
        f"Jwt token with audience [uaa, {RUNTIME}.ESBMessaging, {client_id}] "
        "is not issued for these clientIds: [sb-it!b44075, it!b44075]."
    )


def test_memory_of_verified_tokens_is_bounded(
    landscape: Landscape, verifier: BearerVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More tokens than the memory holds are all verified, and the memory does not grow."""
    monkeypatch.setattr(bearer, "REMEMBERED", 2)
    for _ in range(5):
        verifier.verify(_token(landscape, time.time()))
    assert len(verifier._verified) <= 2


@pytest.mark.parametrize(
    ("audiences", "client_id", "good"),
    [
        ([RUNTIME], "x", True),
        ([f"{RUNTIME}.ESBMessaging"], "x", True),
        (["uaa"], f"sb-{RUNTIME}", True),
        (["uaa"], f"sb-1!b2|{RUNTIME}", True),
        (["uaa", "it!b44075"], "sb-1!b2|it!b44075", False),
        ([], f"sb-1!b2{RUNTIME}", False),
    ],
)
def test_audience_rule(audiences: list[str], client_id: str, good: bool) -> None:
    """Audiences are cut at the first dot; a broker clone passes by the end of its id (wire-facts 3.4)."""
    assert accepts(TRUSTED, audiences, client_id) is good
