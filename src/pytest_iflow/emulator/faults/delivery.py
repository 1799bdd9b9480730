"""What faults do to the messages between an application and its server (ASGI)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive, Scope, Send

from pytest_iflow.emulator.plane_protocol import transport_of

BEAT = 0.05
Pause = Callable[[float], Awaitable[None]]


class AnswerCutError(Exception):
    """The answer ends here, whatever the application still has to say."""


def pause_of(scope: Scope, stopping: threading.Event) -> Pause:
    """Return a sleep that ends early when the landscape does; raises AnswerCutError if the client goes."""
    transport = transport_of(scope)

    async def pause(seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while (rest := until - loop.time()) > 0 and not stopping.is_set():
            await asyncio.sleep(min(rest, BEAT))
            if transport.is_closing():
                raise AnswerCutError

    return pause


async def swallow(_message: Message) -> None:
    """Take an answer that nobody is to get (ASGI send)."""


def truncated(send: Send) -> Send:
    """Let the head and half of the first piece of the body through, then raise AnswerCutError."""

    async def send_half(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            return
        body = message.get("body", b"")
        if body or not message.get("more_body", False):
            await send({"type": message["type"], "body": body[: len(body) // 2], "more_body": True})
            raise AnswerCutError

    return send_half


def dripping(send: Send, rate: float, pause: Pause) -> Send:
    """Send bodies in small pieces, ``rate`` bytes a second."""
    size = max(1, round(rate * BEAT))

    async def send_slowly(message: Message) -> None:
        body = message.get("body", b"")
        last = max(0, len(body) - 1) // size * size
        for start in range(0, last, size):
            await send({"type": message["type"], "body": body[start : start + size], "more_body": True})
            await pause(size / rate)
        await send({**message, "body": body[last:]} if last else message)

    return send_slowly


async def replayed(receive: Receive) -> Callable[[], Receive]:
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
