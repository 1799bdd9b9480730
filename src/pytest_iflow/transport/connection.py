"""Connections to one host: kept alive, TLS verified, no cookies, no redirects, always an end in time."""

from __future__ import annotations

import gzip
import math
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from http.client import HTTPException
from threading import Lock
from urllib.parse import urlsplit

from msgspec.structs import replace
from urllib3.exceptions import HTTPError

from pytest_iflow.tenants.credentials import Credentials
from pytest_iflow.tenants.model import Environment, Limits, Timeouts
from pytest_iflow.transport.exchange import Exchange, Request, Response
from pytest_iflow.transport.exchange_secrets import register_session, register_token_exchange
from pytest_iflow.transport.failures import Phase, UnfinishedError, explain
from pytest_iflow.transport.http_connection import BoundedConnection, connection_to
from pytest_iflow.transport.proxies import proxies_for
from pytest_iflow.transport.request_head import Origin, request_head, target_of
from pytest_iflow.transport.trust import show_certificate, tls_context


class Connection:
    """Kept-alive sockets towards one host of a tenant, as many as threads call at the same time.

    A socket that one thread has used serves the next one, whichever that is.

    It keeps no session: a cookie would make the runtime skip the authentication that a test is about, a
    redirect would carry the token to another host, and a ``.netrc`` would replace it. ``observe`` sees
    every exchange, so that the evidence of a scenario is complete whoever made the call; each says of which
    ``environment`` it is.
    """

    def __init__(
        self,
        host: str,
        context: ssl.SSLContext,
        timeouts: Timeouts,
        environ: Mapping[str, str],
        observe: Callable[[Exchange], None],
        limits: Limits = Limits(),  # noqa: B008, it is frozen
        environment: str = "",
    ) -> None:
        self._environment = environment
        self._context = context
        self._timeouts = timeouts
        self._limits = limits
        self._observe = observe
        self._proxies = proxies_for(host, environ)
        self._idle: dict[Origin, deque[BoundedConnection]] = {}
        self._is_closed = False

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
        gzipped: bool = False,
        apart: Mapping[str, str] | None = None,
    ) -> Exchange:
        """Send one request and read the whole answer; raises ``CallError`` when none arrives.

        A body that is ``gzipped`` is compressed on its way; the evidence has it as it was before, as that of
        an answer is what was unpacked.

        ``silence`` are the seconds without a byte after which it is given up, if that is sooner than usual,
        ``within`` those after which an answer that still comes is; ``limit`` the bytes that are read of it.
        Headers ``apart`` are for the host, and no part of the message: the evidence does not have them.
        """
        complete = min(self._timeouts.complete, within or math.inf)
        read = min(self._timeouts.read, silence or math.inf, complete)
        started, clock = datetime.now(UTC), time.perf_counter()
        http = None
        try:
            target = target_of(method, url)
            carried = gzip.compress(body, 6, mtime=0) if gzipped and body else body
            head = request_head(target, headers, len(carried), apart, gzipped=carried is not body)
            request = Request(target.method, target.url, head.headers, body)
            http = self._acquire(target.origin)
            http.bounds.begin(time.monotonic() + complete)
            http.ask(target.method, head.lines, carried)
            answer = http.receive(read)
            response = Response(
                answer.status,
                answer.reason,
                answer.headers,
                answer.read_body(self._limits.response, limit),
            )
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            timeouts = replace(self._timeouts, read=read, answer=complete)
            phase = http.phase if http else Phase.PREPARING
            why = UnfinishedError() if http and http.bounds.cut_off() else error
            proxy = next(iter(self._proxies.values()), None)
            raise explain(why, phase, method, url, timeouts, proxy=proxy, client=client) from error
        finally:
            if http is not None:
                self._release(target.origin, http)
        spent = time.perf_counter() - clock
        exchange = Exchange(request, response, started, spent, client, iflow, self._environment)
        self._observe(exchange)
        return exchange

    def _acquire(self, origin: Origin) -> BoundedConnection:
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

    def _release(self, origin: Origin, http: BoundedConnection) -> None:
        if http.is_reusable and not self._is_closed:
            self._idle[origin].append(http)
        else:
            http.close()

    def close(self) -> None:
        """Close the sockets that nobody uses; others close when their call has ended."""
        self._is_closed = True
        for idle in list(self._idle.values()):
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
            context = self._context_for(key.token_url)
            if key.private_key:
                context = self._new_context()
                show_certificate(context, key, client)
            return self._connection(key.token_url, context, self._see_token_exchange)

        return self._of("token service", client, make)

    def runtime(self, client: str) -> Connection:
        """Return the connection that calls iFlows as ``client``."""

        def make() -> Connection:
            url = self._credentials.service_key(client).url
            return self._connection(url, self._context_for(url), self._see_call)

        return self._of("runtime", client, make)

    def api(self, client: str) -> Connection:
        """Return the connection to the API for ``client`` of plan api, whose key has that host."""
        return self.runtime(client)

    def close(self) -> None:
        """Close every connection."""
        for connection in list(self._made.values()):
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

    def _context_for(self, url: str) -> ssl.SSLContext:
        """Return what verifies a host; for plain HTTP, spoken to this machine alone, nobody is trusted."""
        return self._context if urlsplit(url).scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._new_context()

    def _new_context(self) -> ssl.SSLContext:
        return tls_context(self._credentials.ca_bundle(), self._environ, self._environment.trust)

    def _connection(self, host: str, context: ssl.SSLContext, see: Callable[[Exchange], None]) -> Connection:
        environment = self._environment
        limits, name = environment.limits, str(environment)
        return Connection(host, context, environment.timeouts, self._environ, see, limits, name)

    def _see_token_exchange(self, exchange: Exchange) -> None:
        register_token_exchange(exchange)
        self._observe(exchange)

    def _see_call(self, exchange: Exchange) -> None:
        register_session(exchange.response.headers)
        self._observe(exchange)
