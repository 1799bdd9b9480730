"""Fault injection: what is done to a request, to its answer and to its connection (ASGI)."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pytest_iflow.emulator.faults.draws import DUPLICATE, STATUSES_AFTER, RequestFaults
from pytest_iflow.emulator.plane_server import transport_of
from pytest_iflow.emulator.wire_answer import gateway_answer

# With SO_LINGER on for zero seconds a close is a reset. Its two numbers are smaller on Windows.
RESET_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
# Seconds that a client has to answer the end of TLS.
CLOSE_TIMEOUT = 1.0
# Seconds between two looks whether to wait any longer.
INTERVAL = 0.05
# Seconds of a silent service, more than any client waits.
SILENCE = 600.0

Pause = Callable[[float], Awaitable[None]]


class AnswerCutError(Exception):
    """The answer ends here, whatever the application still has to send."""


async def inject(
    faults: RequestFaults, app: ASGIApp, scope: Scope, receive: Receive, send: Send, stopping: threading.Event
) -> None:
    """Have a request processed with its faults, or answered without being processed.

    ``stopping`` ends all waiting: what is under way then is answered at once.
    """
    pause = _interruptible_pause(scope, stopping)
    if faults.drip:
        send = _slowed(send, faults.drip, pause)
    try:
        await pause(faults.wait)
        if "reset_before" in faults.names:
            await _reset(scope, receive)
        elif faults.status:
            await gateway_answer(faults.status)(scope, receive, send)
        else:
            await _process(faults, app, scope, receive, send, pause)
    except AnswerCutError:
        await _close(scope, receive)


async def _process(
    faults: RequestFaults, app: ASGIApp, scope: Scope, receive: Receive, send: Send, pause: Pause
) -> None:
    request = receive
    if DUPLICATE in faults.names:
        deliver = await _repeatable(receive)
        await app(dict(scope), deliver(), _discard)
        request = deliver()
    if faults.names & {"reset_after", "silent", *STATUSES_AFTER}:
        await app(scope, request, _discard)
        if faults.status_after:
            await gateway_answer(faults.status_after, processed=True)(scope, receive, send)
        elif "silent" in faults.names:
            await pause(SILENCE)
            await _close(scope, receive)
        else:
            await _reset(scope, receive)
    else:
        await app(scope, request, _truncated(send) if "truncated" in faults.names else send)


async def _reset(scope: Scope, receive: Receive) -> None:
    """Reset the connection of a request at once; what is not sent yet is lost."""
    transport = transport_of(scope)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()
    await _disconnected(receive)


async def _close(scope: Scope, receive: Receive) -> None:
    """Close the connection of a request after what is sent already, in the middle of the answer."""
    transport = transport_of(scope)
    transport.close()
    try:
        await asyncio.wait_for(_disconnected(receive), CLOSE_TIMEOUT)
    except TimeoutError:
        # A client that does not answer the end of TLS would hold the connection for long.
        transport.abort()
        await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    # The server reports an application that returns before the connection is lost as broken.
    while (await receive())["type"] != "http.disconnect":
        pass


def _interruptible_pause(scope: Scope, stopping: threading.Event) -> Pause:
    """Return a sleep that ends early when the landscape does; raises AnswerCutError if the client goes."""
    transport = transport_of(scope)

    async def pause(seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (rest := until - loop.time()) > 0 and not stopping.is_set():
            await asyncio.sleep(min(rest, INTERVAL))
            if transport.is_closing():
                raise AnswerCutError

    return pause


async def _discard(_message: Message) -> None:
    """Drop an answer that nobody is to get."""


def _truncated(send: Send) -> Send:
    """Send the head and half of the first piece of the body, then raise AnswerCutError."""

    async def send_half(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            return
        body = message.get("body", b"")
        if body or not message.get("more_body", False):
            await send({"type": message["type"], "body": body[: len(body) // 2], "more_body": True})
            raise AnswerCutError

    return send_half


def _slowed(send: Send, rate: float, pause: Pause) -> Send:
    """Send bodies in small pieces, ``rate`` bytes a second."""
    size = max(1, round(rate * INTERVAL))

    async def send_slowly(message: Message) -> None:
        body = message.get("body", b"")
        last = max(0, len(body) - 1) // size * size
        for start in range(0, last, size):
            await send({"type": message["type"], "body": body[start : start + size], "more_body": True})
            await pause(size / rate)
        await send({**message, "body": body[last:]} if last else message)

    return send_slowly


async def _repeatable(receive: Receive) -> Callable[[], Receive]:
    """Read a request to its end; each call of what is returned gives it to one more reader."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise AnswerCutError
        body += message.get("body", b"")
        more = message.get("more_body", False)
    whole: Message = {"type": "http.request", "body": bytes(body), "more_body": False}

    def reader() -> Receive:
        unread = [whole]

        async def receive_again() -> Message:
            return unread.pop() if unread else await receive()

        return receive_again

    return reader
