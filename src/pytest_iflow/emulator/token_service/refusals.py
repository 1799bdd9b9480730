"""The errors of the token endpoint, one row each (wire-facts 3.5)."""

from __future__ import annotations

import json
from dataclasses import dataclass

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
    """A refused token request: status, OAuth error code, description, and a challenge for a 401."""

    status: int
    error: str
    description: str
    challenge: str | None = None

    def answer(self, request_id: str) -> WireAnswer:
        """Render as the token service does; ``request_id`` becomes ``x-vcap-request-id``."""
        body = json.dumps(
            {"error": self.error, "error_description": self.description}, separators=(",", ":")
        ).encode()
        headers: tuple[tuple[str, str], ...] = (
            *COMMON_HEADERS,
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("x-vcap-request-id", request_id),
        )
        if self.challenge:
            headers = (*headers, ("www-authenticate", self.challenge))
        return WireAnswer(self.status, headers, body)


# The challenge kept the older error word when the body got the newer one (recorded in 2025).
BAD_CREDENTIALS = Refusal(
    401,
    "invalid_client",
    "Bad credentials",
    'Basic realm="UAA/client", error="unauthorized", error_description="Bad credentials"',
)
MISSING_GRANT_TYPE = Refusal(400, "invalid_request", "Missing grant type")
UNSUPPORTED_GRANT_TYPE = Refusal(400, "unsupported_grant_type", "Unsupported grant type")


def method_not_allowed(method: str) -> Refusal:
    """Refuse a method that the token endpoint does not know."""
    return Refusal(405, "method_not_allowed", f"Request method '{method}' not supported")
