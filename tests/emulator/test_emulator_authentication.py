"""Who calls."""

from __future__ import annotations

import base64
import json
import time
from base64 import b64encode

import jwt
import pytest

from pytest_iflow.emulator import authentication
from pytest_iflow.emulator.authentication import (
    BearerVerifier,
    Caller,
    Credentials,
    InvalidTokenError,
    accepts,
    claimed_client,
)
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.rsa_keys import SigningKey
from pytest_iflow.emulator.token_service import claims

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


def test_token_from_the_future_is_refused(landscape: Landscape) -> None:
    """A minute is tolerated, no more."""
    clock = iter([1_000.0, 1_000.0 - 60, 1_000.0 - 61])
    verifier = BearerVerifier(landscape.signing_key, RUNTIME, lambda: next(clock))
    token = _token(landscape, 1_000)
    for _ in range(2):
        assert verifier.verify(token).client_id == landscape.instances[0].client_id
    with pytest.raises(
        InvalidTokenError, match=r"^Jwt cannot be accepted before 1970-01-01T00:16:40\+00:00, time now: "
    ):
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
    monkeypatch.setattr(authentication, "REMEMBERED_TOKENS", 2)
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


def _basic(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


def test_id_ends_at_the_first_colon() -> None:
    """Everything after it is the secret."""
    assert Credentials.from_basic(_basic("sb-1!b2|it:a$b:c=")) == Credentials("sb-1!b2|it", "a$b:c=")


def test_scheme_is_read_in_any_case() -> None:
    """HTTP has it so."""
    assert Credentials.from_basic(_basic("a:b").replace("Basic", "bASIC")) == Credentials("a", "b")


@pytest.mark.parametrize(
    "header", ["", "Bearer abc", "Basic", "Basic %%%", "Basic \xe9", "Basic /w==", _basic("no colon")]
)
def test_broken_header_holds_no_credentials(header: str) -> None:
    """Another scheme, no base64, no ASCII, no UTF-8, no colon."""
    assert Credentials.from_basic(header) is None


def test_right_credentials_lead_to_their_instance(landscape: Landscape) -> None:
    """Each client is recognised by its id and the secret of one of its keys together."""
    first, second = landscape.instances[:2]
    secrets = [key.client_secret or "" for key in first.keys[:2]]
    assert all(Credentials(first.client_id, secret).instance(landscape) is first for secret in secrets)
    assert Credentials(second.client_id, secrets[0]).instance(landscape) is None
    assert Credentials("nobody", secrets[0]).instance(landscape) is None


def test_secret_is_not_in_the_representation() -> None:
    """Printing credentials does not give them away."""
    assert "hush" not in repr(Credentials("me", "hush"))


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode("ascii")


@pytest.mark.parametrize(
    ("authorization", "client"),
    [
        (f"Basic {base64.b64encode(b'sb-1!b2|it!b3:secret').decode()}", "sb-1!b2|it!b3"),
        (f"Bearer h.{_encoded(json.dumps({'cid': 'sb-1'}))}.s", "sb-1"),
        (f"bearer h.{_encoded(json.dumps({'cid': 'sb-1'}))}.s", "sb-1"),
        (f"Bearer h.{_encoded('{}')}.s", "unknown"),
        (f"Bearer h.{_encoded('[]')}.s", "unknown"),
        ("Bearer h.!.s", "unknown"),
        ("Bearer x", "unknown"),
        ("Bearer", "unknown"),
        ("Basic ?", "unknown"),
        ("Digest x", "unknown"),
        ("", "unknown"),
    ],
)
def test_client_is_read_from_the_header(authorization: str, client: str) -> None:
    """What cannot be read is no client."""
    assert claimed_client(authorization) == client
