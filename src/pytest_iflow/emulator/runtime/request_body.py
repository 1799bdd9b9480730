"""The body of a call as its flow gets it: whole, unpacked, and no larger than the sender allows."""

from __future__ import annotations

import zlib

from starlette.requests import Request

from pytest_iflow.emulator.flows.failure import FlowFailureError

MEGABYTE = 1024 * 1024
GZIP = 16 + zlib.MAX_WBITS


class UnreadableBodyError(Exception):
    """A body that is not packed as its ``Content-Encoding`` says."""


async def read_body(request: Request, limit: float) -> bytes:
    """Return the body, unpacked if it is gzip; ``limit`` is in MB.

    Raises FlowFailureError if it is larger than that, with the words of wire-facts 4.6; that the message
    fails with a 500 like any other is assumed. Raises UnreadableBodyError. Too large a body is read to
    its end and forgotten: a caller that is not listening yet would not get the answer.
    """
    most = int(limit * MEGABYTE)
    packed = request.headers.get("content-encoding", "").strip().lower() == "gzip"
    gzip = _Gzip() if packed else None
    body = bytearray()
    async for chunk in request.stream():
        if len(body) <= most:
            body += gzip.unpack(chunk, most + 1 - len(body)) if gzip else chunk
    if len(body) > most:
        raise FlowFailureError(f"Message body exceeds configured size limit ({limit:.1f} MB)...")
    if gzip and not gzip.whole:
        raise UnreadableBodyError
    return bytes(body)


class _Gzip:
    """Unpacks a body of one gzip member or of several, one after the other, as Java does."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP)
        self._begun = False

    @property
    def whole(self) -> bool:
        """Whether no member is left unfinished; a body without any octet is none at all."""
        return self._member.eof or not self._begun

    def unpack(self, chunk: bytes, most: int) -> bytes:
        """Return up to ``most`` octets of what is in a chunk; what is above is lost."""
        unpacked = bytearray()
        try:
            while chunk and len(unpacked) < most:
                if self._member.eof:
                    self._member = zlib.decompressobj(GZIP)
                self._begun = True
                unpacked += self._member.decompress(chunk, most - len(unpacked))
                chunk = self._member.unused_data
        except zlib.error as error:
            raise UnreadableBodyError from error
        return bytes(unpacked)
