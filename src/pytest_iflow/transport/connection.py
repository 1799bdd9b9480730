"""Connections to one host: kept alive, TLS verified, no cookies, no redirects, always a time-out."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from pytest_iflow.tenants.model import Timeouts
from pytest_iflow.transport.exchange import Exchange, Request, Response
from pytest_iflow.transport.failures import explain
from pytest_iflow.transport.trust import proxies_for


class _TrustingAdapter(HTTPAdapter):
    """Give urllib3 the TLS context of the environment, to hosts and through proxies alike."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)


class Connection:
    """A keep-alive session towards one host of a tenant.

    Redirects are answers like others, so a token never travels to another host. Cookies are not kept:
    a session cookie would make the runtime skip the authentication that a test is about. ``observe``
    sees every exchange, so that the evidence of a scenario is complete whoever made the call.
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
        self._session = requests.Session()
        self._session.trust_env = False  # its .netrc would replace the Authorization header
        self._session.proxies = proxies_for(host, environ)
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.headers["User-Agent"] = "pytest-iflow"
        self._session.mount("https://", _TrustingAdapter(context))

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        client: str | None = None,
        iflow: str | None = None,
    ) -> Exchange:
        """Send one request and read the whole answer; raises ``CallError`` when none arrives."""
        started = datetime.now(UTC)
        clock = time.perf_counter()
        try:
            answer = self._session.request(
                method,
                url,
                headers=dict(headers),
                data=body,
                timeout=(self._timeouts.connect, self._timeouts.read),
                allow_redirects=False,
            )
        except (requests.RequestException, OSError, ValueError) as error:
            raise explain(error, method, url, self._timeouts, proxied=bool(self._session.proxies)) from error
        exchange = Exchange(
            Request(method, answer.request.url or url, answer.request.headers, body),
            Response(answer.status_code, answer.reason or "", answer.headers, answer.content),
            started,
            time.perf_counter() - clock,
            client,
            iflow,
        )
        self._observe(exchange)
        return exchange

    def close(self) -> None:
        """Give the sockets back."""
        self._session.close()
