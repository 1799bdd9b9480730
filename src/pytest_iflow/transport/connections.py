"""The connections of a run: one per client and host, made when first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from ssl import SSLContext

from pytest_iflow.tenants.credentials import Credentials
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.credentials_seen import register_session, register_token_exchange
from pytest_iflow.transport.exchange import Exchange
from pytest_iflow.transport.trust import show_certificate, tls_context


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
        self._token_services: dict[str, Connection] = {}
        self._runtimes: dict[str, Connection] = {}

    def token_service(self, client: str) -> Connection:
        """Return the connection that asks for tokens of ``client``; it shows the client's certificate."""
        if client not in self._token_services:
            key = self._credentials.service_key(client)
            context = self._context
            if key.private_key:
                context = tls_context(self._credentials.ca_bundle(), self._environ)
                show_certificate(context, key, client)
            self._token_services[client] = self._connection(key.token_url, context, self._see_token_exchange)
        return self._token_services[client]

    def runtime(self, client: str) -> Connection:
        """Return the connection that calls iFlows as ``client``."""
        if client not in self._runtimes:
            host = self._credentials.service_key(client).url
            self._runtimes[client] = self._connection(host, self._context, self._see_call)
        return self._runtimes[client]

    def api(self, client: str) -> Connection:
        """Return the connection to the API for ``client`` of plan api, whose key has that host."""
        return self.runtime(client)

    def close(self) -> None:
        """Close every connection."""
        for connection in (*self._token_services.values(), *self._runtimes.values()):
            connection.close()

    @cached_property
    def _context(self) -> SSLContext:
        return tls_context(self._credentials.ca_bundle(), self._environ)

    def _connection(self, host: str, context: SSLContext, see: Callable[[Exchange], None]) -> Connection:
        environment = self._environment
        return Connection(host, context, environment.timeouts, self._environ, see, environment.limits)

    def _see_token_exchange(self, exchange: Exchange) -> None:
        register_token_exchange(exchange)
        self._observe(exchange)

    def _see_call(self, exchange: Exchange) -> None:
        register_session(exchange.response.headers)
        self._observe(exchange)
