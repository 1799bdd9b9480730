"""What a client sees of each fault: a real server, and bytes from its socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from pytest_iflow.emulator.faults.draws import NO_FAULTS, RequestFaults
from pytest_iflow.emulator.faults.injection import inject
from pytest_iflow.emulator.plane_server import PlaneServer
from pytest_iflow.emulator.wire_answer import WireAnswer

BODY = b"0123456789"
LENGTH = (("content-length", str(len(BODY))),)
REQUEST = b"POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello"


@dataclass
class Plane:
    """A service that answers every request alike and remembers what it got, with some faults."""

    faults: RequestFaults
    answer: WireAnswer = WireAnswer(200, LENGTH, BODY)  # noqa: RUF009 - frozen
    received: list[bytes] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        await inject(self.faults, self._serve, scope, receive, send, self.stopping)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.received.append(await Request(scope, receive).body())
        await self.answer(scope, receive, send)


async def _with_server(app: Plane, client: Callable[[int], Awaitable[bytes]]) -> bytes:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = PlaneServer(app, None)
        running = asyncio.create_task(server.serve([listener]))
        await server.listening.wait()
        try:
            return await asyncio.wait_for(client(listener.getsockname()[1]), 20)
        finally:
            server.should_exit = True
            await running


async def _exchange(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST)
    try:
        return await reader.read()
    finally:
        writer.close()


def _call(app: Plane) -> bytes:
    return asyncio.run(_with_server(app, _exchange))


def test_request_without_faults_is_answered() -> None:
    """The answer of the service, once processed."""
    plane = Plane(NO_FAULTS)
    assert _call(plane).endswith(b"\r\n\r\n" + BODY)
    assert plane.received == [b"hello"]


@pytest.mark.parametrize(
    ("fault", "processed"), [("reset_before", []), ("reset_after", [b"hello"])], ids=["before", "after"]
)
def test_connection_is_reset(fault: str, processed: list[bytes], capfd: pytest.CaptureFixture[str]) -> None:
    """The client gets nothing but the reset, and the server has nothing to complain of."""
    plane = Plane(RequestFaults(names=frozenset({fault})))
    with pytest.raises(ConnectionResetError):
        _call(plane)
    assert plane.received == processed
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (429, b"retry-after: 1\r\n"),
        (500, b"content-type: text/plain; charset=utf-8\r\n"),
        (502, b"x-cf-routererror: endpoint_failure\r\n"),
        (401, b'www-authenticate: Bearer realm="local", error="invalid_token"\r\n'),
        (503, b"retry-after: 1\r\n"),
        (504, b"content-type: text/plain; charset=utf-8\r\n"),
    ],
)
def test_status_is_answered_without_processing(status: int, hint: bytes) -> None:
    """The service does not get the request."""
    plane = Plane(RequestFaults(names=frozenset({f"status_{status}"})))
    answer = _call(plane)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert hint in answer
    assert plane.received == []


@pytest.mark.parametrize("status", [502, 503, 504])
def test_status_is_answered_after_processing(status: int) -> None:
    """The answer has no Retry-After: the message must not be sent again."""
    plane = Plane(RequestFaults(names=frozenset({f"status_{status}_after"})))
    answer = _call(plane)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"retry-after" not in answer
    assert plane.received == [b"hello"]


def test_silent_service_has_processed_the_request() -> None:
    """The client waits as long as it wants to; the end of the landscape ends it, too."""
    plane = Plane(RequestFaults(names=frozenset({"silent"})))
    threading.Timer(0.3, plane.stopping.set).start()
    assert _call(plane) == b""
    assert plane.received == [b"hello"]


def test_duplicate_is_processed_twice_and_answered_once() -> None:
    """Both times the service gets the whole body."""
    plane = Plane(RequestFaults(names=frozenset({"duplicate"})))
    assert _call(plane).count(b"HTTP/1.1") == 1
    assert plane.received == [b"hello", b"hello"]


def test_duplicate_may_lose_its_answer_too() -> None:
    """The request is processed twice and the connection is reset."""
    plane = Plane(RequestFaults(names=frozenset({"duplicate", "reset_after"})))
    with pytest.raises(ConnectionResetError):
        _call(plane)
    assert plane.received == [b"hello", b"hello"]


@pytest.mark.parametrize("headers", [LENGTH, ()], ids=["with length", "chunked"])
def test_truncated_answer_ends_in_its_body(headers: tuple[tuple[str, str], ...]) -> None:
    """Head and half of the body, neither the rest nor a last chunk."""
    plane = Plane(RequestFaults(names=frozenset({"truncated"})), WireAnswer(200, headers, BODY))
    head, _, body = _call(plane).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert body == (b"01234" if headers else b"5\r\n01234\r\n")


def test_truncated_answer_without_a_body_has_no_end(capfd: pytest.CaptureFixture[str]) -> None:
    """Of an empty chunked body the last chunk is missing."""
    plane = Plane(RequestFaults(names=frozenset({"truncated"})), WireAnswer(200, ()))
    assert _call(plane).endswith(b"\r\n\r\n")
    assert capfd.readouterr() == ("", "")


def test_dripping_answer_comes_in_pieces_and_whole() -> None:
    """At 80 bytes a second pieces of four bytes: one chunk each."""
    plane = Plane(RequestFaults(drip=80), WireAnswer(200, (), BODY))
    _, _, body = _call(plane).partition(b"\r\n\r\n")
    assert body == b"4\r\n0123\r\n4\r\n4567\r\n2\r\n89\r\n0\r\n\r\n"


def test_end_of_the_landscape_ends_all_waiting() -> None:
    """Long latencies and slow bodies end at once when the process ends."""
    plane = Plane(RequestFaults(wait=600, drip=0.001))
    plane.stopping.set()
    assert _call(plane).endswith(b"\r\n\r\n" + BODY)


@pytest.mark.parametrize(
    "faults", [RequestFaults(wait=600), RequestFaults(drip=0.001)], ids=["latency", "drip"]
)
def test_waiting_ends_with_the_client(faults: RequestFaults, capfd: pytest.CaptureFixture[str]) -> None:
    """The server ends in time, though the wait would be long."""

    async def leave(port: int) -> bytes:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.transport.abort()
        return b"left"

    assert asyncio.run(_with_server(Plane(faults), leave)) == b"left"
    assert capfd.readouterr() == ("", "")


def test_client_that_leaves_before_its_request_is_whole_is_not_served() -> None:
    """A duplicate needs the whole request."""

    async def leave(port: int) -> bytes:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST[:-1])
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.transport.abort()
        return b"left"

    plane = Plane(RequestFaults(names=frozenset({"duplicate"})))
    assert asyncio.run(_with_server(plane, leave)) == b"left"
    assert plane.received == []
