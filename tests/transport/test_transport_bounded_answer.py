"""Answers within bounds: none takes longer, and none is larger when unpacked, than the tenant file allows."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator

import pytest

from pytest_iflow.errors import CallError
from pytest_iflow.tenants.model import Limits, Timeouts
from pytest_iflow.transport.connection import Connection
from tests.loopback_server import LOOPBACK, Dripping, LoopbackServer, Reply

TIME = 0.6
"""Seconds that an answer has; ``TIMEOUTS.read`` never ends one that drips."""

TIMEOUTS = Timeouts(connect=TIME, read=30.0, answer=TIME)
LATE = 5.0
"""Seconds after which something hangs that has ``TIME``."""

ROOM = 100_000
HEAD = b"HTTP/1.1 200 OK\r\n"


Drips = Callable[..., Dripping]


@pytest.fixture
def drips() -> Iterator[Drips]:
    """Start servers that drip."""
    with contextlib.ExitStack() as servers:
        yield lambda *pieces: servers.enter_context(contextlib.closing(Dripping(*pieces)))


def failure(url: str, timeouts: Timeouts = TIMEOUTS, proxy: str = "", body: bytes = b"") -> CallError:
    """Call ``url``, which has to fail in time, and return the failure."""
    environ = {"HTTPS_PROXY": proxy} if proxy else {}
    context = ssl.create_default_context()
    connection = Connection(url, context, timeouts, environ, lambda _: None, Limits(ROOM))
    began = time.monotonic()
    with contextlib.closing(connection), pytest.raises(CallError) as caught:
        connection.send("POST", f"{url}/http/x", headers={}, body=body)
    assert time.monotonic() - began < LATE
    assert caught.value.remedy
    return caught.value


DRIPS = {
    "status line": (b"H",),
    "head": (HEAD + b"X-A: ", b"a"),
    "header lines without end": (HEAD, b"X-A: a\r\n"),
    "body without length": (HEAD + b"\r\n", b"a"),
    "body with length": (HEAD + b"Content-Length: 99999\r\n\r\n", b"a"),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "size of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "extension of a chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a"),
    "trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: a\r\n"),
    "gzip that unpacks to nothing": (
        HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"14\r\n" + gzip.compress(b"", mtime=0) + b"\r\n",
    ),
    "100 Continue": (b"HTTP/1.1 100 Continue\r\n\r\n",),
    "103 Early Hints": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",),
    "head of a 100": (b"HTTP/1.1 100 Continue\r\n", b"X-A: a\r\n"),
}


@pytest.mark.parametrize("pieces", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_has_an_end(drips: Drips, pieces: tuple[bytes, ...]) -> None:
    """Wherever it drips; too many headers end it sooner, and a cause is named that is not tried again."""
    error = failure(f"http://{LOOPBACK}:{drips(*pieces).port}")
    unfinished = f"was not done with its answer within {TIME:g} s" in error.what
    assert unfinished or "got more than 100 headers" in error.what or "Trailer" in error.what, error.what
    assert error.cause in {"answer-unfinished", "answer-not-http"}
    assert "message" in str(error.remedy)


def test_a_handshake_that_drips_has_an_end(drips: Drips) -> None:
    """It is part of connecting: nothing was sent."""
    server = drips(b"\x16\x03\x03\x40\x00", b"\x02")
    error = failure(f"https://{LOOPBACK}:{server.port}")
    assert (error.cause, "processed" in str(error)) == ("no-connection", False)


@pytest.mark.parametrize(
    "pieces", [(b"H",), (HEAD, b"X-A: a\r\n"), (HEAD + b"X-A: ", b"a")], ids=["status", "headers", "header"]
)
def test_a_proxy_that_drips_has_an_end(drips: Drips, pieces: tuple[bytes, ...]) -> None:
    """Its word about the tunnel has the time to connect, however long an answer has."""
    proxy = f"http://{LOOPBACK}:{drips(*pieces).port}"
    patient = Timeouts(connect=TIME, read=30.0)
    assert "proxy" in str(failure("https://tenant.invalid", patient, proxy))


def test_a_host_that_takes_a_request_slowly_has_an_end() -> None:
    """The time for an answer begins with the request."""

    class Sipping(LoopbackServer):
        def _handle(self, connection: socket.socket, _client_address: object) -> None:
            with contextlib.suppress(OSError):
                while not self.stopping.wait(0.05) and connection.recv(2048):
                    pass

    with contextlib.closing(Sipping(lambda _: Reply(), None)) as server:
        error = failure(server.url, Timeouts(connect=30, read=30, answer=TIME), body=b"x" * 30_000_000)
    assert error.cause == "answer-unfinished"


def test_the_time_for_an_answer_is_three_times_that_between_two_bytes() -> None:
    """Unless the tenant file says another one."""
    settings = (Timeouts(), Timeouts(read=3), Timeouts(read=3, answer=4))
    assert [each.complete for each in settings] == [180, 9, 4]


def deflated(body: bytes) -> bytes:
    """Pack as ``deflate`` often is: without a head."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


LARGE = b" " * (20 * 1024 * 1024)
PACKED = {
    "plain": ("", LARGE[: 2 * ROOM]),
    "gzip": ("gzip", gzip.compress(LARGE)),
    "deflate": ("deflate", deflated(LARGE)),
    "zlib": ("deflate", zlib.compress(LARGE)),
    "gzip in gzip": ("gzip, gzip", gzip.compress(gzip.compress(LARGE))),
    "four times": ("gzip, deflate, gzip, gzip", gzip.compress(gzip.compress(deflated(gzip.compress(LARGE))))),
    "many members": ("gzip", gzip.compress(LARGE[:ROOM]) * 3),
}


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("announced", [True, False], ids=["with length", "without length"])
def test_an_answer_that_is_too_large_is_given_up(kind: str, announced: bool) -> None:
    """By its size when unpacked; the setting that allows more is named."""
    encoding, body = PACKED[kind]
    head = HEAD + (f"Content-Encoding: {encoding}\r\n".encode() if encoding else b"")
    head += f"Content-Length: {len(body)}\r\n".encode() if announced else b""
    with contextlib.closing(LoopbackServer(lambda _: Reply(raw=head + b"\r\n" + body), None)) as server:
        error = failure(server.url, Timeouts())
    assert error.cause == "answer-too-large"
    assert f"is larger than {ROOM / 1024**2:g} MB" in error.what
    assert "limits.response" in str(error.remedy)


def test_an_answer_of_just_that_size_is_read() -> None:
    """Packed or not; a HEAD has no body, whatever it announces."""
    fitting = b"x" * ROOM

    def answer(received: object) -> Reply:
        packed = "gzip" in getattr(received, "target", "")
        body = gzip.compress(fitting) if packed else fitting
        head = getattr(received, "method", "") == "HEAD"
        length = {"Content-Length": "999999999"} if head else {}
        return Reply(200, body, {**length, **({"Content-Encoding": "gzip"} if packed else {})})

    with contextlib.closing(LoopbackServer(answer, None)) as server:
        context = ssl.create_default_context()
        connection = Connection(server.url, context, Timeouts(), {}, lambda _: None, Limits(ROOM))
        with contextlib.closing(connection):
            sent = [connection.send("GET", f"{server.url}/{path}", headers={}) for path in ("plain", "gzip")]
            assert [each.response.body for each in sent] == [fitting, fitting]
            assert connection.send("HEAD", server.url, headers={}).response.body == b""


WHOLE = bytes(range(256)) * 40
PARTLY = {
    "gzip": ("gzip", gzip.compress(WHOLE)[:-200]),
    "gzip without its checksum": ("gzip", gzip.compress(WHOLE)[:-8]),
    "second member": ("gzip", gzip.compress(WHOLE) + gzip.compress(WHOLE)[:-20]),
    "deflate": ("deflate", deflated(WHOLE)[:-20]),
    "zlib": ("deflate", zlib.compress(WHOLE)[:-20]),
    "outer gzip": ("gzip, gzip", gzip.compress(gzip.compress(WHOLE))[:-8]),
    "inner gzip": ("gzip, gzip", gzip.compress(gzip.compress(WHOLE)[:-8])),
}


@pytest.mark.parametrize("kind", PARTLY)
@pytest.mark.parametrize("announced", [True, False], ids=["with length", "without length"])
def test_a_packed_answer_that_breaks_off_is_no_answer(kind: str, announced: bool) -> None:
    """Whatever its length says: what came before the break would be taken for all of it."""
    encoding, body = PARTLY[kind]
    head = HEAD + f"Content-Encoding: {encoding}\r\n".encode()
    head += f"Content-Length: {len(body)}\r\n".encode() if announced else b""
    with contextlib.closing(LoopbackServer(lambda _: Reply(raw=head + b"\r\n" + body), None)) as server:
        error = failure(server.url, Timeouts())
    assert "its body is packed and breaks off" in error.what


@pytest.mark.parametrize(
    ("body", "read"),
    [(b"", b""), (gzip.compress(WHOLE) * 2, WHOLE * 2), (gzip.compress(WHOLE) + b"\0" * 9, WHOLE)],
    ids=["nothing", "two members", "padding behind"],
)
def test_a_packed_answer_ends_where_its_last_part_does(body: bytes, read: bytes) -> None:
    """Of nothing there is nothing to unpack."""
    raw = HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    with contextlib.closing(LoopbackServer(lambda _: Reply(raw=raw), None)) as server:
        connection = Connection(server.url, ssl.create_default_context(), Timeouts(), {}, lambda _: None)
        with contextlib.closing(connection):
            assert connection.send("GET", server.url, headers={}).response.body == read


ODD_HEADS = {
    "length is no number": (b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nbody", None),
    "length below zero": (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nbody", None),
    "length with a plus": (b"HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\nbody", None),
    "length of 5,000 digits": (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nbody", None),
    "length in other digits": (b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\nbody", None),
    "two equal lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 4, 4\r\n\r\nbody", (200, b"body")),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nbody", (200, b"body")),
    "status 999": (b"HTTP/1.1 999 Odd\r\nContent-Length: 4\r\n\r\nbody", (999, b"body")),
    "status of four digits": (b"HTTP/1.1 2000 OK\r\nContent-Length: 4\r\n\r\nbody", None),
    "status of 5,000 digits": (b"HTTP/1.1 " + b"2" * 5000 + b" OK\r\n\r\n", None),
    "a line that is no header": (
        b"HTTP/1.1 200 OK\r\nX-A: a\r\nno header\r\nContent-Length: 4\r\n\r\nbody",
        None,
    ),
    "several parts": (
        b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=x\r\nContent-Length: 4\r\n\r\nbody",
        (200, b"body"),
    ),
    "another version": (b"HTTP/9.9 200 OK\r\nContent-Length: 4\r\n\r\nbody", None),
    "a long header": (b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 200_000 + b"\r\n\r\n", None),
    "bytes in a header": (
        b"HTTP/1.1 200 \xff\r\nX-A: \xfe\x01\r\nContent-Length: 4\r\n\r\nbody",
        (200, b"body"),
    ),
    "bytes in the name of a header": (b"HTTP/1.1 200 OK\r\nX-\xff: a\r\nContent-Length: 4\r\n\r\nbody", None),
    "hints ahead": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nbody",
        (201, b"body"),
    ),
    "too many encodings": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: " + b"gzip," * 50 + b"gzip\r\nContent-Length: 4\r\n\r\nbody",
        None,
    ),
}


@pytest.mark.parametrize("kind", ODD_HEADS)
def test_an_odd_head_is_read_or_refused_in_words(kind: str) -> None:
    """What has no length that can be read has no end that can be trusted."""
    raw, expected = ODD_HEADS[kind]
    with contextlib.closing(LoopbackServer(lambda _: Reply(raw=raw), None)) as server:
        if expected is None:
            error = failure(server.url)
            assert error.cause == "answer-not-http"
            assert "Exception" not in error.what
            return
        context = ssl.create_default_context()
        with contextlib.closing(Connection(server.url, context, TIMEOUTS, {}, lambda _: None)) as connection:
            response = connection.send("GET", server.url, headers={}).response
    assert (response.status, response.body) == expected
