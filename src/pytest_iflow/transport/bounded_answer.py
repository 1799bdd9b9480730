"""Answers within bounds: each has an end in time, however slowly its bytes come, and a size when unpacked."""

from __future__ import annotations

import io
import math
import re
import socket
import time
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any

from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HeaderParsingError
from urllib3.response import HTTPResponse as UnpackedResponse
from urllib3.util.response import assert_header_parsing

from pytest_iflow.transport.failures import TooLargeError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE = 65_536
"""Bytes of a body that are read at a time where its length is not known or it is packed."""

_LONGEST_NUMBER = 18
"""Digits of a Content-Length; Python refuses to read numbers of many thousands."""

_FOLD = re.compile(r"[ \t]*\r\n[ \t]+")
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

    def __init__(self, connected: socket.socket, bounds: Bounds) -> None:
        self._socket = connected
        self._usual = connected.gettimeout() or math.inf
        self._bytes = connected.makefile("rb", buffering=0)
        self._bounds = bounds
        self.is_over = False

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return the stream that an answer of the library reads."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._socket.settimeout(min(self._bounds.left(), self._usual))
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
        self._stream = _BoundedStream(connected, bounds)
        super().__init__(self._stream, *args, **more)  # type: ignore[arg-type] # it calls makefile only

    def begin(self) -> None:
        """Read the head; answers that only go ahead of the real one are left out (RFC 9110, 15.2)."""
        super().begin()
        while self.status in range(100, 200) and self.status != HTTPStatus.SWITCHING_PROTOCOLS:
            self.headers = self.msg = None  # type: ignore[assignment] # so the library reads the next one
            super().begin()
        if self._stream.is_over:  # the library takes a head that broke off for a whole one
            raise IncompleteRead(b"")
        if not self.chunked:
            self._check_length()
        if self.headers.defects or self.headers.get_payload():
            try:
                assert_header_parsing(self.headers)
            except HeaderParsingError as error:  # all headers behind such a line would be lost
                raise HTTPException("its head has a line that is no header") from error

    def _check_length(self) -> None:
        """Refuse a length that is none; the same one several times is that one (RFC 9110, 8.6)."""
        given = self.headers.get_all("Content-Length")
        if given is None:
            return
        lengths = {number.strip() for number in ",".join(given).split(",")}
        if not all(n.isascii() and n.isdecimal() and len(n) <= _LONGEST_NUMBER for n in lengths):
            raise HTTPException("its Content-Length is no number of bytes")
        if len(lengths) > 1:
            raise HTTPException("its head has several Content-Length")
        if self.length is None:
            self.length = int(lengths.pop())

    def fields(self) -> CaseInsensitiveDict[str]:
        """Return the headers; several of one name are one value (RFC 9110, 5.3)."""
        fields: CaseInsensitiveDict[str] = CaseInsensitiveDict()
        for name, text in self.headers.items():
            value = _FOLD.sub(" ", text) if "\n" in text else text
            fields[name] = f"{fields[name]}, {value}" if name in fields else value
        return fields

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
        source = UnpackedResponse(self, headers=dict(self.fields()), preload_content=False)
        with io.BytesIO() as received:
            while piece := source.read1(_PIECE):
                received.write(piece)
                if limit is not None and received.tell() >= limit:
                    break
                if received.tell() > room:
                    raise TooLargeError(room)
            return received.getvalue()[:limit]
