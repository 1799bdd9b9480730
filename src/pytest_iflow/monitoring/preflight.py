"""Whether an environment can be tested at all, asked before the first scenario with a handful of requests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from pytest_iflow.errors import CallError, IflowError, TokenError
from pytest_iflow.monitoring.deployed import require_deployed, require_started, require_version
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.oauth.source import TokenSource
from pytest_iflow.oauth.token import Token
from pytest_iflow.runtime.caller import is_refused, no_login_page
from pytest_iflow.tenants.credentials import Credentials
from pytest_iflow.tenants.model import Environment, Iflow
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.exchange import Exchange
from pytest_iflow.transport.repetition import SILENCE, Repetition, passing

_DOWN = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_NO_ROUTE = b"Requested route"
"""How the platform's router says that no application has this host (wire-facts 6, row 13)."""


@dataclass(frozen=True)
class Preflight:
    """The check of one environment with the client of most calls.

    A healthy one costs four requests: the token and a call of the runtime's root, which no iFlow answers;
    with ``monitor`` also its token and the list of what is deployed.
    """

    environment: Environment
    client: str
    credentials: Credentials
    tokens: TokenSource
    connect: Callable[[str], Connection]
    monitor: Monitor | None
    note: Callable[[str, str], None] = lambda _title, _text: None
    _problems: list[IflowError] = field(default_factory=list)

    def problems(self) -> list[IflowError]:
        """Return all that is broken; nothing is raised."""
        with self._noted():
            token = self.tokens.token(self.client)
            with self._noted():
                require_role(token, self.client)
            self._reach_runtime(token)
        if self.monitor is not None:
            with self._noted():
                self._check_iflows(self.monitor)
        return self._problems

    def _reach_runtime(self, token: Token) -> None:
        exchange = self._ask_runtime(token)
        if is_refused(exchange) and (fresh := self.tokens.replace_refused(self.client, token)):
            exchange = self._ask_runtime(fresh)
        require_runtime(no_login_page(exchange))

    def _ask_runtime(self, token: Token) -> Exchange:
        url = f"{self.credentials.service_key(self.client).url}/"
        headers = {"Authorization": f"Bearer {token.value}"}
        connection = self.connect(self.client)
        return Repetition(self.note).ask(
            lambda: connection.send("GET", url, headers=headers, client=self.client, silence=SILENCE), passing
        )

    def _check_iflows(self, monitor: Monitor) -> None:
        # Asked for also where no iFlow is checked: so a missing role is known before a log is needed.
        artifacts = monitor.runtime_artifacts()
        for name, iflow in self.environment.iflows.items():
            if not _is_checked(iflow):
                continue
            with self._noted():
                artifact = require_deployed(name, iflow.artifact or name, artifacts)
                with self._noted():
                    require_started(name, artifact, monitor)
                if iflow.version is not None:
                    require_version(name, artifact, iflow.version)

    @contextlib.contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except IflowError as error:
            self._problems.append(error)


def require_role(token: Token, client: str) -> None:
    """Raise ``TokenError`` if the token says that it grants nothing at the runtime (wire-facts 3.2)."""
    if token.scopes and all(scope.startswith("uaa.") for scope in token.scopes):
        raise TokenError(
            f'the token of client "{client}" grants no role: the runtime will answer each call with 403',
            where=f"client {client}, scopes {', '.join(token.scopes)}",
            remedy="give the service instance the role ESBMessaging.send, then create a new service key "
            "(a change takes up to one hour to arrive)",
        )


def require_runtime(exchange: Exchange) -> None:
    """Raise ``CallError`` if the answer shows that no runtime can be used behind the url of the key."""
    response = exchange.response
    where = f"client {exchange.client}, GET {exchange.request.url}"
    if is_refused(exchange):
        raise CallError(
            "the runtime refuses the token that the token service gave",
            where=where,
            remedy="url and tokenurl of the service key belong to different tenants, or the key is of "
            "another plan: copy the whole service key again",
        )
    if response.status == HTTPStatus.NOT_FOUND and _NO_ROUTE in response.body[:1024]:
        raise CallError(
            "no runtime has this host name",
            where=where,
            remedy="compare url with the service key in the cockpit; the tenant may have been deleted",
        )
    if response.status in _DOWN:
        raise CallError(
            f"the runtime is not available: it answers {response.status} {response.reason}",
            where=where,
            remedy="see the status of the tenant, then run again",
        )


def _is_checked(iflow: Iflow) -> bool:
    """Whether the tenant file says enough for it: one that has an address only need not name the iFlow."""
    return iflow.address is None or iflow.artifact is not None or iflow.version is not None
