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
    unpacking = zlib.decompressobj(GZIP) if packed else None
    body = bytearray()
    async for chunk in request.stream():
        if len(body) <= most:
            body += _unpacked(unpacking, chunk, most + 1 - len(body)) if unpacking else chunk
    if len(body) > most:
        raise FlowFailureError(f"Message body exceeds configured size limit ({limit:.1f} MB)...")
    if unpacking and not unpacking.eof and body:
        raise UnreadableBodyError
    return bytes(body)


def _unpacked(unpacking: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    try:
        return unpacking.decompress(chunk, most)
    except zlib.error as error:
        raise UnreadableBodyError from error
