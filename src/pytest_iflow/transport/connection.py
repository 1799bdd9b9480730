"""Connections to one host: kept alive, TLS verified, no cookies, no redirects, always a time-out."""

from __future__ import annotations

import io
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from pytest_iflow.tenants.model import Timeouts
from pytest_iflow.transport.exchange import Exchange, Request, Response
from pytest_iflow.transport.failures import UnfinishedError, explain
from pytest_iflow.transport.trust import proxies_for

_PIECE = 65_536
"""Bytes of a body that are read at a time."""


_ALWAYS = {"User-Agent": "pytest-iflow", "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
"""Headers of a request that names no others."""


class _TrustingAdapter(HTTPAdapter):
    """Give urllib3 the TLS context of the environment, to hosts and through proxies alike."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def cert_verify(self, conn: Any, *_args: Any, **_kwargs: Any) -> None:
        """Leave the context alone: the library would load its own CAs into it, at every connection."""
        conn.cert_reqs = "CERT_REQUIRED"

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)


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
    ) -> None:
        self._timeouts = timeouts
        self._observe = observe
        self._proxies = proxies_for(host, environ)
        self._adapter = _TrustingAdapter(context)

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
        ``within`` those after which a body that still comes is; ``limit`` the bytes that are read of it.
        """
        timeouts = self._timeouts
        if silence is not None:
            timeouts = replace(timeouts, read=min(silence, timeouts.read))
        started = datetime.now(UTC)
        clock = time.perf_counter()
        try:
            answer = self._ask(method, url, headers, body, timeouts)
            content = _content(answer, limit, None if within is None else clock + within)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if isinstance(error, UnfinishedError) and within is not None:
                timeouts = replace(timeouts, read=within)
            raise explain(error, method, url, timeouts, proxied=bool(self._proxies), client=client) from error
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


def _content(answer: requests.Response, limit: int | None, ends_at: float | None) -> bytes:
    """Read a body; raises ``UnfinishedError`` where it still comes at ``ends_at``, by ``time.perf_counter``.

    Pieces are taken as they come, and not when so many bytes have: else a body that drips is waited for.
    """
    with answer, io.BytesIO() as received:  # the library's own way holds a body twice
        while piece := answer.raw.read1(_PIECE, decode_content=True):
            received.write(piece)
            if limit is not None and received.tell() >= limit:
                break
            if ends_at is not None and time.perf_counter() > ends_at:
                raise UnfinishedError
        return received.getvalue()[:limit]
