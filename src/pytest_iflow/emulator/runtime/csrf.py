"""CSRF protection of an HTTPS sender (wire-facts 4.5)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from http import HTTPStatus

from starlette.requests import Request

from pytest_iflow.emulator.runtime.answers import HARDENING, TRANSPORT_SECURITY
from pytest_iflow.emulator.runtime.pages import error_page
from pytest_iflow.emulator.runtime.sessions import (
    INSTANCE,
    SESSION,
    TENANT_SESSION,
    cookie,
    new_session_id,
    session_id,
)
from pytest_iflow.emulator.wire_answer import WireAnswer

HEADER = "x-csrf-token"
# OPTIONS and TRACE change nothing either; only GET and HEAD are on record.
UNGUARDED = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FETCHING = frozenset({"GET", "HEAD"})
TOKEN_OCTETS = 24


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
