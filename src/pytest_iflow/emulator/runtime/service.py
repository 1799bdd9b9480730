"""The ASGI application of the runtime plane: ``/http`` and the flows behind it."""

from __future__ import annotations

import asyncio
import time
import uuid
from concurrent.futures import Executor
from http import HTTPStatus

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from pytest_iflow.emulator.flows.message import Flow, FlowFailureError, Message, Surroundings
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver
from pytest_iflow.emulator.flows.registry import FLOWS
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.message_log import MessageIds, MessageLog
from pytest_iflow.emulator.runtime.answers import failure, logged_text, success
from pytest_iflow.emulator.runtime.gate import Gate
from pytest_iflow.emulator.runtime.pages import error_page
from pytest_iflow.emulator.wire_answer import WireAnswer

HTTPS_SENDER = "/http"


class RuntimeService:
    """Authenticates calls, runs the flow behind the address, keeps the message log."""

    def __init__(self, landscape: Landscape, threads: Executor) -> None:
        self._landscape = landscape
        self._gate = Gate(landscape)
        self._threads = threads
        self._surroundings = Surroundings(
            products=ODataReceiver(landscape.planes.products), stopping=landscape.stopping
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call (ASGI)."""
        answer = await self._answer(Request(scope, receive), str(uuid.uuid4()))
        await answer(scope, receive, send)

    async def _answer(self, request: Request, request_id: str) -> WireAnswer:
        caller = self._gate.caller(request.headers.get("authorization", ""), request_id)
        if isinstance(caller, WireAnswer):
            return caller
        path = request.scope["path"]
        flow = FLOWS.get(path.removeprefix(HTTPS_SENDER)) if path.startswith(HTTPS_SENDER) else None
        if flow is None:
            return error_page(HTTPStatus.NOT_FOUND, request_id)
        if not self._gate.permits(caller, flow.role):
            return error_page(HTTPStatus.FORBIDDEN, request_id)
        return await self._process(flow, await _message(request), request_id)

    async def _process(self, flow: Flow, message: Message, request_id: str) -> WireAnswer:
        self._landscape.counters.calls[flow.address] += 1
        ids = MessageIds.new()
        started = time.time()
        running = asyncio.get_running_loop().run_in_executor(
            self._threads, flow.run, message, self._surroundings
        )
        try:
            reply = await running
        except FlowFailureError as error:
            self._remember(flow, ids, started, logged_text(error, ids.message))
            return failure(error, ids.message, request_id)
        self._remember(flow, ids, started, None)
        return success(reply, ids, request_id)

    def _remember(self, flow: Flow, ids: MessageIds, started: float, error: str | None) -> None:
        self._landscape.message_logs.append(
            MessageLog(
                message_id=ids.message,
                correlation_id=ids.correlation,
                artifact=flow.artifact,
                start=started,
                end=time.time(),
                status="FAILED" if error else "COMPLETED",
                error=error,
            )
        )


async def _message(request: Request) -> Message:
    return Message(
        method=request.method,
        query=dict(request.query_params),
        headers=dict(request.headers),
        body=await request.body(),
    )
