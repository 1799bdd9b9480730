"""Who may call a flow: credentials and tokens (wire-facts 4.4, 7), sessions and CSRF tokens (4.5).

A session is no more than an id in a cookie. The names of all cookies are assumed: the recordings have them
blacked out (wire-facts 4.2, 4.5).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import replace
from http import HTTPStatus
from xml.sax.saxutils import escape

from starlette.requests import Request

from pytest_iflow.emulator.authentication import BearerVerifier, Caller, InvalidTokenError, basic_caller
from pytest_iflow.emulator.instances import runtime_application
from pytest_iflow.emulator.landscape import SUBDOMAIN, Landscape
from pytest_iflow.emulator.runtime.answers import HARDENING, TRANSPORT_SECURITY, error_page, refusal_headers
from pytest_iflow.emulator.wire_answer import WireAnswer

BASIC_CHALLENGE = ("www-authenticate", 'Basic realm="SAP Cloud Integration"')
NOT_AUTHENTICATED = "An Authentication object was not found in the SecurityContext"
SESSION = "JSESSIONID"
# A CSRF-protected sender sets two more: the session of the tenant, and the instance that holds it.
TENANT_SESSION = f"JTENANTSESSIONID_{SUBDOMAIN}"
INSTANCE = "__VCAP_ID__"
HEADER = "x-csrf-token"
# OPTIONS and TRACE change nothing either; only GET and HEAD are on record.
UNGUARDED = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FETCHING = frozenset({"GET", "HEAD"})
TOKEN_OCTETS = 24


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
        *refusal_headers(request_id),
    )
    return WireAnswer(HTTPStatus.UNAUTHORIZED, headers)


def unauthorized_2020(description: str, accept: str, request_id: str) -> WireAnswer:
    """Refuse a call as the runtime of 2020 did, in XML or, if the caller accepts JSON, in that.

    The body is on record for missing credentials, its description also for a wrong audience. The headers are
    assumed, and that a broken token is refused in the same form.
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


class Gate:
    """Authenticates calls to the runtime by bearer token, or by client id and secret (wire-facts 7)."""

    def __init__(self, landscape: Landscape) -> None:
        self._landscape = landscape
        self._application = runtime_application(landscape.subdomain)
        self._bearer = BearerVerifier(landscape.signing_key, self._application, landscape.now)

    def caller(self, authorization: str, request_id: str, accept: str = "") -> Caller | WireAnswer:
        """Return the caller behind an ``Authorization`` header (may be empty), or the refusal to send.

        ``accept`` is the header of that name; the runtime of 2020 followed it (wire-facts 4.4).
        """
        old = self._landscape.profile.runtime_401 == "2020"
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer":
            try:
                return self._bearer.verify(token.strip())
            except InvalidTokenError as error:
                if old:
                    return unauthorized_2020(str(error), accept, request_id)
                return invalid_token_2022(str(error), request_id)
        caller = basic_caller(authorization, self._application, self._landscape)
        if caller is None and old:
            return unauthorized_2020(NOT_AUTHENTICATED, accept, request_id)
        return caller or no_credentials_2022(request_id)

    def permits(self, caller: Caller, role: str) -> bool:
        """Tell whether the caller has a role of the runtime, such as ``ESBMessaging.send``.

        The runtime caches roles: one that is in the token may not count yet (wire-facts 2.3).
        """
        known = time.monotonic() >= self._landscape.created + self._landscape.profile.role_delay
        return known and f"{self._application}.{role}" in caller.scopes


def session_id(request: Request) -> str | None:
    """Return the id of the session that the caller is in, or None."""
    return request.cookies.get(SESSION)


def new_session_id() -> str:
    """Make an id in the form of a servlet container's."""
    return secrets.token_hex(16).upper()


def cookie(name: str, value: str) -> tuple[str, str]:
    """Return the header that sets a cookie."""
    return "set-cookie", f"{name}={value}; Path=/; Secure; HttpOnly"


class CsrfProtection:
    """Hands out tokens, and lets a modifying call through only with its session's token.

    A token is made of its session and caller, so that none has to be remembered.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def intercept(self, request: Request, client_id: str, request_id: str) -> WireAnswer | None:
        """Return the answer that stops the call before its flow, or None to let it through.

        GET or HEAD with ``X-CSRF-Token: Fetch`` gets a token. A modifying call without the token or
        without the cookies that came with it gets a 403; both get three cookies.
        """
        sent = request.headers.get(HEADER, "")
        session = session_id(request)
        if request.method in FETCHING and sent.lower() == "fetch":
            session = session or new_session_id()
            return _fetched(self._token(session, client_id), _cookies(session), request_id)
        if request.method in UNGUARDED or (session and self._valid(sent, session, client_id)):
            return None
        required = ((HEADER, "required"), *_cookies(session or new_session_id()))
        return error_page(HTTPStatus.FORBIDDEN, request_id, *required)

    def _valid(self, sent: str, session: str, client_id: str) -> bool:
        expected = self._token(session, client_id)
        return hmac.compare_digest(sent.encode("utf-8", "replace"), expected.encode())

    def _token(self, session: str, client_id: str) -> str:
        # 32 characters of the base64url alphabet, as the recorded one.
        made = hmac.digest(self._secret, f"{session} {client_id}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made[:TOKEN_OCTETS]).decode()


def with_token(answer: WireAnswer, fetched: WireAnswer) -> WireAnswer:
    """Return an answer with the token and the cookies of ``fetched``, instead of cookies of its own."""
    taken = tuple(each for each in fetched.headers if each[0] in {HEADER, "set-cookie"})
    own = tuple(each for each in answer.headers if each[0] != "set-cookie")
    return replace(answer, headers=(*own, *taken))


def _cookies(session: str) -> tuple[tuple[str, str], ...]:
    tenant_session = hashlib.sha256(session.encode()).hexdigest()[:32]
    return cookie(SESSION, session), cookie(TENANT_SESSION, tenant_session), cookie(INSTANCE, "local-0")


def _fetched(token: str, cookies: tuple[tuple[str, str], ...], request_id: str) -> WireAnswer:
    headers = (
        (HEADER, token),
        ("content-length", "0"),
        ("server", "SAP"),
        *cookies,
        *HARDENING,
        ("x-vcap-request-id", request_id),
        TRANSPORT_SECURITY,
    )
    return WireAnswer(HTTPStatus.OK, headers)
