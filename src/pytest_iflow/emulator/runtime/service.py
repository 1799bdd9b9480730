"""The ASGI application of the runtime plane: the senders, and the flows behind them."""

from __future__ import annotations

import uuid
from concurrent.futures import Executor
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from pytest_iflow.emulator.deployment import Destination
from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.message import Reply
from pytest_iflow.emulator.flows.processing_log import ProcessingLog
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.runtime.answers import success
from pytest_iflow.emulator.runtime.csrf import CsrfProtection
from pytest_iflow.emulator.runtime.gate import Gate
from pytest_iflow.emulator.runtime.incoming import message_of, new_log
from pytest_iflow.emulator.runtime.pages import error_page
from pytest_iflow.emulator.runtime.processor import Processor
from pytest_iflow.emulator.runtime.request_body import UnreadableBodyError, read_body
from pytest_iflow.emulator.runtime.senders import sender_of
from pytest_iflow.emulator.runtime.sessions import SESSION, cookie, new_session_id, session_id
from pytest_iflow.emulator.runtime.soap_sender import asks_for_wsdl, wsdl_answer
from pytest_iflow.emulator.wire_answer import WireAnswer


class RuntimeService:
    """Authenticates calls and has the flow behind the address process them."""

    def __init__(self, landscape: Landscape, threads: Executor) -> None:
        self._landscape = landscape
        self._gate = Gate(landscape)
        self._csrf = CsrfProtection()
        self._processor = Processor(landscape, threads)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call (ASGI)."""
        try:
            answer = await self._answer(Request(scope, receive), str(uuid.uuid4()))
        except ClientDisconnect:
            # Gone in the middle of its body: there is nobody to answer to.
            return
        await answer(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> WireAnswer:
        headers = request.headers
        caller = self._gate.caller(headers.get("authorization", ""), request_id, headers.get("accept", ""))
        if isinstance(caller, WireAnswer):
            return caller
        destination = self._landscape.deployment.at(request.scope["path"])
        if destination is None:
            return error_page(HTTPStatus.NOT_FOUND, request_id)
        flow = destination.flow
        if not self._gate.permits(caller, flow.role):
            return error_page(HTTPStatus.FORBIDDEN, request_id)
        if flow.csrf_protected:
            instead = self._csrf.intercept(request, caller.client_id, request_id)
            if instead:
                return instead
        if flow.wsdl and asks_for_wsdl(request.method, request.query_params):
            address = f"https://{headers.get('host', '')}{request.scope['path']}"
            return wsdl_answer(flow.wsdl, address, request_id)
        self._landscape.counters.calls[flow.address] += 1
        return await self._process(request, destination, request_id)

    async def _process(self, request: Request, destination: Destination, request_id: str) -> WireAnswer:
        flow = destination.flow
        log = new_log(request, flow.artifact, self._landscape.now)
        sender = sender_of(flow)
        try:
            body = sender.payload(await read_body(request, flow.body_limit))
            reply = await self._processor.process(flow, message_of(request, destination, body, log))
        except UnreadableBodyError:
            # Assumed, as is that no message comes of it.
            return error_page(HTTPStatus.BAD_REQUEST, request_id)
        except FlowFailureError as error:
            self._processor.fail(log, error)
            return sender.failure(error, log.ids.message, request_id)
        return self._success(request, sender.reply(reply), log, request_id)

    def _success(self, request: Request, reply: Reply, log: ProcessingLog, request_id: str) -> WireAnswer:
        # A session once begun is kept: a new cookie would take its CSRF token away from the caller.
        cookies = () if session_id(request) else (cookie(SESSION, new_session_id()),)
        ids = log.ids if self._landscape.profile.mpl_header else None
        return success(reply, ids, request_id, *cookies)
