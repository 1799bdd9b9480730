"""The ASGI application of the runtime plane: calls are authenticated, and flows process them."""

from __future__ import annotations

import asyncio
import uuid
from concurrent.futures import Executor
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urljoin

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from pytest_iflow.emulator.authentication import Caller
from pytest_iflow.emulator.flows.message import (
    Completion,
    Flow,
    FlowFailureError,
    Message,
    Reply,
    Surroundings,
)
from pytest_iflow.emulator.flows.receiver_flow import RECEIVER_PATH
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from pytest_iflow.emulator.flows.registry import Destination
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.message_logs.message_log import MessageIds, MessageLog
from pytest_iflow.emulator.message_logs.processing_log import ProcessingLog
from pytest_iflow.emulator.runtime.access import (
    SESSION,
    CsrfProtection,
    Gate,
    cookie,
    new_session_id,
    session_id,
    with_token,
)
from pytest_iflow.emulator.runtime.answers import allowed_methods, error_page, logged_text, success
from pytest_iflow.emulator.runtime.messages import (
    UnreadableBodyError,
    describe,
    is_plain_path,
    message_of,
    new_log,
    read_body,
)
from pytest_iflow.emulator.runtime.senders import asks_for_wsdl, sender_of, wsdl_answer
from pytest_iflow.emulator.wire_answer import WireAnswer


class Processor:
    """Has messages processed; what goes on after the answer ends with the event loop."""

    def __init__(self, landscape: Landscape, threads: Executor) -> None:
        self._landscape = landscape
        self._threads = threads
        self._surroundings = Surroundings(
            products=ODataReceiver(landscape.planes.products),
            stopping=landscape.stopping,
            receiver=urljoin(landscape.planes.products, RECEIVER_PATH),
            orders=landscape.orders,
            mocks=landscape.mocks,
            passages=landscape.passages,
            prints=landscape.prints,
        )
        self._under_way: set[asyncio.Task[None]] = set()

    async def process(self, flow: Flow, message: Message) -> Reply:
        """Run a flow for a message, and log it if that went well; raises FlowFailureError."""
        log = message.log
        try:
            reply = await asyncio.get_running_loop().run_in_executor(
                self._threads, flow.run, message, self._surroundings
            )
        except FlowFailureError:
            log.trace(message.body, b"")
            raise
        log.trace(message.body, reply.body if isinstance(reply.body, bytes) else b"")
        self._put(log.record("PROCESSING" if reply.completion else "COMPLETED"), *log.others)
        if reply.completion:
            task = asyncio.create_task(self._finish(message, reply.completion))
            # The loop keeps only a weak reference to a task.
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return reply

    def fail(self, log: ProcessingLog, error: FlowFailureError) -> None:
        """Log a message that failed."""
        self._put(log.record(error.status, logged_text(error, log.ids.message)), *log.others)

    def _put(self, *logs: MessageLog) -> None:
        for log in logs:
            if log.is_kept:
                self._landscape.message_logs.put(log)

    async def _finish(self, message: Message, completion: Completion) -> None:
        await asyncio.sleep(completion.seconds)
        for steps in completion.retries:
            self._put(message.log.retry(completion.retry_error))
            for step in steps:
                message.log.step(*step)
            await asyncio.sleep(completion.seconds)
        try:
            if completion.child:
                await self._call(completion.child, message)
        except FlowFailureError as error:
            self.fail(message.log, error)
        else:
            self._put(message.log.record(completion.status, completion.error))

    async def _call(self, path: str, message: Message) -> None:
        destination = self._landscape.deployment.at(path)
        if destination is None:
            # The words are assumed.
            raise FlowFailureError(f"No flow is deployed at {path}.")
        ids = replace(MessageIds.new(), correlation=message.log.ids.correlation)
        artifact = destination.flow.artifact
        level = self._landscape.log_levels.of(artifact)
        child = replace(message, log=ProcessingLog(artifact, ids, self._landscape.now, level))
        describe(child)
        try:
            await self.process(destination.flow, child)
        except FlowFailureError as error:
            self.fail(child.log, error)
            raise


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
        status = self._refusal(request, caller, destination)
        if destination is None or status is not None:
            return error_page(status or HTTPStatus.NOT_FOUND, request_id)
        flow = destination.flow
        if request.method == "OPTIONS" and flow.protocol == "http":
            return allowed_methods(request_id)
        instead = None
        if flow.csrf_protected:
            instead = self._csrf.intercept(request, caller.client_id, request_id)
            if instead and not (flow.protocol == "odata" and instead.status == HTTPStatus.OK):
                return instead
        if flow.wsdl and asks_for_wsdl(request.method, request.query_params):
            address = f"https://{headers.get('host', '')}{request.scope['path']}"
            return wsdl_answer(flow.wsdl, address, request_id)
        self._landscape.counters.calls[flow.address] += 1
        answer = await self._process(request, destination, caller.client_id, request_id)
        # An OData sender hands a token out beside what it is asked for (assumed, as OData services do).
        return with_token(answer, instead) if instead else answer

    def _refusal(
        self, request: Request, caller: Caller, destination: Destination | None
    ) -> HTTPStatus | None:
        """Return the status of the page for a call that no flow gets, or None."""
        if request.method == "TRACE":
            return HTTPStatus.METHOD_NOT_ALLOWED
        if not is_plain_path(request.scope.get("raw_path") or b""):
            return HTTPStatus.BAD_REQUEST
        if destination is None:
            return HTTPStatus.NOT_FOUND
        return None if self._gate.permits(caller, destination.flow.role) else HTTPStatus.FORBIDDEN

    async def _process(
        self, request: Request, destination: Destination, client_id: str, request_id: str
    ) -> WireAnswer:
        flow = destination.flow
        level = self._landscape.log_levels.of(flow.artifact)
        log = new_log(request, flow.artifact, self._landscape.now, level)
        sender = sender_of(flow, request.headers.get("accept", ""))
        try:
            body = sender.payload(await read_body(request, flow.body_limit))
            message = message_of(request, destination, body, log, client_id)
            reply = await self._processor.process(flow, message)
        except UnreadableBodyError:
            # Assumed, and also that such a call leaves no message log.
            return error_page(HTTPStatus.BAD_REQUEST, request_id)
        except FlowFailureError as error:
            self._processor.fail(log, error)
            return sender.failure(error, log.ids.message, request_id)
        return self._success(request, sender.reply(reply), log, request_id)

    def _success(self, request: Request, reply: Reply, log: ProcessingLog, request_id: str) -> WireAnswer:
        # A session once begun is kept: a new cookie would take its CSRF token away from the caller.
        cookies = () if session_id(request) else (cookie(SESSION, new_session_id()),)
        profile = self._landscape.profile
        ids = log.ids if profile.mpl_header else None
        if reply.status is None and not profile.no_content:
            reply = replace(reply, status=HTTPStatus.OK)
        return success(reply, ids, request_id, *cookies)
