"""The ASGI application of the API plane: ``/api/v1``, and the login page for everything else.

Only message logs have
the query option ``filterCustomHeaderProperties`` (wire-facts 5.2).
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Protocol

from starlette.requests import Request
from starlette.routing import Route, Router

from pytest_iflow.emulator.api.access import (
    BATCH,
    READ_METHODS,
    ApiGate,
    RateLimits,
    area_of,
    is_basic,
    required_role,
)
from pytest_iflow.emulator.api.changes import PACKAGES, ContentChanges
from pytest_iflow.emulator.api.content import TenantContent
from pytest_iflow.emulator.api.credentials import CREDENTIALS, Credentials
from pytest_iflow.emulator.api.design_sets import DESIGN_FUNCTIONS, DESIGN_SETS
from pytest_iflow.emulator.api.entity_sets import LOG_SETS, RUNTIME_SETS
from pytest_iflow.emulator.api.flow_stores import KEPT_BY_FLOWS, FlowStores, stored_condition
from pytest_iflow.emulator.api.keystore_sets import KEYSTORE_NAMES, KEYSTORE_SETS, keystore_condition
from pytest_iflow.emulator.api.login_page import login_page
from pytest_iflow.emulator.api.operation_sets import OPERATION_SETS
from pytest_iflow.emulator.api.partner_directory import PARTNER_NAMES, PARTNER_SETS, PartnerDirectory
from pytest_iflow.emulator.authentication import Caller
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.odata.edm import LiteralError, tokenize
from pytest_iflow.emulator.odata.filter import ROOT_ALIAS, TRUE, Sql, all_of
from pytest_iflow.emulator.odata.model import Model, ODataError
from pytest_iflow.emulator.odata.resource_path import Segment, read_segments
from pytest_iflow.emulator.odata.service import ODataCall, ODataService, error_answer, file_answer
from pytest_iflow.emulator.plane_server import open_connections
from pytest_iflow.emulator.runtime.access import HEADER as CSRF_HEADER
from pytest_iflow.emulator.runtime.access import CsrfProtection
from pytest_iflow.emulator.wire_answer import WireAnswer

OPTION = "filterCustomHeaderProperties"
LOGS = "MessageProcessingLogs"
ROOT = "/api/v1"
EVERY_METHOD = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MODEL = Model(
    "com.sap.hci.api",
    sets=(*LOG_SETS, *RUNTIME_SETS, *DESIGN_SETS, *OPERATION_SETS, *KEYSTORE_SETS, *PARTNER_SETS),
    functions=DESIGN_FUNCTIONS,
    # Observed: lists behind a navigation take no notice of it (wire-facts 5.1).
    ignored_in_navigation=frozenset({"$skip"}),
)


class OperatedPart(Protocol):
    """Keeps some of the sets of what is operated; whoever calls it holds the lock of the database."""

    def prepare(self) -> None:
        """Bring the tables up to date before a request."""

    def make(self, call: ODataCall, path: list[Segment]) -> WireAnswer:
        """Make a change; raises ODataError."""


def custom_header_condition(path: list[Segment], options: Mapping[str, str]) -> Sql:
    """Return the condition that ``'<name>' eq '<value>'`` sets for message logs; raises ODataError.

    Nothing but one comparison for equality is understood (assumed).
    """
    if OPTION not in options or [segment.name for segment in path[:1]] != [LOGS]:
        return TRUE
    try:
        parts = tokenize(options[OPTION])
    except LiteralError as error:
        raise ODataError(HTTPStatus.BAD_REQUEST, f"Invalid {OPTION}: {error}") from error
    if [part.kind for part in parts] != ["string", "word", "string", "end"] or parts[1].text != "eq":
        raise ODataError(HTTPStatus.BAD_REQUEST, f"{OPTION} is not of the form 'name' eq 'value'.")
    name, _, value, _ = parts
    return Sql.of(
        "{0} IN (SELECT message_id FROM custom_headers WHERE name = {1} AND value = {2})",
        Sql.column(ROOT_ALIAS, "MessageGuid"),
        Sql.value(name.value),
        Sql.value(value.value),
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
        root = f"{landscape.planes.api}{ROOT}"
        self._odata = ODataService(root, MODEL, logs.database, logs.lock)
        self._changes = ContentChanges(root, MODEL, self._content, self._odata)
        self._partners = PartnerDirectory(root, MODEL, logs.database, self._odata)
        credentials = Credentials(MODEL, logs.database)
        stores = FlowStores(MODEL, logs.database, landscape.engine.stores)
        self._operated: dict[str, OperatedPart] = {
            **dict.fromkeys(CREDENTIALS, credentials),
            **dict.fromkeys(KEPT_BY_FLOWS, stores),
        }

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
            answered = error_answer(error, request.query_params, request.headers.get("accept", ""))
            if error.status == HTTPStatus.UNAUTHORIZED:
                answered = _with_headers(answered, ("www-authenticate", "Bearer"))
        return _with_headers(answered, ("server", "SAP"), ("x-vcap-request-id", request_id))

    async def _process(self, request: Request, request_id: str) -> WireAnswer:
        authorization = request.headers.get("authorization", "")
        caller = self._gate.caller(authorization)
        path = read_segments(_resource(request))
        self._limits.admit(area_of(path), caller.client_id, request.client, open_connections(request.scope))
        self._gate.require(caller, required_role(request.method, path))
        reads = request.method in READ_METHODS
        stopped = None
        if reads or is_basic(authorization):
            # A bearer token does without (wire-facts 5.1).
            stopped = self._csrf.intercept(request, caller.client_id, request_id)
        self._content.refresh()
        self._landscape.message_logs.release_late()
        part = self._operated_part(path)
        if part is not None:
            with self._landscape.message_logs.lock:
                part.prepare()
        if not reads:
            return stopped or self._write(await _call(request), path, caller)
        answered = await self._read(request, path)
        fetched = stopped.headers if stopped else ()
        return _with_headers(answered, *(each for each in fetched if each[0] in {CSRF_HEADER, "set-cookie"}))

    async def _read(self, request: Request, path: list[Segment]) -> WireAnswer:
        # In a thread: a thousand entries take longer to render than others ought to wait.
        return await asyncio.to_thread(self._found, await _call(request), path)

    def _found(self, call: ODataCall, path: list[Segment]) -> WireAnswer:
        if [segment.name for segment in path] == [PACKAGES, "$value"] and path[0].key:
            package = str(path[0].key[0][1])
            content = self._content.design_time.export_package(package)
            return file_answer(content, "application/zip", f"{package}.zip")
        within = (custom_header_condition, stored_condition, keystore_condition)
        condition = all_of(each(path, call.options) for each in within)
        return self._odata.read(call.path, call.options, call.accept, condition)

    def _operated_part(self, path: list[Segment]) -> OperatedPart | None:
        """Return who keeps the set that a path begins with, if it is one of what is operated."""
        name = path[0].name if path else ""
        if name in KEYSTORE_NAMES and name not in self._operated:
            # Imported here: a start takes longer with it, and few look at the keystore.
            from pytest_iflow.emulator.api.keystore import Keystore

            keystore = Keystore(MODEL, self._landscape.message_logs.database, self._odata)
            self._operated |= dict.fromkeys(KEYSTORE_NAMES, keystore)
        return self._operated.get(name)

    def _write(self, call: ODataCall, path: list[Segment], caller: Caller) -> WireAnswer:
        first = path[0].name if path else ""
        if first == BATCH:
            return self._batch(call, caller)
        part = self._operated_part(path)
        with self._landscape.message_logs.lock:
            if first in PARTNER_NAMES:
                return self._partners.make(call)
            if part is not None:
                return part.make(call, path)
        return self._changes.make(call, path)

    def _batch(self, call: ODataCall, caller: Caller) -> WireAnswer:
        # Imported here: a start takes longer with it, and few send a batch.
        from pytest_iflow.emulator.odata.batch import run_batch

        logs = self._landscape.message_logs
        with logs.lock:
            return run_batch(call, partial(self._part, caller), logs.database, f"{ROOT}/")

    def _part(self, caller: Caller, call: ODataCall) -> WireAnswer:
        try:
            path = read_segments(call.path)
            self._gate.require(caller, required_role(call.method, path))
            if call.method in READ_METHODS:
                return self._found(call, path)
            return self._partners.make(call)
        except ODataError as error:
            return error_answer(error, call.options, call.accept)


async def _call(request: Request) -> ODataCall:
    headers = request.headers
    return ODataCall(
        request.method,
        _resource(request),
        dict(request.query_params),
        headers.get("accept", ""),
        await request.body(),
        headers.get("content-type", ""),
    )


def _resource(request: Request) -> str:
    """Return the resource path; the root of the service has none, with and without a slash behind it."""
    return str(request.path_params.get("resource", ""))


def _with_headers(answered: WireAnswer, *headers: tuple[str, str]) -> WireAnswer:
    """Add those headers that are not there yet."""
    present = {name for name, _ in answered.headers}
    return replace(
        answered, headers=(*answered.headers, *(each for each in headers if each[0] not in present))
    )
