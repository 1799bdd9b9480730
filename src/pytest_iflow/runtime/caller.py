"""Calls of integration flows: from the name in a feature to the evidence of the call."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from http import HTTPStatus
from threading import Lock
from urllib.parse import quote, urlencode

from pytest_iflow.errors import CallError, ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.oauth.source import TokenSource
from pytest_iflow.oauth.token import Token, basic
from pytest_iflow.places import pause
from pytest_iflow.runtime.addresses import runtime_path, with_suffix
from pytest_iflow.runtime.csrf import send_with_csrf, token_address
from pytest_iflow.runtime.request_body import content_type_of
from pytest_iflow.tenants.credentials import Credentials, needs_emulator
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.exchange import APPLICATION_ID, Exchange, Headers, Request, Response
from pytest_iflow.transport.repetition import SILENCE, Repetition, passing_trouble

__all__ = ["DEFAULT_CLIENT", "IflowCaller"]

DEFAULT_CLIENT = "default"
ONE_CALL_PREFIX = "pytest-iflow-"
"""Begin of an application id that is made for one call; one that a feature gives may be sent again."""

_NOT_PROCESSED = frozenset(
    {
        "certificate-not-strict",
        "connection-refused",
        "dns",
        "no-connection",
        "private-ca-not-trusted",
        "proxy-answered",
        "proxy-authentication",
        "proxy-forbidden",
        "proxy-unreachable",
        "request-not-sendable",
        "request-not-taken",
        "server-certificate-expired",
        "server-certificate-not-yet-valid",
        "server-certificate-of-another-host",
        "tls-failed",
    }
)
"""Causes of a ``CallError`` after which the runtime cannot have received the whole message."""

Query = Mapping[str, str] | Sequence[tuple[str, str]]
"""Parameters of an address; a sequence may hold several of one name."""

SCENARIO_HEADER = "X-Pytest-Iflow-Scenario"
"""Tells the local tenant which scenario calls, so that receivers answer as that one says."""

FILE_HEADER = "X-Pytest-Iflow-File"
"""Tells the local tenant the name of the file, percent-encoded, that starts an iFlow with an SFTP sender."""

_LONE_PERCENT = lazy_pattern("%(?![0-9A-Fa-f]{2})")


class IflowCaller:
    """Calls iFlows of one environment.

    ``connect`` gives the connection to the runtime for a client, ``token_for`` the token of a client
    (``tokens.token``, or what a suite puts in its place), ``path_of`` the path of the runtime for the name
    of an iFlow. ``note`` is told, by title and text, of a message that had to be sent again; ``announce`` is
    called before each is sent. ``added`` are headers of every message whose feature does not give them.
    """

    def __init__(
        self,
        environment: Environment,
        credentials: Credentials,
        tokens: TokenSource,
        connect: Callable[[str], Connection],
        token_for: Callable[[str], Token],
        path_of: Callable[[str], str],
        note: Callable[[str, str], None] = lambda _title, _text: None,
        announce: Callable[[], None] = lambda: None,
        added: Mapping[str, str] | None = None,
    ) -> None:
        self._announce = announce
        self._added = added or {}
        self._environment = environment
        self._credentials = credentials
        self._tokens = tokens
        self._connect = connect
        self._token_for = token_for
        self._path_of = path_of
        self._note = note

    def call(
        self,
        iflow: str,
        *,
        method: str = "POST",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Query | None = None,
        client: str = DEFAULT_CLIENT,
        token: Token | None = None,
        suffix: str = "",
        gzipped: bool = False,
        scenario: str = "",
    ) -> Exchange:
        """Call ``iflow`` as ``client``, with its token or its Basic credentials as the tenant file says.

        ``iflow`` is a name, or an address that begins with a slash; ``suffix`` is put behind its path, and
        may hold a query. ``token`` is one of this client that is already at hand. A body that is ``gzipped``
        is compressed when it is sent. ``scenario`` is sent to the local tenant alone, beside the message.

        A token that ended early is replaced and the call sent again, once: the runtime did not process it.
        A 401 without the runtime's challenge is the iFlow's own answer and stays. What else is sent again
        stands in ``runtime.csrf`` and ``transport.repetition``: never a message that may have been processed.
        Raises ``CallError`` when no answer arrives or a login page answers, ``TokenError`` without a token.
        """
        apart = self._apart(scenario)
        send = self._prepare(iflow, method, body, headers, query, client, suffix, apart, gzipped=gzipped)
        if any(name.lower() == "authorization" for name in headers or {}):
            return send(None)  # the feature brings its own
        settings = self._environment.clients.get(client)
        if settings is not None and settings.runtime_auth == "basic":
            key = self._credentials.service_key(client)
            if key.client_secret is None:
                raise ConfigurationError(
                    f'client "{client}" has a certificate and no secret: runtime-auth = "basic" cannot work',
                    where=f"tenant {self._environment}",
                    remedy="remove runtime-auth, or use a service key of type ClientId/Secret",
                )
            return send(basic(key.client_id, key.client_secret))
        token = token or self._token_for(client)
        return self._tokens.send(client, lambda token: send(f"Bearer {token.value}"), is_refused, token)

    def call_with(
        self,
        authorization: str | Token | None,
        iflow: str,
        *,
        method: str = "POST",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        query: Query | None = None,
        suffix: str = "",
        gzipped: bool = False,
        scenario: str = "",
    ) -> Exchange:
        """Call ``iflow`` with exactly this token, this ``Authorization`` value, or none at all."""
        client, apart = DEFAULT_CLIENT, self._apart(scenario)
        send = self._prepare(iflow, method, body, headers, query, client, suffix, apart, gzipped=gzipped)
        return send(f"Bearer {authorization.value}" if isinstance(authorization, Token) else authorization)

    def _prepare(
        self,
        iflow: str,
        method: str,
        body: bytes,
        headers: Mapping[str, str] | None,
        query: Query | None,
        client: str,
        suffix: str,
        apart: Mapping[str, str],
        *,
        gzipped: bool,
    ) -> Callable[[str | None], Exchange]:
        """Return a function that sends the call with an ``Authorization``."""
        url = self._url(iflow, client, suffix)
        if query:
            url += ("&" if "?" in url else "?") + urlencode(query, quote_via=quote, safe="$")
        sent = self._headers(iflow, body, headers or {})
        repetition, connection = Repetition(self._note), self._connect(client)
        sending = partial(connection.send, client=client, iflow=iflow, gzipped=gzipped, apart=apart)

        def send_once(method: str, headers: Mapping[str, str], body: bytes) -> Exchange:
            request = Request(method, url, headers, body)

            def send_it() -> Exchange:
                self._announce()
                return _answered(sending, request, client, iflow, str(self._environment))

            return repetition.send(send_it)

        def fetch(headers: Mapping[str, str]) -> Exchange:
            ask = partial(sending, "GET", token_address(url), headers=headers, silence=SILENCE)
            return repetition.ask(ask, passing_trouble)

        def send(authorization: str | None) -> Exchange:
            carried = {**sent, "Authorization": authorization} if authorization else sent
            return no_login_page(send_with_csrf(send_once, fetch, method, carried, body))

        return send

    def _apart(self, scenario: str) -> dict[str, str]:
        """Return the headers that only the local tenant gets."""
        is_sent = scenario and needs_emulator(self._environment)
        return {SCENARIO_HEADER: scenario} if is_sent else {}

    def _headers(self, iflow: str, body: bytes, given: Mapping[str, str]) -> dict[str, str]:
        """Return the headers of a feature, and those that a message has where the feature gives none."""
        names = {name.lower() for name in given}
        sent = {name: value for name, value in self._added.items() if name.lower() not in names}
        if body and "content-type" not in names:
            sent["Content-Type"] = content_type_of(body)
        described = self._environment.iflows.get(iflow)
        if described is not None and described.application_id and APPLICATION_ID.lower() not in names:
            sent[APPLICATION_ID] = f"{ONE_CALL_PREFIX}{uuid.uuid4()}"
        sent.update(given)
        return sent

    def _url(self, iflow: str, client: str, suffix: str) -> str:
        path = runtime_path(iflow) if iflow.startswith("/") else self._path_of(iflow)
        path = with_suffix(path, suffix) if suffix else path
        return self._credentials.service_key(client).url + quoted_path(path)


@lru_cache(maxsize=512)
def quoted_path(path: str) -> str:
    """Return a path, maybe with a query, with the other characters percent-encoded; what is so stays."""
    return quote(_LONE_PERCENT.sub("%25", path), safe="/?%:@!$&'()*+,;=~-._")


class CallRate:
    """Keeps calls apart, so that no more than ``limit`` of them are sent in a second; 0 is no limit."""

    def __init__(self, limit: float) -> None:
        self._apart = 1 / limit if limit else 0.0
        self._next = 0.0
        self._lock = Lock()

    def wait(self) -> None:
        """Wait until the next call may be sent."""
        if not self._apart:
            return
        with self._lock:
            now = time.monotonic()
            begins = max(now, self._next)
            self._next = begins + self._apart
        if begins > now:
            pause(begins - now)


def _answered(
    send: Callable[..., Exchange], request: Request, client: str, iflow: str, environment: str
) -> Exchange:
    """Send a message; a ``CallError`` keeps the request where the runtime may have received all of it."""
    started, clock = datetime.now(UTC), time.perf_counter()
    try:
        return send(request.method, request.url, headers=request.headers, body=request.body)
    except CallError as error:
        if error.cause not in _NOT_PROCESSED:
            spent = time.perf_counter() - clock
            sent = Request(request.method, request.url, Headers(request.headers), request.body)
            nothing = Response(0, error.what, {})
            error.unanswered = Exchange(sent, nothing, started, spent, client, iflow, environment)
        raise


def is_refused(exchange: Exchange) -> bool:
    """Tell whether the runtime refused the token: it says so in a challenge, an iFlow's own 401 has none."""
    response = exchange.response
    return response.status == HTTPStatus.UNAUTHORIZED and "bearer" in (
        response.headers.get("www-authenticate", "").lower()
    )


def no_login_page(exchange: Exchange) -> Exchange:
    """Return ``exchange``; raises ``CallError`` where a login page answered (wire-facts 4.6)."""
    if exchange.is_login_page:
        raise CallError(
            f"a login page answered with status {exchange.response.status}: "
            "the call reached the API or UI host, not the runtime",
            where=f"{exchange.request.method} {exchange.request.url.split('?')[0]}",
            remedy="use a service key of plan integration-flow: the host in its url has -rt in its name",
            exchange=exchange,
        )
    return exchange
