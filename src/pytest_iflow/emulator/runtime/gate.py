"""Who may send a message to a flow."""

from __future__ import annotations

from pytest_iflow.emulator.bearer import BearerVerifier, Caller, InvalidTokenError
from pytest_iflow.emulator.credentials import Credentials
from pytest_iflow.emulator.instances import runtime_application
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.runtime.unauthorized import (
    NOT_AUTHENTICATED,
    invalid_token_2022,
    no_credentials_2022,
    unauthorized_2020,
)
from pytest_iflow.emulator.wire_answer import WireAnswer


class Gate:
    """Authenticates calls to the runtime by bearer token, or by client id and secret (wire-facts 7)."""

    def __init__(self, landscape: Landscape) -> None:
        self._landscape = landscape
        self._application = runtime_application(landscape.subdomain)
        self._bearer = BearerVerifier(landscape.signing_key, self._application, landscape.now)

    def caller(self, authorization: str, request_id: str, accept: str = "") -> Caller | WireAnswer:
        """Return the caller behind an ``Authorization`` header (may be empty), or the refusal to send.

        ``accept`` is what the caller wants to read; the runtime of 2020 heeded it (wire-facts 4.4).
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
        caller = self._basic(authorization)
        if caller is None and old:
            return unauthorized_2020(NOT_AUTHENTICATED, accept, request_id)
        return caller or no_credentials_2022(request_id)

    def permits(self, caller: Caller, role: str) -> bool:
        """Tell whether the caller has a role of the runtime, such as ``ESBMessaging.send``."""
        return f"{self._application}.{role}" in caller.scopes

    def _basic(self, authorization: str) -> Caller | None:
        credentials = Credentials.from_basic(authorization)
        instance = credentials.instance(self._landscape) if credentials else None
        if instance is None or instance.application != self._application:
            return None
        return Caller(instance.client_id, frozenset(instance.scopes))
