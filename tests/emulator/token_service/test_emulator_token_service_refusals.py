"""The rows of errors of the token endpoint."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.profile import Profile
from pytest_iflow.emulator.token_service.refusals import (
    BODY_TOO_LARGE,
    HEADERS_TOO_LARGE,
    MISSING_GRANT_TYPE,
    QUERY_NOT_ALLOWED,
    UNAUTHORIZED_GRANT_TYPE,
    UNSUPPORTED_GRANT_TYPE,
    Refusal,
    bad_certificate,
    bad_credentials,
    invalid_scope,
    method_not_allowed,
    too_many_requests,
)

OLD, NEW = Profile(bad_credentials="unauthorized"), Profile(bad_credentials="invalid_client")
ROWS = [
    (bad_credentials(OLD), 401, '{"error":"unauthorized","error_description":"Bad credentials"}'),
    (bad_credentials(NEW), 401, '{"error":"invalid_client","error_description":"Bad credentials"}'),
    (
        bad_certificate(NEW),
        401,
        '{"error":"invalid_client","error_description":"Client authentication failed"}',
    ),
    (MISSING_GRANT_TYPE, 400, '{"error":"invalid_request","error_description":"Missing grant type"}'),
    (
        UNSUPPORTED_GRANT_TYPE,
        400,
        '{"error":"unsupported_grant_type","error_description":"Unsupported grant type"}',
    ),
    (
        UNAUTHORIZED_GRANT_TYPE,
        401,
        '{"error":"invalid_client","error_description":"Unauthorized grant type"}',
    ),
    (invalid_scope("x.y"), 400, '{"error":"invalid_scope","error_description":"Invalid scope: x.y"}'),
    (
        method_not_allowed("PUT"),
        405,
        '{"error":"method_not_allowed","error_description":"Request method \'PUT\' not supported"}',
    ),
    (
        QUERY_NOT_ALLOWED,
        406,
        '{"error":"query_string_not_allowed",'
        '"error_description":"Parameters must be passed in the body of the request"}',
    ),
    (
        HEADERS_TOO_LARGE,
        431,
        '{"error":"invalid_request","error_description":"Request headers are larger than 16 KB"}',
    ),
    (
        BODY_TOO_LARGE,
        413,
        '{"error":"invalid_request","error_description":"Request body is larger than 1 MB"}',
    ),
    (
        too_many_requests(1),
        429,
        '{"error":"429 - Too Many Request - Request limited by Rate Limiter configuration: subaccount"}',
    ),
]


@pytest.mark.parametrize(("refusal", "status", "body"), ROWS)
def test_row(refusal: Refusal, status: int, body: str) -> None:
    """Status and body as in wire-facts 3.5, never cached; a challenge with each 401 and no other."""
    answer = refusal.answer("an-id")
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == (status, body.encode())
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(body))
    assert headers["cache-control"] == "no-store"
    assert headers["server"] == "nginx"
    assert headers["x-vcap-request-id"] == "an-id"
    assert ("www-authenticate" in headers) is (status == 401)


@pytest.mark.parametrize("profile", [OLD, NEW])
def test_challenge_for_bad_credentials_is_the_same_in_every_year(profile: Profile) -> None:
    """Word by word as recorded; only the body changed (wire-facts 3.5)."""
    assert dict(bad_credentials(profile).headers) == {
        "www-authenticate": 'Basic realm="UAA/client", error="unauthorized", '
        'error_description="Bad credentials"'
    }


def test_rate_limit_says_when_to_come_again() -> None:
    """In whole seconds."""
    assert dict(too_many_requests(2).headers) == {"retry-after": "2"}
