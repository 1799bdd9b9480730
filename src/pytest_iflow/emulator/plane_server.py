"""A server for one plane, among several in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import ssl
from typing import Any, cast

import uvicorn

from pytest_iflow.emulator.plane_protocol import PlaneProtocol

# Seconds that an idle connection is kept, about as long as the landscape's router does.
KEEP_ALIVE = 90
# The product service has no caller but the threads of this process, which keep their connections.
KEEP_ALIVE_INSIDE = 86_400
# Seconds that answers under way have when the end has come, and once more that their last bytes have, unless
# for some time no byte went out and no connection ended: who keeps one for later does not say goodbye.
GRACE = 5.0
STANDSTILL = 1.0
BEAT = 0.02


class PlaneServer(uvicorn.Server):
    """A server among several in one loop; signals are the business of the process, not of each.

    ``app`` is an ASGI application; ``tls`` None is plain http, for callers inside this process.
    """

    def __init__(self, app: Any, tls: ssl.SSLContext | None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=PlaneProtocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                log_level="error",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=KEEP_ALIVE if tls else KEEP_ALIVE_INSIDE,
                ssl_context_factory=(lambda _config, _default: tls) if tls else None,
            )
        )
        self.listening = asyncio.Event()

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override] # no generator needed to do nothing
        """Leave the signal handlers alone."""
        return contextlib.nullcontext()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and let it be known."""
        await super().startup(sockets)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End when what is under way is answered, at the latest after a few seconds.

        Idle connections end without a farewell: their clients would not answer a TLS close before their
        next call. In place of uvicorn's own end, which waits a tenth of a second for each server.
        """
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        # A request that has arrived is under way, though it may not have been read yet.
        await asyncio.sleep(BEAT)
        connections = cast("set[PlaneProtocol]", self.server_state.connections)  # see the configuration
        busy = [connection for connection in connections if not connection.idle]
        for connection in list(connections):
            if connection.idle:
                connection.transport.abort()
            elif not connection.transport.is_closing():
                connection.shutdown()
        if tasks := set(self.server_state.tasks):
            await asyncio.wait(tasks, timeout=GRACE)
        if busy:
            await self._until_gone(connections)
        for connection in list(connections):
            connection.transport.abort()
        tasks = set(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _until_gone(self, connections: set[PlaneProtocol]) -> None:
        now = asyncio.get_running_loop().time
        last, moved, end = math.inf, now(), now() + GRACE
        # Nothing tells when a connection has gone.
        while connections and now() < min(moved + STANDSTILL, end):
            left = sum(1 + each.transport.get_write_buffer_size() for each in connections)
            if left < last:
                last, moved = left, now()
            await asyncio.sleep(BEAT)
