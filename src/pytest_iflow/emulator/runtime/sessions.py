"""HTTP sessions of the runtime: nothing but an id in a cookie.

The names of all cookies are assumed; the recordings have them blacked out (wire-facts 4.2, 4.5).
"""

from __future__ import annotations

import secrets

from starlette.requests import Request

from pytest_iflow.emulator.landscape import SUBDOMAIN

SESSION = "JSESSIONID"
# Two more that a CSRF-protected sender sets: the session of the tenant, and the instance that holds it.
TENANT_SESSION = f"JTENANTSESSIONID_{SUBDOMAIN}"
INSTANCE = "__VCAP_ID__"


def session_id(request: Request) -> str | None:
    """Return the id of the session that the caller is in, or None."""
    return request.cookies.get(SESSION)


def new_session_id() -> str:
    """Make an id in the form of a servlet container's."""
    return secrets.token_hex(16).upper()


def cookie(name: str, value: str) -> tuple[str, str]:
    """Return the header that sets a cookie."""
    return "set-cookie", f"{name}={value}; Path=/; Secure; HttpOnly"
