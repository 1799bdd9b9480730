"""The server of the recording proxy: on this machine only, with bounded heads, until Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.oauth.token import basic
from pytest_iflow.recording.journal import Recorder
from pytest_iflow.recording.proxy import Proxy
from pytest_iflow.run import Run
from pytest_iflow.transport.proxies import proxies_for
from pytest_iflow.transport.trust import tls_context

LOOPBACK = "127.0.0.1"
LARGEST_HEAD = 256 * 1024
"""Bytes of the head of a request; a longer one is refused."""

MOST_CONNECTIONS = 1_000
_SWITCH = 0.0005
"""Seconds after which the thread that anonymises gives way to the calls that pass."""


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """What the command line says: the port (0: a free one), the largest body in bytes, whose token to add."""

    port: int
    largest: int
    client: str | None = None


class _BoundedHead(HttpToolsProtocol):
    """The parser keeps a head until it ends: without a limit, an endless one would fill the memory."""

    _head = 0
    _in_head = True

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                if not self.transport.is_closing():
                    self.send_400_response("The head of the request is too large.")
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head, self._head = True, 0
        super().on_message_complete()


@contextlib.contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Listen at a port of this machine; raises ConfigurationError where it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with contextlib.closing(listener):
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except (OSError, OverflowError) as error:
            raise ConfigurationError(
                f"port {port} of this machine cannot be used: {error}", remedy="name another one with --port"
            ) from None
        yield listener


def run_proxy(run: Run, options: ProxyOptions, recorder: Recorder, announce: Callable[[str], None]) -> int:
    """Pass calls on until Ctrl-C or SIGTERM; return how many there were. ``announce`` is told the address.

    Raises ConfigurationError for keys and ports that cannot be used, TokenError where a client gets no token.
    """
    client = options.client or run.first_client
    url = run.credentials.service_key(client).url
    authorization = _Authorizations(run, client) if options.client else None
    if authorization is not None:
        authorization.value()  # what does not work is said before anybody calls
    proxy = Proxy(
        url,
        tls_context(run.credentials.ca_bundle(), run.environ, run.environment.trust),
        run.environment.timeouts,
        recorder,
        largest=options.largest,
        web_proxy=next(iter(proxies_for(url, run.environ).values()), None),
        authorization=authorization.wait if authorization else None,
    )
    sys.setswitchinterval(_SWITCH)
    with listening(options.port) as listener, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(proxy, listener, lambda url, _stop: announce(url)))
    return proxy.passed


async def serve(
    proxy: Proxy, listener: socket.socket, announce: Callable[[str, Callable[[], None]], None]
) -> None:
    """Serve until a signal comes, or somebody calls what ``announce`` is told beside the address."""
    server = _Server(proxy)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.call_soon_threadsafe(setattr, server, "should_exit", True)

    async with proxy.connected():
        serving = asyncio.create_task(server.serve([listener]))
        await server.listening.wait()
        announce(f"http://localhost:{listener.getsockname()[1]}", stop)
        await serving


class _Server(uvicorn.Server):
    """Ends at the first signal: what is under way has a few seconds."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(
            app,
            http=_BoundedHead,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=5,
        )
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and set ``listening``."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End the server on Ctrl-C, SIGTERM and Ctrl+Break; the command goes on and writes."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [
            getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
        ]
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Authorizations:
    """The header Authorization of one client, with the token of the run or its Basic credentials."""

    def __init__(self, run: Run, client: str) -> None:
        self._run = run
        self._client = client

    async def wait(self) -> str:
        return await asyncio.to_thread(self.value)

    def value(self) -> str:
        """Raises ConfigurationError and TokenError."""
        if self._run.environment.client(self._client).runtime_auth == "basic":
            key = self._run.credentials.service_key(self._client)
            return basic(key.client_id, key.client_secret or "")
        return f"Bearer {self._run.tokens.token(self._client).value}"
