"""A flow that calls a receiver over HTTP, and the receiver: slow, wrong or down as the caller orders."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from pytest_iflow.emulator.flows.message import (
    SAP_HEADERS,
    Flow,
    FlowFailureError,
    Message,
    Reply,
    Surroundings,
)
from pytest_iflow.emulator.flows.receivers import HttpReceiver, ReceiverAnswer, ReceiverError
from pytest_iflow.emulator.wire_answer import WireAnswer

RECEIVER_PATH = "/receiver"
# Nothing listens there.
DOWN = "http://127.0.0.1:1"
MOST_SECONDS = 60.0
INTERVAL = 0.05
# What recordings show of a receiver's headers in the answer of the flow (wire-facts 4.2).
RECEIVER_HEADERS = (
    ("etag", 'W/"1a-aBcDeF"'),
    ("x-powered-by", "Express"),
    ("x-csrf-token", "dummyToken123"),
    ("x-envoy-upstream-service-time", "3"),
)
# What the flow sends to its receiver and does not remove from the message.
OUTGOING = {"apikey": "dummy-api-key"}
# These belong to one connection or describe the body. They are not passed on.
CONNECTION_HEADERS = frozenset(
    {"connection", "content-length", "content-type", "date", "server", "transfer-encoding"}
)


class ConfigurableReceiver:
    """The receiver (ASGI): ``?seconds=`` makes it slow, ``?status=`` wrong; it echoes the body.

    When ``stopping`` is set it answers at once.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call of the flow."""
        request = Request(scope, receive)
        body = await request.body()
        await self._wait(float(request.query_params["seconds"]))
        status = int(request.query_params["status"])
        answer = WireAnswer(status, (("content-type", "text/plain"), *RECEIVER_HEADERS), body)
        await answer(scope, receive, send)

    async def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        # The event belongs to threads: the loop cannot wait for it.
        while not self._stopping.is_set() and (rest := until - loop.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(rest, INTERVAL))


def with_receiver(app: ASGIApp, stopping: threading.Event) -> ASGIApp:
    """Return an application that is the receiver at its path, and ``app`` elsewhere."""
    return Router([Route(RECEIVER_PATH, ConfigurableReceiver(stopping)), Mount("/", app)])


def call_receiver(message: Message, surroundings: Surroundings) -> Reply:
    """Pass the body on: ``?receiver=down``, ``?delay=`` seconds, ``?timeout=`` seconds, ``?code=``.

    The answer is the receiver's, headers and all. Raises FlowFailureError if it is none, or an error.
    """
    message.log.step("ServiceTask_1", "Request Reply")
    message.log.receiver = message.log.receiver or "Unsteady"
    base = DOWN if message.header("receiver") == "down" else surroundings.receiver
    options = {"seconds": _seconds(message, "delay", "0"), "status": message.status() or HTTPStatus.OK}
    timeout = _seconds(message, "timeout", "60")
    message.log.adapter_attribute("HTTP", "Address", base)
    answer = _call(base, f"?{urlencode(options)}", timeout, message.body)
    if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
        # The words are those of the adapter (wire-facts 6, row 20); the URL in them is assumed.
        raise FlowFailureError(f"HTTP operation failed invoking {base} with statusCode: {answer.status}")
    kept = tuple(pair for pair in answer.headers if pair[0] not in CONNECTION_HEADERS)
    return Reply(answer.body, "text/plain", headers=(*kept, *OUTGOING.items()))


def _call(base: str, target: str, timeout: float, body: bytes) -> ReceiverAnswer:
    with contextlib.closing(HttpReceiver(base, timeout)) as receiver:
        try:
            return receiver.send("POST", target, body, OUTGOING)
        except ReceiverError as error:
            raise FlowFailureError(f"org.apache.camel.CamelExecutionException: {error}") from error


def _seconds(message: Message, name: str, default: str) -> float:
    # A timeout of 0 would mean "do not wait at all" to the socket.
    return max(0.001, message.number(name, MOST_SECONDS)) if message.header(name) else float(default)


FLOWS = (
    Flow(
        "Call_Receiver",
        "Call of a receiver",
        "/receiver",
        call_receiver,
        allowed_headers=f"{SAP_HEADERS}|receiver|delay|timeout|code",
    ),
)
