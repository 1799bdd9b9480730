"""A reverse proxy between a client on this machine and the runtime of a tenant: it passes on, and records."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from urllib.parse import urlsplit

import aiohttp
from multidict import CIMultiDict
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send
from yarl import URL

from pytest_iflow.recording.call import PassedCall
from pytest_iflow.recording.journal import Recorder
from pytest_iflow.secrets.registry import register_basic, register_secret
from pytest_iflow.tenants.key_url import is_loopback
from pytest_iflow.tenants.model import Timeouts
from pytest_iflow.transport.exchange import Headers
from pytest_iflow.transport.exchange_secrets import register_sent, register_session

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"}
    | {"te", "trailer", "transfer-encoding", "upgrade", "expect", "host"}
)
"""Headers between two neighbours (RFC 9110, 7.6.1), and those that each of them says for itself."""

_READABLE = frozenset({"gzip", "x-gzip", "deflate", "identity"})
"""Content encodings that a recording can look into; others are not asked for."""

_UNFINISHED = "the recording ended before its answer was complete"
_WAIT = 0.05
_LARGEST_LINE = 64 * 1024
"""Bytes of a line of an answer's head; cookies and links of a tenant have some thousand."""

_Authorization = Callable[[], Awaitable[str]]
_Pairs = list[tuple[str, str]]


class BrokenOffError(Exception):
    """One side ended the connection in the middle of a message; the server ends the other side's."""


class Proxy:
    """An ASGI application that passes calls on to the runtime at ``url``, and gives each to a ``recorder``.

    ``context`` verifies the runtime, ``web_proxy`` leads to it where it is not None. Bodies of more than
    ``largest`` bytes are passed on and not kept. ``authorization`` gives what a call without a header
    Authorization gets; without it such a call is passed on as it is.
    """

    def __init__(
        self,
        url: str,
        context: ssl.SSLContext | bool,
        timeouts: Timeouts,
        recorder: Recorder,
        *,
        largest: int,
        web_proxy: str | None = None,
        authorization: _Authorization | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._context = context
        self._timeouts = aiohttp.ClientTimeout(
            total=timeouts.complete, sock_connect=timeouts.connect, sock_read=timeouts.read
        )
        self._recorder = recorder
        self._largest = largest
        self._web_proxy = web_proxy
        self._authorization = authorization
        self._secrets: set[str] = set()
        self.passed = 0

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Keep connections to the runtime while the context lasts."""
        connector = aiohttp.TCPConnector(ssl=self._context, limit=0, keepalive_timeout=20)
        async with aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeouts,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            requote_redirect_url=False,
            max_line_size=_LARGEST_LINE,
            max_field_size=_LARGEST_LINE,
        ) as self._session:
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one call on (called by the server)."""
        given = _texts(scope["headers"])
        headers = Headers(dict(given))
        if refusal := _refusal(scope, headers):
            await _answer(send, *refusal)
            return
        while self._recorder.is_full:  # noqa: ASYNC110, it is a thread that makes room
            await asyncio.sleep(_WAIT)
        self.passed += 1
        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        call = PassedCall(scope["method"], target, headers, ended=_UNFINISHED)
        try:
            await self._pass_on(call, given, receive, send)
        finally:
            self._recorder.take(call)

    async def _pass_on(self, call: PassedCall, given: _Pairs, receive: Receive, send: Send) -> None:
        kept = _Kept(self._largest)
        try:
            sent = await self._request_headers(given)
            body = kept.taking(_chunks(receive)) if _has_body(call.request_headers) else None
            url = URL(f"{self._url}{call.target}", encoded=True)
            async with self._session.request(
                call.method, url, headers=sent, data=body, allow_redirects=False, proxy=self._web_proxy
            ) as response:
                call.request_body = kept.body
                await self._give_back(call, response, send)
        except (BrokenOffError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            call.request_body = kept.body
            if kept.is_cut_off:  # the library says it in errors of its own
                call.ended = "the client broke off in the middle of its message"
                raise BrokenOffError(call.ended) from error
            is_late = isinstance(error, TimeoutError)
            call.ended = _why_no_answer(error)
            if call.status:  # the client has the head of the answer already
                raise BrokenOffError(call.ended) from error
            text = f"pytest-iflow record: {call.ended} ({type(error).__name__})\n"
            await _answer(send, 504 if is_late else 502, text)

    async def _give_back(self, call: PassedCall, response: aiohttp.ClientResponse, send: Send) -> None:
        headers = [
            (name, value)
            for name, value in response.raw_headers
            if name.decode("latin-1").lower() not in _HOP_BY_HOP
        ]
        call.response_headers = Headers(dict(_texts(headers)))
        for name, value in _texts(headers):
            if name.lower() in {"set-cookie", "x-csrf-token"}:
                register_session({name.lower(): value})
        kept = _Kept(self._largest)
        await send(
            {
                "type": "http.response.start",
                "status": response.status,
                "headers": [(name.lower(), self._for_this_host(name, value)) for name, value in headers],
            }
        )
        call.status = response.status
        try:
            async for chunk in kept.taking(response.content.iter_any()):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            call.response_body = kept.body
        call.ended = ""
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _request_headers(self, given: _Pairs) -> CIMultiDict[str]:
        named = {
            each.strip().lower() for name, value in given if name == "connection" for each in value.split(",")
        }
        sent = CIMultiDict((name, value) for name, value in given if name.lower() not in _HOP_BY_HOP | named)
        if accepted := sent.get("accept-encoding"):
            readable = [
                each for each in accepted.split(",") if each.partition(";")[0].strip().lower() in _READABLE
            ]
            sent["accept-encoding"] = ",".join(readable) or "identity"
        if self._authorization is not None and "authorization" not in sent:
            sent["authorization"] = await self._authorization()
        register_sent((name, value) for name, value in sent.items() if name != "authorization")
        if (value := sent.get("authorization", "")) and value not in self._secrets:
            self._secrets.add(value)
            _register(value)
        return sent

    def _for_this_host(self, name: bytes, value: bytes) -> bytes:
        """Have cookies and redirects of the runtime come back to this proxy, which is plain HTTP."""
        if name.lower() == b"set-cookie":
            parts = value.split(b";")
            return b";".join(
                each for each in parts if not each.strip().lower().startswith((b"secure", b"domain="))
            )
        if name.lower() == b"location":
            return value.removeprefix(self._url.encode()) or b"/"
        return value


class _Kept:
    """The bytes of a body as they pass, as long as they are not too many; ``body`` is None then.

    ``is_cut_off`` tells whether their sender ended in the middle.
    """

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._size = 0
        self._chunks: list[bytes] = []
        self.is_cut_off = False

    @property
    def body(self) -> bytes | None:
        return None if self._size > self._largest else b"".join(self._chunks)

    async def taking(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        try:
            async for chunk in chunks:
                self._size += len(chunk)
                if self._size > self._largest:
                    self._chunks.clear()
                else:
                    self._chunks.append(chunk)
                yield chunk
        except BrokenOffError:
            self.is_cut_off = True
            raise


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> _Pairs:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    """Yield the body of a request; raises BrokenOffError where the client ends it in the middle."""
    more = True
    while more:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise BrokenOffError("the client broke off")
        more = message.get("more_body", False)
        if body := message.get("body", b""):
            yield body


def _why_no_answer(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "the tenant did not answer in time"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "the certificate of the tenant is not trusted here: set ca-bundle of the environment"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "the tenant cannot be reached: pytest-iflow doctor finds out why"
    return "the tenant gave no whole answer"


def _register(authorization: str) -> None:
    """Register the credentials of a client, so that they are masked where the tenant repeats them."""
    scheme, _, value = authorization.rpartition(" ")
    register_secret(value)
    if scheme.strip().lower() == "basic":
        with contextlib.suppress(ValueError):
            user, _, password = base64.b64decode(value).decode().partition(":")
            register_basic(user, password)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0").strip() != "0"


def _refusal(scope: Scope, headers: Headers) -> tuple[int, str] | None:
    """Return why a call is not passed on: no page of another host may call the tenant through this one."""
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    origin = headers.get("origin")
    from_elsewhere = origin is not None and not is_loopback(urlsplit(origin).hostname or "")
    if not is_loopback(host) or from_elsewhere:
        return 403, "pytest-iflow record: this proxy is for clients that call localhost.\n"
    if (
        "upgrade" in headers.get("connection", "").lower()
        and "websocket" in headers.get("upgrade", "").lower()
    ):
        return 501, "pytest-iflow record: websockets are not passed on.\n"
    if scope["method"] == "CONNECT" or not scope["raw_path"].startswith(b"/"):
        return 501, "pytest-iflow record: only calls of a path are passed on.\n"
    return None


async def _answer(send: Send, status: int, text: str) -> None:
    headers = MutableHeaders(
        {"content-type": "text/plain; charset=utf-8", "content-length": str(len(text.encode()))}
    )
    await send({"type": "http.response.start", "status": status, "headers": headers.raw})
    await send({"type": "http.response.body", "body": text.encode()})
