"""Calls to a plane's application without a server, for what a running emulator cannot be made to do."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Scope

from pytest_iflow.emulator.plane_server import EXTENSION


@dataclass(frozen=True)
class Answer:
    """What the application sent; the names of the headers are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as what its JSON stands for."""
        return json.loads(self.body)


def ask(
    app: ASGIApp, method: str, path: str, *, query: str = "", headers: dict[str, str], body: bytes = b""
) -> Answer:
    """Send one request over a connection that has no TLS, and wait for the whole answer."""
    sent: list[Message] = []
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "extensions": {EXTENSION: {"transport": asyncio.Transport()}},
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    async def call() -> None:
        await app(scope, receive, send)

    asyncio.run(call())
    received = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], received, b"".join(event["body"] for event in sent[1:]))
