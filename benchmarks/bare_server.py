"""A bare Starlette application behind the server and the TLS of the local tenant, until standard input ends.

Prints one line of JSON when it listens: its port and the certificate of its CA.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from pytest_iflow.emulator.certificates import ServerCertificate
from pytest_iflow.emulator.plane_server import PlaneServer, stop_requested


async def chunks(body: bytes) -> AsyncIterator[bytes]:
    """Give a body in one piece, without announcing its length."""
    yield body


async def answer(request: Request) -> StreamingResponse:
    """Send back what came."""
    return StreamingResponse(chunks(await request.body()))


async def serve() -> None:
    """Listen on a free port of loopback."""
    certificate = ServerCertificate.issue()
    with socket.socket() as listener, stop_requested(until_stdin_closes=True) as stop:
        listener.bind(("127.0.0.1", 0))
        routes = [Route("/", answer, methods=["POST"])]
        server = PlaneServer(Starlette(routes=routes), certificate.tls_context())
        running = asyncio.create_task(server.serve([listener]))
        await server.listening.wait()
        print(json.dumps({"port": str(listener.getsockname()[1]), "ca": certificate.ca}), flush=True)
        await stop.wait()
        server.should_exit = True
        await running


if __name__ == "__main__":
    asyncio.run(serve())
