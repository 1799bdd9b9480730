"""Sockets to a host or through a proxy, with TLS; each serves one call at a time, and keeps to its bounds."""

from __future__ import annotations

import errno
import math
import ssl
import time
import warnings
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

from requests.utils import parse_list_header
from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.transport.bounded_answer import BoundedResponse, Bounds
from pytest_iflow.transport.failures import Phase
from pytest_iflow.transport.proxies import ProxyRefusalError, proxy_authorization, proxy_user

_SENT_PIECE = 16_384
"""Bytes of a request that are sent at a time: those of one TLS record."""

_HUNG_UP = frozenset({errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE})
"""What a system says where the host has closed the connection; macOS says the last one, too."""


class BoundedConnection(HTTPConnection):
    """A socket to a host, for one call at a time; its answers, and those of a proxy, end in time."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.bounds = Bounds()
        self.phase = Phase.CONNECTING
        self._bounds_of_head = self.bounds
        self._method = ""
        self._answer: BoundedResponse | None = None

    def connect(self) -> None:
        """Connect; what a proxy says to that is awaited no longer than the connection itself."""
        limit = self.timeout if isinstance(self.timeout, int | float) else math.inf
        self._bounds_of_head = Bounds()
        self._bounds_of_head.begin(min(self.bounds.ends_at, time.monotonic() + limit))
        try:
            super().connect()
        except (OSError, HTTPError, HTTPException):
            if self.proxy and not self.has_connected_to_proxy:
                self.phase = Phase.PROXY
            raise
        finally:
            self._bounds_of_head = self.bounds

    def ask(self, method: str, head: bytes, body: bytes) -> None:
        """Connect if need be and send a request; head and body of a small one go in one piece.

        A host that breaks the connection meanwhile may have answered before: whether it did, ``receive``
        tells.
        """
        self._answer = None
        if self.is_closed:
            self.phase = Phase.CONNECTING
            self.connect()
        else:
            self.sock.settimeout(self.timeout)
        self.phase = Phase.SENDING
        self._method = method
        try:
            for piece in (head + body,) if len(body) <= _SENT_PIECE else (head, body):
                self.send(piece)
        except OSError as error:
            if error.errno not in _HUNG_UP:
                raise

    def send(self, data: Any) -> None:
        """Send piece by piece: a host that takes few bytes at a time has no more time than any other."""
        if len(data) <= 2 * _SENT_PIECE:
            super().send(data)
            return
        for start in range(0, len(data), _SENT_PIECE):
            self.bounds.left()
            super().send(memoryview(data)[start : start + _SENT_PIECE])
            self.bounds.has_begun = True

    def receive(self, silence: float) -> BoundedResponse:
        """Read the head of the answer; ``silence`` are the seconds without a byte that are borne."""
        self.phase = Phase.RECEIVING
        answer = BoundedResponse(self.sock, method=self._method, bounds=self.bounds, silence=silence)
        try:
            answer.begin()
        except BaseException:
            answer.close()
            raise
        self._answer = answer
        return answer

    def close(self) -> None:
        """Close the socket, and what still reads from it."""
        if self._answer is not None:
            self._answer.close()
        super().close()

    @property
    def is_reusable(self) -> bool:
        """Whether an answer was read to its end and the host keeps the connection open."""
        answer = self._answer
        return self.sock is not None and answer is not None and answer.isclosed() and not answer.will_close


class _SecureConnection(BoundedConnection, HTTPSConnection):
    """The same with TLS, whose handshake the library gives no more time than the connection."""


class _TunnelledConnection(_SecureConnection):
    """The same through a proxy of HTTP."""

    def __init__(self, target: tuple[str, int], proxy: str, **more: Any) -> None:
        at = parse_url(proxy)
        if at.scheme not in {"http", "https"}:
            raise ConfigurationError(
                f'a proxy of the kind "{at.scheme}" cannot be used',
                where="HTTPS_PROXY",
                remedy="name one of the kinds http, https or, with PySocks installed, socks5 or socks5h",
            )
        at = at._replace(port=at.port or (443 if at.scheme == "https" else 80))
        settings = ProxyConfig(
            more["ssl_context"],
            use_forwarding_for_https=False,
            assert_hostname=None,
            assert_fingerprint=None,
        )
        super().__init__(at.host, at.port, proxy=at, proxy_config=settings, **more)
        self._target = target
        authorization = proxy_authorization(proxy)
        self._credentials = {"Proxy-Authorization": authorization} if authorization else {}

    def connect(self) -> None:
        """Connect to the host through the proxy."""
        assert self.proxy is not None  # noqa: S101, given above
        scheme = "https" if self.proxy.scheme == "https" else "http"
        self.set_tunnel(*self._target, scheme=scheme)
        super().connect()

    def _tunnel(self) -> None:
        """Ask the proxy for the way to the host; raises ``ProxyRefusalError`` with what it answers instead.

        The library does the same, and leaves of the answer nothing but a text.
        """
        self.phase = Phase.PROXY
        host, port = self._target
        name = f"[{host}]" if ":" in host else host if host.isascii() else host.encode("idna").decode("ascii")
        lines = [f"CONNECT {name}:{port} HTTP/1.1", f"Host: {name}:{port}"]
        lines += [f"{name}: {value}" for name, value in self._credentials.items()]
        self.send("\r\n".join([*lines, "", ""]).encode("ascii"))
        with closing(BoundedResponse(self.sock, method="CONNECT", bounds=self._bounds_of_head)) as answer:
            answer.begin()
            if answer.status != HTTPStatus.OK:
                given = answer.headers.get("Proxy-Authenticate", "")
                offered: list[str] = parse_list_header(given)  # type: ignore[no-untyped-call]
                schemes = [each.split(" ", 1)[0] for each in offered]
                raise ProxyRefusalError(
                    answer.status,
                    answer.reason,
                    tuple(each for each in schemes if each.isalnum()),  # others are parameters of one
                    has_signed_in=bool(self._credentials),
                )
        self.phase = Phase.CONNECTING


class _FirstLines(HTTPConnection):
    """Writes the beginning of a request as the library does, and connects to nobody."""

    written = b""

    def send(self, data: Any) -> None:
        self.written = data


def first_lines(host: str, port: int, usual_port: int, method: str, path: str) -> tuple[bytes, bytes]:
    """Return the first lines of a request: with the header ``Host``, and without.

    Raises ``ValueError`` for a method or a path that cannot be sent.
    """
    lines = []
    for has_host in (False, True):
        connection = _FirstLines(host, port)
        vars(connection)["default_port"] = usual_port
        connection.putrequest(method, path, skip_host=has_host, skip_accept_encoding=True)
        connection.endheaders()
        lines.append(connection.written.removesuffix(b"\r\n"))
    return lines[0], lines[1]


def connection_to(
    scheme: str, host: str, port: int, context: ssl.SSLContext, proxy: str | None, timeout: float
) -> BoundedConnection:
    """Return a connection to a host that is not open yet.

    ``timeout`` is in seconds, for connecting and for each piece that is sent. Raises
    ``ConfigurationError`` for a proxy of a kind that cannot be used.
    """
    if scheme == "http":  # this machine, which has no proxy
        return BoundedConnection(host, port, timeout=timeout)
    if proxy is None:
        return _SecureConnection(host, port, timeout=timeout, ssl_context=context)
    if proxy.startswith("socks"):
        return _socks_connection(host, port, proxy, timeout=timeout, ssl_context=context)
    return _TunnelledConnection((host, port), proxy, timeout=timeout, ssl_context=context)


def _socks_connection(host: str, port: int, proxy: str, **more: Any) -> BoundedConnection:
    """Return a connection through a proxy of SOCKS, for which the library needs PySocks."""
    try:
        with warnings.catch_warnings():  # of what the error says
            warnings.simplefilter("ignore")
            from urllib3.contrib.socks import SOCKSHTTPSConnection, SOCKSProxyManager
    except ImportError as error:
        raise ConfigurationError(
            "a proxy of SOCKS needs the package PySocks",
            where="HTTPS_PROXY or ALL_PROXY",
            remedy="pip install PySocks, or name a proxy of HTTP",
        ) from error

    class SocksConnection(BoundedConnection, SOCKSHTTPSConnection):
        pass

    user, password = proxy_user(proxy)
    options = SOCKSProxyManager(proxy, user or None, password or None).connection_pool_kw["_socks_options"]
    return SocksConnection(options, host, port, **more)
