"""The HTTP servers of the planes, and the signals that end them."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast

import uvicorn
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "iflow.transport"
# Bytes, far above what a client sends. The parser keeps a head until it ends: without a limit, an endless one
# would fill the memory.
LARGEST_HEAD = 1024 * 1024
# Seconds that an idle connection is kept, about as long as the landscape's router does.
KEEP_ALIVE = 90
# The product service has no caller but the threads of this process, which keep their connections.
KEEP_ALIVE_INSIDE = 86_400
# Seconds to wait at the end for answers under way, and as many again for their last bytes. The wait is over
# when no byte was sent and no connection ended for STANDSTILL seconds: a client may keep its connection.
GRACE = 5.0
STANDSTILL = 1.0
INTERVAL = 0.02
CHUNK = 4096
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class PlaneProtocol(HttpToolsProtocol):
    """Puts transport and connections into the scope of each request, for certificates, resets and limits."""

    _head_size = 0
    _within_head = True

    def data_received(self, data: bytes) -> None:
        """Take what has arrived, unless the head is too large (called by the transport)."""
        if self._within_head:
            self._head_size += len(data)
            if self._head_size > LARGEST_HEAD:
                if not self.transport.is_closing():
                    self.send_400_response("The head of the request is too large.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin a request (called by the parser)."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"transport": self.transport, "connections": self.connections}}

    def on_headers_complete(self) -> None:
        """End the head of a request (called by the parser)."""
        self._within_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request, after which the head of the next one may come (called by the parser)."""
        self._within_head = True
        self._head_size = 0
        super().on_message_complete()

    @property
    def idle(self) -> bool:
        """Whether this connection has no answer under way and no bytes left to send."""
        answered = self.cycle is None or self.cycle.response_complete
        return answered and not self.transport.is_closing() and not self.transport.get_write_buffer_size()


def transport_of(scope: Scope) -> asyncio.Transport:
    """Return the connection that a request came over; its ``ssl_object`` has the client's certificate."""
    transport: asyncio.Transport = scope["extensions"][EXTENSION]["transport"]
    return transport


def open_connections(scope: Scope) -> int:
    """Return how many connections to the plane are open, 0 for a request that came over none."""
    extension = scope.get("extensions", {}).get(EXTENSION, {})
    return len(extension.get("connections", ()))


class PlaneServer(uvicorn.Server):
    """A server among several in one loop; signals are handled by the process.

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
        """Start, and set ``listening``."""
        await super().startup(sockets)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End when what is under way is answered, at the latest after a few seconds.

        Idle connections end without a TLS close: their clients would not answer it before their next call.
        This replaces uvicorn's own end, which waits a tenth of a second for each server.
        """
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        # A request that has arrived is under way, though it may not have been read yet.
        await asyncio.sleep(INTERVAL)
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
        # uvicorn has no event for the end of a connection.
        while connections and now() < min(moved + STANDSTILL, end):
            left = sum(1 + each.transport.get_write_buffer_size() for each in connections)
            if left < last:
                last, moved = left, now()
            await asyncio.sleep(INTERVAL)


@contextlib.contextmanager
def stop_requested(until_stdin_closes: bool) -> Iterator[asyncio.Event]:
    """Give an event that is set on SIGINT, SIGTERM and, when the terminal ends, SIGHUP.

    On Windows Ctrl+Break sets it, too. With ``until_stdin_closes`` so does the end of standard input, which
    comes on every system when the parent process dies.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def request() -> None:
        # Both the watcher and a signal may come after the loop has ended.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)

    if until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(request,), name="stdin", daemon=True).start()
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name) and not _ignored(name)]
    previous = {number: signal.signal(number, lambda _number, _frame: request()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _ignored(name: str) -> bool:
    # Under nohup a process is meant to go on without its terminal.
    return name == "SIGHUP" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def _watch_stdin(request: Callable[[], None]) -> None:
    # Unbuffered: a thread that waits within a buffered read keeps the interpreter from ending.
    descriptor = sys.stdin.fileno()
    with contextlib.suppress(OSError):
        while os.read(descriptor, CHUNK):
            pass
    request()
