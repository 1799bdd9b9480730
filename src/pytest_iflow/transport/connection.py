"""Connections to one host: kept alive, TLS verified, no cookies, no redirects, always an end in time."""

from __future__ import annotations

import math
import re
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from http.client import HTTPException
from threading import Lock
from urllib.parse import quote

from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from pytest_iflow.tenants.credentials import Credentials
from pytest_iflow.tenants.model import Environment, Limits, Timeouts
from pytest_iflow.transport.credentials_seen import register_session, register_token_exchange
from pytest_iflow.transport.exchange import Exchange, Headers, Request, Response
from pytest_iflow.transport.failures import Phase, UnfinishedError, UnsendableHeaderError, explain
from pytest_iflow.transport.http_connection import BoundedConnection, connection_to
from pytest_iflow.transport.trust import proxies_for, show_certificate, tls_context

Origin = tuple[str, str, int]
"""Scheme, host and port of an address."""

_ALWAYS = {
    "user-agent": ("User-Agent", "pytest-iflow"),
    "accept-encoding": ("Accept-Encoding", "gzip, deflate"),
    "accept": ("Accept", "*/*"),
}
"""Headers of a request that names no others."""

_BODILESS = frozenset({"GET", "HEAD"})
"""Methods of requests that announce no length where they have no body."""

_NAME = re.compile(r"[^:\s][^:\r\n]*")
_VALUE = re.compile(r"(?:\S[^\r\n]*)?")
_PORTS = {"http": 80, "https": 443}
_UNRESERVED_ESCAPE = re.compile("%(2[DE]|3[0-9]|[46][1-9A-F]|[57][0-9A]|5F|7E)")
_ALLOWED_IN_URL = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class _Address:
    """An address in the form in which it is sent: its host, and the ``target`` of the request line."""

    url: str
    origin: Origin
    target: str


@lru_cache(maxsize=512)
def _address(url: str) -> _Address:
    """Read an address; what a URL may not hold is percent-encoded. Raises ``ValueError`` for none."""
    parts = parse_url(url.lstrip())
    if parts.scheme not in _PORTS or not parts.host:
        raise ValueError("the address does not begin with https:// and a host")
    target = _quoted(parts.path or "/") + (f"?{_quoted(parts.query)}" if parts.query else "")
    origin = parts.scheme, parts.host.strip("[]"), parts.port or _PORTS[parts.scheme]
    fragment = f"#{_quoted(parts.fragment)}" if parts.fragment else ""
    return _Address(f"{parts.scheme}://{parts.netloc}{target}{fragment}", origin, target)


def _quoted(part: str) -> str:
    plain = _UNRESERVED_ESCAPE.sub(lambda found: chr(int(found[1], 16)), part)
    return quote(plain, safe=_ALLOWED_IN_URL)


def _prepared(method: str, address: _Address, headers: Mapping[str, str], body: bytes) -> Request:
    """Return a request as it is sent; raises ``ValueError`` for what HTTP does not allow."""
    if not method:
        raise ValueError("there is no method")
    method = method.upper()
    sent = dict(_ALWAYS)
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise UnsendableHeaderError
        sent[name.lower()] = name, value
    if body or (method not in _BODILESS and "content-length" not in sent):
        sent["content-length"] = "Content-Length", str(len(body))
    return Request(method, address.url, Headers(sent.values()), body)


class Connection:
    """Kept-alive sockets towards one host of a tenant, as many as threads call at the same time.

    It keeps no session: a cookie would make the runtime skip the authentication that a test is about, a
    redirect would carry the token to another host, and a ``.netrc`` would replace it. ``observe`` sees
    every exchange, so that the evidence of a scenario is complete whoever made the call.
    """

    def __init__(
        self,
        host: str,
        context: ssl.SSLContext,
        timeouts: Timeouts,
        environ: Mapping[str, str],
        observe: Callable[[Exchange], None],
        limits: Limits = Limits(),  # noqa: B008, it is frozen
    ) -> None:
        self._context = context
        self._timeouts = timeouts
        self._limits = limits
        self._observe = observe
        self._proxies = proxies_for(host, environ)
        self._idle: dict[Origin, deque[BoundedConnection]] = {}

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        client: str | None = None,
        iflow: str | None = None,
        silence: float | None = None,
        within: float | None = None,
        limit: int | None = None,
    ) -> Exchange:
        """Send one request and read the whole answer; raises ``CallError`` when none arrives.

        ``silence`` are the seconds without a byte after which it is given up, if that is sooner than usual,
        ``within`` those after which an answer that still comes is; ``limit`` the bytes that are read of it.
        """
        complete = min(self._timeouts.complete, within or math.inf)
        read = min(self._timeouts.read, silence or math.inf, complete)
        started, clock = datetime.now(UTC), time.perf_counter()
        http = None
        try:
            address = _address(url)
            request = _prepared(method, address, headers, body)
            http = self._take(address.origin)
            http.bounds.begin(time.monotonic() + complete)
            http.ask(request.method, address.target, request.headers, body)
            answer = http.receive(read)
            response = Response(
                answer.status,
                answer.reason,
                answer.fields(),
                answer.read_body(self._limits.response, limit),
            )
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            timeouts = replace(self._timeouts, read=read, answer=complete)
            phase = http.phase if http else Phase.PREPARING
            why = UnfinishedError() if http and http.bounds.cut_off() else error
            raise explain(
                why, phase, method, url, timeouts, proxied=bool(self._proxies), client=client
            ) from error
        finally:
            if http is not None:
                self._give_back(address.origin, http)
        exchange = Exchange(request, response, started, time.perf_counter() - clock, client, iflow)
        self._observe(exchange)
        return exchange

    def _take(self, origin: Origin) -> BoundedConnection:
        """Return an open connection that nobody uses, or a new one that is not open yet."""
        idle = self._idle.setdefault(origin, deque())
        while idle:
            try:
                http = idle.pop()
            except IndexError:  # another thread was faster
                break
            if http.is_connected:
                return http
            http.close()
        scheme, host, port = origin
        proxy = self._proxies.get(scheme)
        return connection_to(scheme, host, port, self._context, proxy, self._timeouts.connect)

    def _give_back(self, origin: Origin, http: BoundedConnection) -> None:
        if http.is_reusable:
            self._idle[origin].append(http)
        else:
            http.close()

    def close(self) -> None:
        """Close the sockets that nobody uses."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()


class Connections:
    """Keep-alive connections to the token service, the runtime and the API of an environment, by client.

    What is a credential in an exchange is registered as a secret before ``observe`` sees it.
    """

    def __init__(
        self,
        environment: Environment,
        credentials: Credentials,
        environ: Mapping[str, str],
        observe: Callable[[Exchange], None],
    ) -> None:
        self._environment = environment
        self._credentials = credentials
        self._environ = environ
        self._observe = observe
        self._made: dict[tuple[str, str], Connection] = {}
        self._lock = Lock()

    def token_service(self, client: str) -> Connection:
        """Return the connection that asks for tokens of ``client``; it shows the client's certificate."""

        def make() -> Connection:
            key = self._credentials.service_key(client)
            context = self._context
            if key.private_key:
                context = tls_context(self._credentials.ca_bundle(), self._environ)
                show_certificate(context, key, client)
            return self._connection(key.token_url, context, self._see_token_exchange)

        return self._of("token service", client, make)

    def runtime(self, client: str) -> Connection:
        """Return the connection that calls iFlows as ``client``."""

        def make() -> Connection:
            return self._connection(self._credentials.service_key(client).url, self._context, self._see_call)

        return self._of("runtime", client, make)

    def api(self, client: str) -> Connection:
        """Return the connection to the API for ``client`` of plan api, whose key has that host."""
        return self.runtime(client)

    def close(self) -> None:
        """Close every connection."""
        for connection in self._made.values():
            connection.close()

    def _of(self, service: str, client: str, make: Callable[[], Connection]) -> Connection:
        """Return the one connection to a service for a client, made when it is first needed."""
        made = self._made.get((service, client))
        if made is None:
            with self._lock:
                made = self._made.get((service, client))
                if made is None:
                    made = self._made[service, client] = make()
        return made

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return tls_context(self._credentials.ca_bundle(), self._environ)

    def _connection(self, host: str, context: ssl.SSLContext, see: Callable[[Exchange], None]) -> Connection:
        environment = self._environment
        return Connection(host, context, environment.timeouts, self._environ, see, environment.limits)

    def _see_token_exchange(self, exchange: Exchange) -> None:
        register_token_exchange(exchange)
        self._observe(exchange)

    def _see_call(self, exchange: Exchange) -> None:
        register_session(exchange.response.headers)
        self._observe(exchange)
