"""The ASGI application of the API plane: ``/api/v1``, and the login page for everything else."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.routing import Route, Router

from pytest_iflow.emulator.api.areas import READ_METHODS, area, role
from pytest_iflow.emulator.api.content import TenantContent
from pytest_iflow.emulator.api.content_sets import CONTENT_SETS, DEPLOY
from pytest_iflow.emulator.api.custom_header_filter import custom_header_condition
from pytest_iflow.emulator.api.gate import ApiGate, is_basic
from pytest_iflow.emulator.api.log_sets import LOG_SETS
from pytest_iflow.emulator.api.login_page import login_page
from pytest_iflow.emulator.api.rate_limits import RateLimits
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.literals import LiteralError, tokens
from pytest_iflow.emulator.odata.model import Model
from pytest_iflow.emulator.odata.resource_path import Segment, segments
from pytest_iflow.emulator.odata.service import ODataService, answer, refusal
from pytest_iflow.emulator.odata.target import missing
from pytest_iflow.emulator.runtime.csrf import HEADER as CSRF_HEADER
from pytest_iflow.emulator.runtime.csrf import CsrfProtection
from pytest_iflow.emulator.wire_answer import WireAnswer

ROOT = "/api/v1"
EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ACCEPTED = 202
BAD_REQUEST = 400
UNAUTHORIZED = 401
NOT_IMPLEMENTED = 501
MODEL = Model(
    "com.sap.hci.api",
    sets=(*LOG_SETS, *CONTENT_SETS),
    functions=(DEPLOY,),
    # Observed: lists behind a navigation take no notice of it (wire-facts 5.1).
    ignored_in_navigation=frozenset({"$skip"}),
)


class ApiService:
    """Guards the OData API and has the engine answer; deploys and undeploys.

    ``clock`` is the one that rate limits go by, in seconds.
    """

    def __init__(self, landscape: Landscape, clock: Callable[[], float] = time.monotonic) -> None:
        self._landscape = landscape
        self._gate = ApiGate(landscape)
        self._limits = RateLimits(landscape.counters.too_many, clock)
        self._csrf = CsrfProtection()
        self._content = TenantContent(landscape)
        logs = landscape.message_logs
        self._odata = ODataService(f"{landscape.planes.api}{ROOT}", MODEL, logs.database, logs.lock)

    def app(self) -> Router:
        """Return the application of the plane."""
        return Router(
            [
                Route(ROOT, self._answer, methods=EVERY_METHOD),
                Route(f"{ROOT}/{{resource:path}}", self._answer, methods=EVERY_METHOD),
                Route("/{elsewhere:path}", self._login, methods=EVERY_METHOD),
            ]
        )

    async def _login(self, _request: Request) -> WireAnswer:
        return login_page(self._landscape.planes)

    async def _answer(self, request: Request) -> WireAnswer:
        request_id = str(uuid.uuid4())
        try:
            answered = await self._process(request, request_id)
        except ODataError as error:
            answered = refusal(error, request.query_params, request.headers.get("accept", ""))
            if error.status == UNAUTHORIZED:
                answered = _with(answered, ("www-authenticate", "Bearer"))
        return _with(answered, ("server", "SAP"), ("x-vcap-request-id", request_id))

    async def _process(self, request: Request, request_id: str) -> WireAnswer:
        authorization = request.headers.get("authorization", "")
        caller = self._gate.caller(authorization)
        path = segments(_resource(request))
        self._limits.admit(area(path), caller.client_id)
        self._gate.require(caller, role(request.method, path))
        reads = request.method in READ_METHODS
        stopped = None
        if reads or is_basic(authorization):
            # A bearer token does without (wire-facts 5.1).
            stopped = self._csrf.intercept(request, caller.client_id, request_id)
        if not reads:
            return stopped or self._write(request, path)
        answered = await self._read(request, path)
        fetched = stopped.headers if stopped else ()
        return _with(answered, *(each for each in fetched if each[0] in {CSRF_HEADER, "set-cookie"}))

    async def _read(self, request: Request, path: list[Segment]) -> WireAnswer:
        self._content.refresh()
        self._landscape.message_logs.appear()
        options = dict(request.query_params)
        # In a thread: a thousand entries take longer to render than others ought to wait.
        return await asyncio.to_thread(
            self._odata.read,
            _resource(request),
            options,
            request.headers.get("accept", ""),
            custom_header_condition(path, options),
        )

    def _write(self, request: Request, path: list[Segment]) -> WireAnswer:
        names = [segment.name for segment in path]
        if (request.method, names) == ("POST", [DEPLOY.name]):
            return self._deploy(request)
        if (request.method, names) == ("DELETE", ["IntegrationRuntimeArtifacts"]) and path[0].key:
            if not self._content.undeploy(str(path[0].key[0][1])):
                raise missing()
            return WireAnswer(ACCEPTED, (("dataserviceversion", "2.0"), ("content-length", "0")))
        raise ODataError(NOT_IMPLEMENTED, "The local tenant cannot change this.")

    def _deploy(self, request: Request) -> WireAnswer:
        try:
            artifact, _ = tokens(request.query_params.get("Id", ""))
        except (LiteralError, ValueError) as error:
            raise ODataError(BAD_REQUEST, "The parameter Id is missing or no string.") from error
        task = self._content.deploy(str(artifact.value))
        if task is None:
            raise missing()
        return answer(task.encode(), "text/plain;charset=utf-8", ACCEPTED)


def _resource(request: Request) -> str:
    """Return the resource path; the root of the service has none, with and without a slash behind it."""
    return str(request.path_params.get("resource", ""))


def _with(answered: WireAnswer, *headers: tuple[str, str]) -> WireAnswer:
    """Add those headers that are not there yet."""
    present = {name for name, _ in answered.headers}
    return replace(
        answered, headers=(*answered.headers, *(each for each in headers if each[0] not in present))
    )
