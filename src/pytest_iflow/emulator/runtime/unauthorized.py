"""What the runtime tells a caller that it does not know, in two generations (wire-facts 4.4)."""

from __future__ import annotations

import json
from http import HTTPStatus
from xml.sax.saxutils import escape

from pytest_iflow.emulator.runtime.pages import error_page
from pytest_iflow.emulator.wire_answer import WireAnswer

BASIC_CHALLENGE = ("www-authenticate", 'Basic realm="SAP Cloud Integration"')
NOT_AUTHENTICATED = "An Authentication object was not found in the SecurityContext"


def no_credentials_2022(request_id: str) -> WireAnswer:
    """Ask for Basic credentials, with the page of the servlet container."""
    return error_page(HTTPStatus.UNAUTHORIZED, request_id, BASIC_CHALLENGE)


def invalid_token_2022(description: str, request_id: str) -> WireAnswer:
    """Refuse a bearer token: an empty 401 whose challenge says why."""
    challenge = (
        f'Bearer error="invalid_token", error_description="The token is invalid: {description}", '
        'error_uri="https://tools.ietf.org/html/rfc6750#section-3.1"'
    )
    headers = (
        ("www-authenticate", challenge),
        ("content-length", "0"),
        ("server", "SAP"),
        ("x-vcap-request-id", request_id),
    )
    return WireAnswer(HTTPStatus.UNAUTHORIZED, headers)


def unauthorized_2020(description: str, accept: str, request_id: str) -> WireAnswer:
    """Refuse a call as the runtime of 2020 did, in XML or, if the caller accepts JSON, in that.

    The bodies are on record for no credentials and, without what is around the description, for the
    wrong audience. The headers, and that a broken token has the same form, are assumed.
    """
    if "json" in accept.lower():
        content_type = "application/json;charset=UTF-8"
        body = json.dumps({"error": "unauthorized", "error_description": description}, separators=(",", ":"))
    else:
        content_type = "application/xml;charset=UTF-8"
        body = (
            "<UnauthorizedException><error>unauthorized</error>"
            f"<error_description>{escape(description)}</error_description></UnauthorizedException>"
        )
    headers = (
        ("www-authenticate", f'Bearer error="unauthorized", error_description="{description}"'),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("content-type", content_type),
        ("content-length", str(len(body.encode()))),
        ("server", "SAP"),
        ("x-vcap-request-id", request_id),
    )
    return WireAnswer(HTTPStatus.UNAUTHORIZED, headers, body.encode())
