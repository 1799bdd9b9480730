"""Who may send a message to a flow, and what the runtime tells those who may not (wire-facts 4.4)."""

from __future__ import annotations

from http import HTTPStatus

from pytest_iflow.emulator.bearer import BearerVerifier, Caller, InvalidTokenError
from pytest_iflow.emulator.credentials import Credentials
from pytest_iflow.emulator.instances import runtime_application
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.runtime.pages import error_page
from pytest_iflow.emulator.wire_answer import WireAnswer

BASIC_CHALLENGE = ("www-authenticate", 'Basic realm="SAP Cloud Integration"')


class Gate:
    """Authenticates calls to the runtime by bearer token, or by client id and secret (wire-facts 7)."""

    def __init__(self, landscape: Landscape) -> None:
        self._landscape = landscape
        self._application = runtime_application(landscape.subdomain)
        self._bearer = BearerVerifier(landscape.signing_key, self._application)

    def caller(self, authorization: str, request_id: str) -> Caller | WireAnswer:
        """Return the caller behind an ``Authorization`` header (may be empty), or the refusal to send."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer":
            try:
                return self._bearer.verify(token.strip())
            except InvalidTokenError as error:
                return invalid_token(str(error), request_id)
        caller = self._basic(authorization)
        return caller or error_page(HTTPStatus.UNAUTHORIZED, request_id, BASIC_CHALLENGE)

    def permits(self, caller: Caller, role: str) -> bool:
        """Tell whether the caller has a role of the runtime, such as ``ESBMessaging.send``."""
        return f"{self._application}.{role}" in caller.scopes

    def _basic(self, authorization: str) -> Caller | None:
        credentials = Credentials.from_basic(authorization)
        instance = credentials.instance(self._landscape) if credentials else None
        if instance is None or instance.application != self._application:
            return None
        return Caller(instance.client_id, frozenset(instance.scopes))


def invalid_token(description: str, request_id: str) -> WireAnswer:
    """Refuse a bearer token: an empty 401 whose challenge says why."""
    challenge = (
        f'Bearer error="invalid_token", error_description="The token is invalid: {description}", '
        'error_uri="https://tools.ietf.org/html/rfc6750#section-3.1"'
    )
    return WireAnswer(
        HTTPStatus.UNAUTHORIZED,
        (
            ("www-authenticate", challenge),
            ("content-length", "0"),
            ("server", "SAP"),
            ("x-vcap-request-id", request_id),
        ),
    )
