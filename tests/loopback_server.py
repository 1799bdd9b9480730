"""A small HTTPS server on loopback that keeps what it received, and a proxy that leads to it."""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer
from typing import Any

LOOPBACK = "127.0.0.1"


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """Give a port that refuses connections while the context lasts: it is taken, and nobody listens."""
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        yield int(holder.getsockname()[1])


@dataclass(frozen=True)
class Received:
    """One request as it arrived; ``connection`` is the client's port, ``target`` the path as it was sent."""

    method: str
    target: str
    headers: Message
    body: bytes
    connection: int
    client_certificate: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Reply:
    """What to answer.

    ``pause`` is in seconds, before the answer, ``drip`` so many after each byte of its body. ``raw``
    replaces the whole answer byte for byte, after which the connection is closed, as it is after any
    answer with ``last``.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    drip: float = 0.0
    raw: bytes | None = None
    last: bool = False


class LoopbackServer(ThreadingHTTPServer):
    """Answers with ``answer`` from the moment it is made; ``tls`` None means plain HTTP."""

    def __init__(
        self, answer: Callable[[Received], Reply], tls: ssl.SSLContext | None, host: str = LOOPBACK
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, 0), _Handler)
        self.answer = answer
        self.received: list[Received] = []
        self.stopping = threading.Event()
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if tls else 'http'}://{shown}:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def all_closed(self, within: float = 10.0) -> bool:
        """Wait until no client is connected any more; False when one still is after ``within`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._open, within)

    def close(self) -> None:
        """Stop answering, break what is open, and wait for every thread."""
        self.stopping.set()
        self.shutdown()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Do the TLS handshake in the thread of the connection, where it can fail alone."""
        if self._tls is None:
            self._handle(request, client_address)
            return
        with self._tls.wrap_socket(request, server_side=True) as secured:
            self._handle(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that breaks off is what many tests are about."""

    def _handle(self, connection: socket.socket, client_address: Any) -> None:
        self._open.add(connection)
        try:
            super().finish_request(connection, client_address)
        finally:
            with self._changed:
                self._open.discard(connection)
                self._changed.notify_all()


Serve = Callable[[Callable[[Received], Reply]], LoopbackServer]
"""What the fixture ``serve`` gives: a server that answers with the function that it gets."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, named by the base class
        """Keep the output of the tests clean."""

    def _answer(self) -> None:
        server = _own(self.server)
        peer = self.connection.getpeercert() if isinstance(self.connection, ssl.SSLSocket) else None
        body = self._body()
        received = Received(self.command, self.path, self.headers, body, self.client_address[1], peer)
        server.received.append(received)
        reply = server.answer(received)
        server.stopping.wait(reply.pause)
        self.close_connection = self.close_connection or reply.last or reply.raw is not None
        if reply.raw is not None:
            self.wfile.write(reply.raw)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name in reply.headers}:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self._send(reply)

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", "0")))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _send(self, reply: Reply) -> None:
        size = 1 if reply.drip else max(1, len(reply.body))
        for start in range(0, len(reply.body), size):
            self.wfile.write(reply.body[start : start + size])
            _own(self.server).stopping.wait(reply.drip)


def _own(server: BaseServer) -> LoopbackServer:
    assert isinstance(server, LoopbackServer)
    return server


class LoopbackProxy(LoopbackServer):
    """A proxy that takes CONNECT to any host and leads to one ``target`` port on this machine.

    With ``refusal`` it refuses every tunnel with that status; ``offers`` are its headers Proxy-Authenticate.
    With ``opens`` it opens TLS to look into it: to the client it is the host, with this context.
    """

    def __init__(
        self,
        target: int,
        refusal: int | None = None,
        offers: Sequence[str] = (),
        opens: ssl.SSLContext | None = None,
    ) -> None:
        self.target = target
        self.refusal = refusal
        self.offers = offers
        self.opens = opens
        super().__init__(lambda _received: Reply(501), None)
        self.RequestHandlerClass = _Tunnel


class _Tunnel(_Handler):
    def do_CONNECT(self) -> None:
        """Join client and target until one of them is done."""
        proxy = _own(self.server)
        assert isinstance(proxy, LoopbackProxy)
        proxy.received.append(Received("CONNECT", self.path, self.headers, b"", self.client_address[1]))
        self.close_connection = True
        if proxy.refusal is not None:
            self.send_response(proxy.refusal)
            for offer in proxy.offers:
                self.send_header("Proxy-Authenticate", offer)
            self.end_headers()
            return
        with socket.create_connection((LOOPBACK, proxy.target)) as target:
            self.send_response(200)
            self.end_headers()
            if proxy.opens is None:
                _join(self.connection, target)
                return
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            with (
                proxy.opens.wrap_socket(self.connection, server_side=True) as client,
                trusting.wrap_socket(target) as host,
            ):
                _join(client, host)


def _join(one: socket.socket, other: socket.socket) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(one, selectors.EVENT_READ, other)
        selector.register(other, selectors.EVENT_READ, one)
        while True:
            for key, _ in selector.select():
                source = one if key.fileobj is one else other
                data = source.recv(65536)
                while isinstance(source, ssl.SSLSocket) and source.pending():  # read, and told to nobody
                    data += source.recv(65536)
                if not data:
                    return
                key.data.sendall(data)


class Dripping:
    """A plain server that says ``pieces`` to each connection, the last one again and again."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces
        self._listening = socket.create_server((LOOPBACK, 0))
        self.port = int(self._listening.getsockname()[1])
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def close(self) -> None:
        """Stop, and wait for every thread."""
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connected, _ = self._listening.accept()
                self._threads.append(threading.Thread(target=self._talk, args=(connected,)))
                self._threads[-1].start()

    def _talk(self, connected: socket.socket) -> None:
        with contextlib.suppress(OSError), connected:
            connected.sendall(b"".join(self._pieces[:-1]))
            while not self._stopping.wait(0.02):
                connected.sendall(self._pieces[-1])
