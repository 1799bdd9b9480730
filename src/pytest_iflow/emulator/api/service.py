"""The ASGI application of the API plane: ``/api/v1``, the login page, and the emulator's own tallies."""

from __future__ import annotations

import json
import uuid

from starlette.requests import Request
from starlette.routing import Route, Router

from pytest_iflow.emulator.api.login_page import login_page
from pytest_iflow.emulator.bearer import BearerVerifier, InvalidTokenError
from pytest_iflow.emulator.instances import api_application
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.odata_error import ODataError
from pytest_iflow.emulator.wire_answer import WireAnswer

EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
UNAUTHORIZED = 401
NOT_IMPLEMENTED = 501


class ApiService:
    """Guards the OData API, of which no entity set is emulated; says so honestly."""

    def __init__(self, landscape: Landscape) -> None:
        self._landscape = landscape
        self._bearer = BearerVerifier(landscape.signing_key, api_application())

    def app(self) -> Router:
        """Return the application of the plane."""
        return Router(
            [
                Route("/emulator/counters", self._counters),
                Route("/api/v1/{resource:path}", self._odata, methods=EVERY_METHOD),
                Route("/{elsewhere:path}", self._login, methods=EVERY_METHOD),
            ]
        )

    async def _counters(self, _request: Request) -> WireAnswer:
        client_ids = tuple(instance.client_id for instance in self._landscape.instances)
        body = json.dumps(self._landscape.counters.as_json(client_ids), indent=2).encode()
        return WireAnswer(200, (("content-type", "application/json"),), body)

    async def _odata(self, request: Request) -> WireAnswer:
        _, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            self._bearer.verify(token.strip())
        except InvalidTokenError as error:
            # Assumed: what the live API says without a good token is not on record.
            return _error(request, ODataError(UNAUTHORIZED, str(error)))
        return _error(request, ODataError(NOT_IMPLEMENTED, "The local tenant has no such entity set."))

    async def _login(self, _request: Request) -> WireAnswer:
        return login_page(self._landscape.planes)


def _error(request: Request, error: ODataError) -> WireAnswer:
    as_json = "json" in request.headers.get("accept", "") or request.query_params.get("$format") == "json"
    headers = [
        ("content-type", "application/json" if as_json else "application/xml"),
        ("server", "SAP"),
        ("x-vcap-request-id", str(uuid.uuid4())),
    ]
    if error.status == UNAUTHORIZED:
        headers.append(("www-authenticate", "Bearer"))
    return WireAnswer(error.status, tuple(headers), error.as_json() if as_json else error.as_xml())
