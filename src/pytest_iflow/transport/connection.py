"""Connections to one host: kept alive, TLS verified, no cookies, no redirects, always an end in time."""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from pytest_iflow.tenants.model import Limits, Timeouts
from pytest_iflow.transport.bounded_answer import Bounds, bound, read_body
from pytest_iflow.transport.exchange import Exchange, Request, Response
from pytest_iflow.transport.failures import UnfinishedError, explain
from pytest_iflow.transport.trust import proxies_for

_ALWAYS = {"User-Agent": "pytest-iflow", "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
"""Headers of a request that names no others."""


class _Adapter(HTTPAdapter):
    """Give urllib3 the TLS context of the environment and the bounds of an answer, through proxies too."""

    def __init__(self, context: ssl.SSLContext, bounds: Bounds) -> None:
        self._context = context
        self._bounds = bounds
        super().__init__()

    def cert_verify(self, conn: Any, *_args: Any, **_kwargs: Any) -> None:
        """Leave the context alone: the library would load its own CAs into it, at every connection."""
        conn.cert_reqs = "CERT_REQUIRED"

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        bound(pool, self._bounds)
        return pool


class Connection:
    """Kept-alive sockets towards one host of a tenant.

    It sends through the adapter of requests, without a session: a cookie would make the runtime skip the
    authentication that a test is about, a redirect would carry the token to another host, and a ``.netrc``
    would replace it. ``observe`` sees every exchange, so that the evidence of a scenario is complete
    whoever made the call.
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
        self._timeouts = timeouts
        self._limits = limits
        self._observe = observe
        self._proxies = proxies_for(host, environ)
        self._bounds = Bounds()
        self._adapter = _Adapter(context, self._bounds)

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
        timeouts = replace(self._timeouts, read=read, answer=complete)
        started, clock = datetime.now(UTC), time.perf_counter()
        self._bounds.begin(time.monotonic() + complete)
        try:
            answer = self._ask(method, url, headers, body, timeouts)
            content = read_body(answer, self._limits.response, limit)
        except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            why = UnfinishedError() if self._bounds.cut_off() else error
            raise explain(why, method, url, timeouts, proxied=bool(self._proxies), client=client) from error
        sent = answer.request
        exchange = Exchange(
            Request(sent.method or method, sent.url or url, sent.headers, body),
            Response(answer.status_code, answer.reason or "", answer.headers, content),
            started,
            time.perf_counter() - clock,
            client,
            iflow,
        )
        self._observe(exchange)
        return exchange

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeouts: Timeouts
    ) -> requests.Response:
        """Send a request and return the head of its answer."""
        if not method:
            raise ValueError("there is no method")
        named = CaseInsensitiveDict({**_ALWAYS, **headers})
        request = requests.Request(method, url, headers=named, data=body).prepare()
        timeout = (timeouts.connect, timeouts.read)
        return self._adapter.send(request, stream=True, timeout=timeout, proxies=self._proxies)

    def close(self) -> None:
        """Give the sockets back."""
        self._adapter.close()
