"""One process, one event loop: the planes of a landscape, each on a loopback port of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvicorn

from pytest_iflow.emulator.api.service import ApiService
from pytest_iflow.emulator.certificates import ServerCertificate
from pytest_iflow.emulator.landscape import Landscape, new_landscape
from pytest_iflow.emulator.products.service import ProductService
from pytest_iflow.emulator.ready import Ready
from pytest_iflow.emulator.runtime.service import RuntimeService
from pytest_iflow.emulator.service_keys import KeyFolder
from pytest_iflow.emulator.sockets import PlaneSockets, bound
from pytest_iflow.emulator.stop_signals import stop_requested
from pytest_iflow.emulator.token_service.service import TokenService

FLOW_THREADS = 64
# Seconds that an idle connection is kept, about as long as the landscape's router does.
KEEP_ALIVE = 90
# The product service has no caller but the threads of this process, which keep their connections.
KEEP_ALIVE_INSIDE = 86_400
GRACE = 2


class PlaneServer(uvicorn.Server):
    """A server among several in one loop; signals are the business of the process, not of each."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override] # no generator needed to do nothing
        """Leave the signal handlers alone."""
        return contextlib.nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and let it be known."""
        await super().startup(sockets)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End without a farewell: an idle client would not answer a TLS close before its next call."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


def serve(keys: Path, port: int, until_stdin_closes: bool, announce: Callable[[Ready], None]) -> None:
    """Run a landscape until the process is asked to stop.

    Writes the service keys to the folder ``keys`` and takes them away at the end. ``announce`` is
    called once, when every plane answers. Raises StartError if a port or the folder cannot be used.
    """
    folder = KeyFolder(keys)
    with bound(port) as sockets, contextlib.closing(folder):
        asyncio.run(_serve(sockets, folder, until_stdin_closes, announce))


async def _serve(
    sockets: PlaneSockets,
    folder: KeyFolder,
    until_stdin_closes: bool,
    announce: Callable[[Ready], None],
) -> None:
    with stop_requested(until_stdin_closes) as stop:
        landscape = new_landscape(sockets.planes())
        certificate = ServerCertificate.issue()
        folder.write(landscape, certificate.ca)
        async with _answering(landscape, sockets, certificate.tls_context()):
            announce(folder.ready(landscape))
            await stop.wait()


@contextlib.asynccontextmanager
async def _answering(landscape: Landscape, sockets: PlaneSockets, tls: ssl.SSLContext) -> AsyncIterator[None]:
    """Have every plane answer while the context lasts."""
    with (
        ThreadPoolExecutor(FLOW_THREADS, thread_name_prefix="flow") as threads,
        contextlib.closing(ProductService(landscape.planes.products)) as products,
    ):
        servers = {
            _server(TokenService(landscape).app(), tls): sockets.token,
            _server(RuntimeService(landscape, threads), tls): sockets.runtime,
            _server(ApiService(landscape).app(), tls): sockets.api,
            _server(products.app(), None): sockets.products,
        }
        running = [asyncio.create_task(server.serve([listener])) for server, listener in servers.items()]
        for server in servers:
            await server.listening.wait()
        yield
        landscape.stopping.set()
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*running)


def _server(app: Any, tls: ssl.SSLContext | None) -> PlaneServer:
    return PlaneServer(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE if tls else KEEP_ALIVE_INSIDE,
            timeout_graceful_shutdown=GRACE,
            ssl_context_factory=(lambda _config, _default: tls) if tls else None,
        )
    )
