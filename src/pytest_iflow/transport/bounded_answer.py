"""Answers within bounds: each has an end in time, however slowly its bytes come, and a size when unpacked."""

from __future__ import annotations

import io
import math
import socket
import time
from http import HTTPStatus
from http.client import (
    HTTPException,
    HTTPResponse,
    IncompleteRead,
    UnknownProtocol,
    parse_headers,
)
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HeaderParsingError
from urllib3.response import GzipDecoderState, MultiDecoder
from urllib3.response import HTTPResponse as UnpackedResponse
from urllib3.util.response import assert_header_parsing

from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.transport.exchange import Headers
from pytest_iflow.transport.failures import TooLargeError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE = 65_536
"""Bytes of a body that are read at a time where its length is not known or it is packed."""

_LONGEST_NUMBER = 18
"""Digits of a Content-Length; Python refuses to read numbers of many thousands."""

_MOST_PLAIN = 100
"""Headers in one answer that the library takes."""

_PLAIN_HEAD = lazy_pattern(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r\n)*+\r\n")
"""Headers of an answer with nothing in them that needs the library: it takes longer than the call itself."""

_FIELD = lazy_pattern(r"([^:]+):[ \t]*([^\r]*)\r\n")
"""Name and value of each of these."""

_FOLD = lazy_pattern(r"[ \t]*\r\n[ \t]+")
"""A header that goes on in the next line, which is one blank (RFC 9112, 5.2)."""


class Bounds:
    """When an answer has to be complete, in seconds of ``time.monotonic``.

    ``has_begun`` tells whether bytes of it have come, or a part of a large request has gone.
    """

    def __init__(self) -> None:
        self.ends_at = math.inf
        self.has_begun = False

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

    def __init__(self, connected: socket.socket, bounds: Bounds, usual: float) -> None:
        self._socket = connected
        self._usual = usual
        self._bounds = bounds
        self.is_over = False

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the stream that an answer of the library reads."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._socket.settimeout(min(self._bounds.left(), self._usual))
        count = self._socket.recv_into(buffer)
        self._bounds.has_begun = True
        self.is_over = count == 0
        return count


class BoundedResponse(HTTPResponse):
    """An answer of HTTP, of a host or a proxy, that keeps to ``bounds``.

    ``silence`` are the seconds without a byte that are borne; without it the time-out of the socket counts.
    """

    headers: Headers  # type: ignore[assignment] # the library reads them by ``get`` alone
    _method: str | None

    def __init__(
        self,
        connected: socket.socket,
        *args: Any,
        bounds: Bounds,
        silence: float | None = None,
        **more: Any,
    ) -> None:
        usual = silence or connected.gettimeout() or math.inf
        self._stream = _BoundedStream(connected, bounds, usual)
        super().__init__(self._stream, *args, **more)  # type: ignore[arg-type] # it calls makefile only

    def begin(self) -> None:
        """Read the head; answers that only go ahead of the real one are left out (RFC 9110, 15.2)."""
        self._read_head()
        while self.status in range(100, 200) and self.status != HTTPStatus.SWITCHING_PROTOCOLS:
            self._read_head()
        if not self.chunked:
            self._check_length()

    def _read_head(self) -> None:
        """Read status and headers as the library does, and what they say of the body."""
        version, self.status, reason = self._read_status()  # type: ignore[attr-defined] # not public
        self.code, self.reason = self.status, reason.strip()
        if not version.startswith("HTTP/1."):
            raise UnknownProtocol(version)
        self.version = 10 if version == "HTTP/1.0" else 11
        self.headers = self._read_headers()
        self.chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        self.chunk_left = None
        self.will_close = self._check_close()  # type: ignore[attr-defined] # not public
        self.length = self._length()
        if not (self.will_close or self.chunked) and self.length is None:
            self.will_close = True

    def _read_headers(self) -> Headers:
        """Read the headers; those that have come at once and are plain without the library."""
        received = self.fp.peek()
        plain = _PLAIN_HEAD.match(received)
        if plain is None or received.count(b"\n", 0, plain.end()) > _MOST_PLAIN:
            return self._parsed_headers()
        return Headers.of(_FIELD.findall(self.fp.read(plain.end()).decode("iso-8859-1")))

    def _parsed_headers(self) -> Headers:
        parsed = parse_headers(self.fp)
        if self._stream.is_over:  # the library takes a head that broke off for a whole one
            raise IncompleteRead(b"")
        try:
            assert_header_parsing(parsed)
        except HeaderParsingError as error:  # all headers behind such a line would be lost
            raise HTTPException("its head has a line that is no header") from error
        headers = Headers()
        for name, value in parsed.items():
            headers.add(name, _FOLD.sub(" ", value))
        return headers

    def _length(self) -> int | None:
        """The bytes of the body, as far as the head tells; a number that is none is judged later."""
        if self._method == "HEAD" or self.status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            return 0
        if self.status in range(100, 200):
            return 0
        given = self.headers.get("Content-Length", "").strip()
        return int(given) if _is_length(given) and not self.chunked else None

    def _check_length(self) -> None:
        """Refuse a length that is none; the same one several times is that one (RFC 9110, 8.6)."""
        given = self.headers.get("Content-Length")
        if given is None or (self.length is not None and _is_length(given)):
            return
        lengths = {number.strip() for number in given.split(",")}
        if not all(map(_is_length, lengths)):
            raise HTTPException("its Content-Length is no number of bytes")
        if len(lengths) > 1:
            raise HTTPException("its head has several Content-Length")
        if self.length is None:
            self.length = int(lengths.pop())

    def read_body(self, room: int, limit: int | None = None) -> bytes:
        """Read the body and unpack it; raises ``TooLargeError`` where it has more than ``room`` bytes.

        With a ``limit`` no more bytes than that are returned, and not all of the others are read.
        """
        length = self.length
        if length is not None and limit is None and length > room:
            raise TooLargeError(room)
        if length is None or (length and "Content-Encoding" in self.headers):
            return self._read_pieces(room, limit)
        wanted = length if limit is None else min(length, limit)
        body = self.read(wanted)
        if len(body) < wanted:
            raise IncompleteRead(body, wanted - len(body))
        return body

    def _read_pieces(self, room: int, limit: int | None) -> bytes:
        """Read piece by piece: what is unpacked of a piece is never larger than a piece."""
        source = UnpackedResponse(self, headers=dict(self.headers), preload_content=False)
        with io.BytesIO() as received:
            while piece := source.read1(_PIECE):
                received.write(piece)
                if limit is not None and received.tell() >= limit:
                    break
                if received.tell() > room:
                    raise TooLargeError(room)
            else:
                if source.tell() and _breaks_off(source._decoder):  # noqa: SLF001, nothing else tells
                    raise HTTPException("its body is packed and breaks off")
            return received.getvalue()[:limit]


def _breaks_off(decoder: Any) -> bool:
    """Whether packed bytes ended before their end, which the library takes for the whole of them.

    What stands behind a packed part and is none is left out, as other clients do.
    """
    if isinstance(decoder, MultiDecoder):
        return any(map(_breaks_off, decoder._decoders))  # noqa: SLF001, as above
    if getattr(decoder, "_state", None) is GzipDecoderState.SWALLOW_DATA:
        return False
    return not getattr(getattr(decoder, "_obj", None), "eof", True)


def _is_length(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
