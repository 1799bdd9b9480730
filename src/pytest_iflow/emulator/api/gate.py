"""Who may use the API, and for what."""

from __future__ import annotations

from pytest_iflow.emulator.bearer import BearerVerifier, Caller, InvalidTokenError
from pytest_iflow.emulator.credentials import Credentials
from pytest_iflow.emulator.instances import api_application
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.odata.error import ODataError

UNAUTHORIZED = 401
FORBIDDEN = 403


class ApiGate:
    """Knows callers by a token of plan ``api``, or by id and secret of such a client (wire-facts 5.1)."""

    def __init__(self, landscape: Landscape) -> None:
        self._landscape = landscape
        self._application = api_application()
        self._bearer = BearerVerifier(landscape.signing_key, self._application, landscape.now)

    def caller(self, authorization: str) -> Caller:
        """Return the caller behind an ``Authorization`` header; raises ODataError (401).

        Assumed: what the live API says without a good token is not on record.
        """
        if is_basic(authorization):
            credentials = Credentials.from_basic(authorization)
            instance = credentials.instance(self._landscape) if credentials else None
            if instance is None or instance.application != self._application:
                raise ODataError(UNAUTHORIZED, "Bad credentials")
            return Caller(instance.client_id, frozenset(instance.scopes))
        _, _, token = authorization.partition(" ")
        try:
            return self._bearer.verify(token.strip())
        except InvalidTokenError as error:
            raise ODataError(UNAUTHORIZED, str(error)) from error

    def require(self, caller: Caller, role: str | None) -> None:
        """Raise ODataError (403, its text null as observed, wire-facts 5.1) if the caller lacks a role."""
        if role is not None and f"{self._application}.{role}" not in caller.scopes:
            raise ODataError(FORBIDDEN, None)


def is_basic(authorization: str) -> bool:
    """Tell whether a caller sends id and secret: whoever does needs a CSRF token to write."""
    return authorization.partition(" ")[0].lower() == "basic"
