"""The rows of errors of the token endpoint."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.token_service.refusals import (
    BAD_CREDENTIALS,
    MISSING_GRANT_TYPE,
    UNSUPPORTED_GRANT_TYPE,
    Refusal,
    method_not_allowed,
)


@pytest.mark.parametrize(
    ("refusal", "status", "body"),
    [
        (BAD_CREDENTIALS, 401, b'{"error":"invalid_client","error_description":"Bad credentials"}'),
        (MISSING_GRANT_TYPE, 400, b'{"error":"invalid_request","error_description":"Missing grant type"}'),
        (
            UNSUPPORTED_GRANT_TYPE,
            400,
            b'{"error":"unsupported_grant_type","error_description":"Unsupported grant type"}',
        ),
        (
            method_not_allowed("PUT"),
            405,
            b'{"error":"method_not_allowed","error_description":"Request method \'PUT\' not supported"}',
        ),
    ],
)
def test_row(refusal: Refusal, status: int, body: bytes) -> None:
    """Status and body as in wire-facts 3.5, never cached."""
    answer = refusal.answer("an-id")
    headers = dict(answer.headers)
    assert (answer.status, answer.body) == (status, body)
    assert headers["content-type"] == "application/json"
    assert headers["cache-control"] == "no-store"
    assert headers["x-vcap-request-id"] == "an-id"
    assert ("www-authenticate" in headers) is (status == 401)
