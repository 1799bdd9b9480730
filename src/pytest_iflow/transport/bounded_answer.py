"""Answers within bounds: each has an end in time, however slowly its bytes come, and a size when unpacked."""

from __future__ import annotations

import io
import math
import socket
import threading
import time
from functools import partial
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any

import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HeaderParsingError
from urllib3.util.response import assert_header_parsing

from pytest_iflow.tenants.model import MEGABYTE

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from urllib3.connectionpool import HTTPConnectionPool

_PIECE = 65_536
"""Bytes of a body that are read at a time."""

_SENT_PIECE = 16_384
"""Bytes of a request that are sent at a time: those of one TLS record."""

_LONGEST_NUMBER = 18
"""Digits of a Content-Length; Python refuses to read numbers of many thousands."""


class TooLargeError(ValueError):
    """An answer has more bytes than it may have."""

    def __init__(self, room: int) -> None:
        super().__init__(f"larger than {room / MEGABYTE:g} MB")


class Bounds(threading.local):
    """When the answer has to be complete that this thread waits for, in seconds of ``time.monotonic``.

    ``has_begun`` tells whether bytes of it have come, or a part of a large request has gone.
    """

    ends_at: float = math.inf
    has_begun: bool = False

    def begin(self, ends_at: float) -> None:
        """Begin to wait for an answer."""
        self.ends_at, self.has_begun = ends_at, False

    def cut_off(self) -> bool:
        """Tell whether the time was over in the middle of an exchange, and not in mere silence."""
        return self.has_begun and time.monotonic() >= self.ends_at

    def left(self) -> float:
        """Return the seconds that are left; raises ``TimeoutError`` when there are none."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class _BoundedStream(io.RawIOBase):
    """The bytes that come from a socket: each wait has the usual limit, and all of them end in time."""

    def __init__(self, connected: socket.socket, bounds: Bounds) -> None:
        self._socket = connected
        self._usual = connected.gettimeout()
        self._bytes = connected.makefile("rb", buffering=0)
        self._bounds = bounds
        self.is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        left = self._bounds.left()
        self._socket.settimeout(left if self._usual is None else min(left, self._usual))
        count = self._bytes.readinto(buffer)
        self._bounds.has_begun = True
        self.is_over = count == 0
        return count

    def close(self) -> None:
        self._bytes.close()
        super().close()


class BoundedResponse(HTTPResponse):
    """An answer of HTTP, of a host or a proxy, that keeps to ``bounds``."""

    def __init__(self, connected: socket.socket, *args: Any, bounds: Bounds, **more: Any) -> None:
        super().__init__(connected, *args, **more)
        self.fp.close()
        self._stream = _BoundedStream(connected, bounds)
        self.fp = io.BufferedReader(self._stream)

    def begin(self) -> None:
        """Read the head; answers that only go ahead of the real one are left out (RFC 9110, 15.2)."""
        super().begin()
        while self.status in range(100, 200) and self.status != HTTPStatus.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment] # so the library reads the next one
            super().begin()
        if self._stream.is_over:  # the library takes a head that broke off for a whole one
            raise IncompleteRead(b"")
        if not self.chunked and not all(map(_is_length, self.headers.get_all("Content-Length", ()))):
            raise HTTPException("its Content-Length is no number of bytes")
        try:
            assert_header_parsing(self.headers)
        except HeaderParsingError as error:  # the library would log it, and lose all headers that follow
            raise HTTPException("its head has a line that is no header") from error


def _is_length(value: str) -> bool:
    numbers = [number.strip() for number in value.split(",")]  # "5, 5" is 5 (RFC 9110, 8.6)
    return all(n.isascii() and n.isdecimal() and len(n) <= _LONGEST_NUMBER for n in numbers)


class _Bounded(HTTPConnection):
    """A connection whose answers, and what proxies say before them, have an end in time."""

    def __init__(self, bounds: Bounds, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._bounds = self._of_answer = bounds

    def connect(self) -> None:
        """Connect; what a proxy says to that is awaited no longer than the connection itself."""
        limit = self.timeout if isinstance(self.timeout, int | float) else math.inf
        self._bounds = Bounds()
        self._bounds.begin(min(self._of_answer.ends_at, time.monotonic() + limit))
        try:
            super().connect()
        finally:
            self._bounds = self._of_answer

    def send(self, data: Any) -> None:
        """Send piece by piece: a host that takes few bytes at a time has no more time than any other."""
        if not isinstance(data, bytes) or len(data) <= _SENT_PIECE:
            super().send(data)
            return
        for start in range(0, len(data), _SENT_PIECE):
            self._bounds.left()
            super().send(memoryview(data)[start : start + _SENT_PIECE])
            self._bounds.has_begun = True

    def response_class(self, *args: Any, **more: Any) -> HTTPResponse:  # type: ignore[override]
        """Make what reads an answer, of the host or of a proxy."""
        return BoundedResponse(*args, bounds=self._bounds, **more)


class _BoundedSecure(_Bounded, HTTPSConnection):
    """The same with TLS, whose handshake the library gives no more time than the connection."""


def bound(pool: HTTPConnectionPool, bounds: Bounds) -> None:
    """Make the connections of ``pool`` keep to ``bounds``."""
    kind = _BoundedSecure if pool.scheme == "https" else _Bounded
    pool.ConnectionCls = partial(kind, bounds)  # type: ignore[assignment] # it is called, and nothing else


def read_body(answer: requests.Response, room: int, limit: int | None = None) -> bytes:
    """Read a body and unpack it; raises ``TooLargeError`` where it has more than ``room`` bytes.

    With a ``limit`` no more bytes than that are read. Pieces are taken as they come, and not when so many
    bytes have: so the body is held once, and what is unpacked of a piece is never larger than a piece.
    """
    announced = answer.headers.get("Content-Length", "")
    with answer, io.BytesIO() as received:
        if limit is None and announced.isdecimal() and int(announced) > room and not _is_bodiless(answer):
            raise TooLargeError(room)
        while piece := answer.raw.read1(_PIECE, decode_content=True):
            received.write(piece)
            if limit is not None and received.tell() >= limit:
                break
            if received.tell() > room:
                raise TooLargeError(room)
        return received.getvalue()[:limit]


def _is_bodiless(answer: requests.Response) -> bool:
    """Tell whether an answer has no body, whatever length it announces (RFC 9110, 6.4.1)."""
    return answer.request.method == "HEAD" or answer.status_code in {
        HTTPStatus.NO_CONTENT,
        HTTPStatus.NOT_MODIFIED,
    }
