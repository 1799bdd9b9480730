"""A small HTTP server for all contenders of the comparison: a token service, one iFlow, and counters.

It is not the emulator of the local tenant, so that the emulator is not what is measured. It speaks plain
HTTP/1.1 on 127.0.0.1 and keeps connections open, until standard input ends. One line of JSON tells its port::

    {"port": 40123}

``python benchmarks/mock_server.py MILLISECONDS`` delays each answer by that time.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import sys
import time
from functools import partial

TOKEN_PATH = b"/oauth/token"
IFLOW_PATH = b"/http/products/details/json"
COUNTS_PATH = b"/counts"
CLIENT_ID = "sb-2c6f1f8e-0a6c-4c7b-9d0a-benchmark!b1234|it-rt-bench!b5678"
CLIENT_SECRET = "p7Qm4vXc-2f1e-49d8-8a3b-0d5e6f7a8b9c$kTzH3uYw1rNe="  # noqa: S105 - of this server only
TOKEN_LIFE = 4200
PRODUCT = {
    "WeightUnit": "KG", "CategoryName": "Notebooks", "DimensionHeight": "0.0300", "DimensionUnit": "m",
    "CurrencyCode": "EUR", "ProductId": "HT-0000", "ShortDescription": "Entry notebook with a 15 inch screen",
    "Name": "Notebook Basic 15", "Category": "Notebooks", "LongDescription": "For everyday office work",
    "QuantityUnit": "EA", "Weight": "4.200", "DimensionWidth": "0.3200", "Price": "956.000",
    "PictureUrl": "HT-1000.jpg", "DimensionDepth": "0.1800", "SupplierId": "100000049",
}  # fmt: skip
IFLOW_HEADERS = """\
cache-control: no-cache, no-store, max-age=0, must-revalidate
content-type: application/json
expires: 0
pragma: no-cache
sap_messageprocessinglogid: AG{number:026}
sap_mplcorrelationid: AH{number:026}
sap_pregeneratedmplid: AG{number:026}
server: SAP
x-content-type-options: nosniff
x-correlationid: 5b0c3f1e-0000-4000-8000-{number:012}
x-frame-options: DENY
x-vcap-request-id: 5b0c3f1e-0000-4000-8000-{number:012}
x-xss-protection: 1; mode=block
strict-transport-security: max-age=31536000; includeSubDomains; preload;
"""
JSON_TYPE = "content-type: application/json\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)", re.IGNORECASE)
_AUTHORIZATION = re.compile(rb"\r\nauthorization:[ \t]*([^\r]+)", re.IGNORECASE)


class Service:
    """What the server answers, and how often it was asked."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        self.tokens = 0
        self.calls = 0
        credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode())
        self._basic = b"Basic " + credentials
        self._token_answer = json.dumps(_token()).encode()
        self._bearer = b"Bearer " + json.loads(self._token_answer)["access_token"].encode()
        self._product = json.dumps({"Products": {"Product": PRODUCT}}).encode()

    def answer(self, method: bytes, path: bytes, head: bytes, body: bytes) -> bytes:
        """Return the bytes of the whole answer."""
        if path == COUNTS_PATH:
            return self._counts()
        found = _AUTHORIZATION.search(head)
        authorization = found.group(1) if found else b""
        if path == TOKEN_PATH and method == b"POST":
            return self._token_service(authorization)
        if authorization != self._bearer:
            return http_answer("401 Unauthorized", JSON_TYPE, b'{"error":"unauthorized"}')
        if path == IFLOW_PATH and method == b"POST":
            return self._iflow(body)
        return http_answer("404 Not Found", JSON_TYPE, b'{"error":"no such resource"}')

    def _token_service(self, authorization: bytes) -> bytes:
        self.tokens += 1
        if authorization != self._basic:
            return http_answer("401 Unauthorized", JSON_TYPE, b'{"error":"unauthorized"}')
        return http_answer("200 OK", JSON_TYPE, self._token_answer)

    def _iflow(self, body: bytes) -> bytes:
        self.calls += 1
        product = json.loads(body)["productIdentifier"].encode("ascii")
        answer = self._product.replace(b"HT-0000", product)
        return http_answer("200 OK", IFLOW_HEADERS.format(number=self.calls), answer)

    def _counts(self) -> bytes:
        """Tell the counters and set them to zero."""
        counts = json.dumps({"tokens": self.tokens, "calls": self.calls}).encode()
        self.tokens = self.calls = 0
        return http_answer("200 OK", JSON_TYPE, counts)


def http_answer(status: str, headers: str, body: bytes) -> bytes:
    """Put an answer together; ``headers`` are lines that each end in a line feed."""
    head = f"HTTP/1.1 {status}\n{headers}content-length: {len(body)}\n\n"
    return head.replace("\n", "\r\n").encode("ascii") + body


def _token() -> dict[str, object]:
    """Return the answer of the token service: a token of the usual form and size, but nobody signed it."""
    now = int(time.time())
    scopes = ["it-rt-bench!b5678.ESBMessaging.send"]
    claims = {
        "jti": "6a1c0f6e0f1b4d3c9f0e1d2c3b4a5968",
        "sub": CLIENT_ID,
        "authorities": scopes,
        "scope": scopes,
        "client_id": CLIENT_ID,
        "cid": CLIENT_ID,
        "azp": CLIENT_ID,
        "grant_type": "client_credentials",
        "rev_sig": "c0ffee12",
        "iat": now,
        "exp": now + TOKEN_LIFE,
        "zid": "0d3f2a1b-5c4d-4e6f-8a9b-0c1d2e3f4a5b",
        "aud": ["it-rt-bench!b5678.ESBMessaging", CLIENT_ID],
    }
    parts = (
        json.dumps({"alg": "RS256", "typ": "JWT"}).encode(),
        json.dumps(claims).encode(),
        bytes(range(256)),
    )
    return {
        "access_token": ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts),
        "token_type": "bearer",
        "expires_in": TOKEN_LIFE - 1,
        "scope": " ".join(scopes),
        "jti": claims["jti"],
    }


class _Connection(asyncio.Protocol):
    def __init__(self, service: Service) -> None:
        self._service = service
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            found = _LENGTH.search(head)
            after = end + 4 + (int(found.group(1)) if found else 0)
            if len(self._received) < after:
                return
            body, self._received = self._received[end + 4 : after], self._received[after:]
            method, target, _ = head.split(b" ", 2)
            self._write(self._service.answer(method, target.partition(b"?")[0], head, body), target)

    def _write(self, answer: bytes, target: bytes) -> None:
        assert self._transport is not None
        if self._service.delay and target != COUNTS_PATH:
            asyncio.get_running_loop().call_later(self._service.delay, self._transport.write, answer)
        else:
            self._transport.write(answer)


async def serve(delay: float) -> None:
    """Answer on a free port of loopback until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(partial(_Connection, Service(delay)), "127.0.0.1", 0, backlog=512)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 1000))
