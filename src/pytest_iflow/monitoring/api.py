"""Requests to the tenant's OData API: they stay below its limits, and raise one error for all refusals."""

from __future__ import annotations

import math
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from threading import Lock
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from msgspec import Struct

from pytest_iflow.errors import CallError, MonitoringError
from pytest_iflow.monitoring.odata import check_status, no_answer, not_odata, read_json, trouble
from pytest_iflow.oauth.source import TokenSource
from pytest_iflow.oauth.token import Token
from pytest_iflow.places import OneAtATime, pause
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.exchange import Exchange
from pytest_iflow.transport.repetition import Repetition

MARGIN = 0.8
"""Share of a limit that a run uses."""

MESSAGE_LOGS = 100
"""Requests a second for each user (wire-facts 5.5)."""

_OTHER_LIMITS = {
    # That endpoints count as runtime artifacts is assumed.
    "IntegrationRuntimeArtifacts": 50,
    "ServiceEndpoints": 50,
    "IntegrationPackages": 10,
    "IntegrationDesigntimeArtifacts": 10,
}


POLL = 0.05
"""Seconds between two tries of who has used up the requests of a second."""


class Throttle:
    """Keeps one of ``workers`` processes below its share of the requests per second.

    A request counts from its sending until a second after its answer, for nobody knows when the tenant
    counted it. So a tenant, or a machine, that is slow for a while meets no more than its limit afterwards.
    Of several threads only the first in the row tries again and again; all give their places away.
    """

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._rows: dict[int, _Row] = {}

    @contextmanager
    def request(self, path: str) -> Iterator[None]:
        """Wait until a request for ``path``, which begins with an entity set, may be sent; then it is sent.

        Raises ``RunCutShort`` where the run ends meanwhile.
        """
        limit = _OTHER_LIMITS.get(re.split(r"\W", path, maxsplit=1)[0], MESSAGE_LOGS)
        row = self._rows.get(limit)
        if row is None:  # setdefault, for another thread may be as far
            row = self._rows.setdefault(limit, _Row(limit * MARGIN / self._workers))
        with row.first:
            while not row.is_begun():
                pause(POLL)
        try:
            yield
        finally:
            row.end()


class _Row:
    """The requests that count against one limit: ``share`` of them a second, or one in a longer time."""

    def __init__(self, share: float) -> None:
        self.first = OneAtATime()
        self._most = max(math.floor(share), 1)
        self._seconds = max(1.0, 1 / share)
        self._lock = Lock()
        self._under_way = 0
        self._answered: deque[float] = deque()

    def is_begun(self) -> bool:
        """Begin one more request, if there is room for it."""
        with self._lock:
            over = time.monotonic() - self._seconds
            while self._answered and self._answered[0] <= over:
                self._answered.popleft()
            if self._under_way + len(self._answered) >= self._most:
                return False
            self._under_way += 1
            return True

    def end(self) -> None:
        """Note that a request was answered, or given up."""
        with self._lock:
            self._under_way -= 1
            self._answered.append(time.monotonic())


ROOT = "/api/v1"
JSON = "application/json"
SILENCE = 45.0
"""Seconds without a byte after which a request is given up. Other than a message, it can be sent again."""

LONGEST_ANSWER = 120.0
"""Seconds for a whole answer, where there is no deadline."""

ROOM_FOR_AN_ERROR = 10_000
"""Bytes of an answer that are read whatever the limit: the text of an error fits."""

SHORTEST_SILENCE = 1.0
"""Seconds for a request whose deadline is over."""

JsonEntity = dict[str, Any]
"""An entity as JSON has it."""


class _Question(Struct, frozen=True):
    url: str
    deadline: float | None
    accept: str = JSON
    limit: int | None = None


class MonitoringApi:
    """Reads the API at the host ``url`` as ``client``, a client of plan api.

    ``requests`` counts what was sent, repetitions and pages included. Each question raises
    ``MonitoringError``. A ``deadline`` is in seconds of ``time.monotonic``: so long a tenant that does not
    answer, or says "later", is asked again; without one it is a few times, and ``note`` is told of each.
    """

    def __init__(
        self,
        connection: Connection,
        url: str,
        client: str,
        tokens: TokenSource,
        throttle: Throttle,
        note: Callable[[str, str], None] = lambda _title, _text: None,
    ) -> None:
        self.client = client
        self.requests = 0
        self._counting = Lock()
        self._connection = connection
        self._root = url + ROOT
        self._tokens = tokens
        self._throttle = throttle
        self._note = note

    def entity(self, path: str, *, deadline: float | None = None) -> JsonEntity | None:
        """Return one entity; None where there is none (404, 204)."""
        exchange = self._found(_Question(f"{self._root}/{path}", deadline))
        return read_json(exchange) if exchange else None

    def entities(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        top: int | None = None,
        deadline: float | None = None,
    ) -> list[JsonEntity]:
        """Return the entities of a set over all its pages; the first ``top`` of them, if given."""
        options = {**(query or {}), **({"$top": str(top)} if top else {})}
        url = f"{self._root}/{path}"
        if options:
            url += "?" + urlencode(options, quote_via=quote, safe="$'(),/:")
        found: list[JsonEntity] = []
        seen: set[str] = set()
        while url not in seen and (top is None or len(found) < top):
            seen.add(url)
            exchange = self._ask(_Question(url, deadline))
            page = read_json(exchange)
            results = page.get("results")
            if not isinstance(results, list) or not all(isinstance(each, dict) for each in results):
                raise not_odata(exchange)
            found += results
            url = self._on_this_host(page.get("__next"), url)
        return found[:top]

    def content(
        self, path: str, *, accept: str = "*/*", limit: int | None = None, deadline: float | None = None
    ) -> bytes | None:
        """Return the bytes of a ``$value``, at most ``limit``; None where there is none (404, 204)."""
        exchange = self._found(_Question(f"{self._root}/{path}", deadline, accept, limit))
        return exchange.response.body[:limit] if exchange else None

    def _on_this_host(self, address: object, current: str) -> str:
        """Return the next page's address, always at our host: a token goes to no other; else ``current``."""
        if not isinstance(address, str):
            return current
        parts = urlsplit(urljoin(f"{self._root}/", address))
        here = urlsplit(self._root)
        return parts._replace(scheme=here.scheme, netloc=here.netloc).geturl()

    def _found(self, question: _Question) -> Exchange | None:
        try:
            exchange = self._ask(question)
        except MonitoringError as error:
            if error.kind == "not-found":
                return None
            raise
        return None if exchange.response.status == HTTPStatus.NO_CONTENT else exchange

    def _ask(self, question: _Question) -> Exchange:
        # Looks at message logs, which have a deadline, are many; their verdict tells what came of them.
        ask = partial(self._tokens.send, self.client, partial(self._send, question), _is_unauthorized)
        repetition = Repetition(self._note) if question.deadline is None else Repetition()
        try:
            exchange = repetition.ask(ask, trouble, question.deadline)
        except CallError as error:
            raise no_answer(error) from error
        check_status(exchange)
        return exchange

    def _send(self, question: _Question, token: Token) -> Exchange:
        deadline, limit = question.deadline, question.limit
        with self._throttle.request(question.url.removeprefix(f"{self._root}/")):
            with self._counting:
                self.requests += 1
            left = LONGEST_ANSWER if deadline is None else max(deadline - time.monotonic(), SHORTEST_SILENCE)
            return self._connection.send(
                "GET",
                question.url,
                headers={"Accept": question.accept, "Authorization": f"Bearer {token.value}"},
                client=self.client,
                silence=round(min(left, SILENCE), 1),
                within=round(left, 1),
                limit=None if limit is None else max(limit, ROOM_FOR_AN_ERROR),
            )


def _is_unauthorized(exchange: Exchange) -> bool:
    return exchange.response.status == HTTPStatus.UNAUTHORIZED
