"""The errors of the token endpoint, one row each (wire-facts 3.5)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pytest_iflow.emulator.profile import Profile
from pytest_iflow.emulator.wire_answer import WireAnswer

COMMON_HEADERS = (
    ("cache-control", "no-store"),
    ("pragma", "no-cache"),
    ("server", "nginx"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-xss-protection", "1; mode=block"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains; preload;"),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused token request: status, OAuth error code, description if any, headers of its own."""

    status: int
    error: str
    description: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def answer(self, request_id: str) -> WireAnswer:
        """Render as the token service does; ``request_id`` becomes ``x-vcap-request-id``."""
        document = {"error": self.error}
        if self.description is not None:
            document["error_description"] = self.description
        body = json.dumps(document, separators=(",", ":")).encode()
        return WireAnswer(
            self.status,
            (
                *COMMON_HEADERS,
                ("content-type", "application/json"),
                ("content-length", str(len(body))),
                ("x-vcap-request-id", request_id),
                *self.headers,
            ),
            body,
        )


MISSING_GRANT_TYPE = Refusal(400, "invalid_request", "Missing grant type")
UNSUPPORTED_GRANT_TYPE = Refusal(400, "unsupported_grant_type", "Unsupported grant type")
# Assumed: the challenge. The open-source service sends one of this form with each 401 of this kind.
UNAUTHORIZED_GRANT_TYPE = Refusal(
    401,
    "invalid_client",
    "Unauthorized grant type",
    (("www-authenticate", 'Bearer error="invalid_client", error_description="Unauthorized grant type"'),),
)
QUERY_NOT_ALLOWED = Refusal(
    406, "query_string_not_allowed", "Parameters must be passed in the body of the request"
)
# Assumed: status and text; of the sizes only the figures are documented (wire-facts 3.5).
HEADERS_TOO_LARGE = Refusal(431, "invalid_request", "Request headers are larger than 16 KB")
BODY_TOO_LARGE = Refusal(413, "invalid_request", "Request body is larger than 1 MB")


def bad_credentials(profile: Profile) -> Refusal:
    """Refuse an unknown client or a wrong secret, in the words of the year that the profile is of."""
    return _unauthenticated(profile, "Bad credentials")


def bad_certificate(profile: Profile) -> Refusal:
    """Refuse a client whose certificate is not its own. Assumed: all but the status and the description."""
    return _unauthenticated(profile, "Client authentication failed")


def invalid_scope(scope: str) -> Refusal:
    """Refuse a scope that the client does not have."""
    return Refusal(400, "invalid_scope", f"Invalid scope: {scope}")


def method_not_allowed(method: str) -> Refusal:
    """Refuse a method that the token endpoint does not know."""
    return Refusal(405, "method_not_allowed", f"Request method '{method}' not supported")


def too_many_requests(retry_after: int) -> Refusal:
    """Refuse what is above the rate limit; ``retry_after`` is in seconds.

    Assumed: the body. It has the form of the open-source service's, the end of it is unknown.
    """
    return Refusal(
        429,
        "429 - Too Many Request - Request limited by Rate Limiter configuration: subaccount",
        headers=(("retry-after", str(retry_after)),),
    )


def _unauthenticated(profile: Profile, description: str) -> Refusal:
    # The challenge kept the older error word when the body got the newer one (recorded in 2025).
    challenge = f'Basic realm="UAA/client", error="unauthorized", error_description="{description}"'
    return Refusal(401, profile.bad_credentials, description, (("www-authenticate", challenge),))
