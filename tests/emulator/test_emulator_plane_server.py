"""The servers of the planes, and how signals end them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from starlette.types import Receive, Scope, Send

from pytest_iflow.emulator import plane_server
from pytest_iflow.emulator.plane_server import PlaneServer, stop_requested
from pytest_iflow.emulator.wire_answer import WireAnswer
from tests.emulator.emulator_process import TIMEOUT, Emulator, ready, start

IN_FLIGHT = 100
FLOOD = 300
LITTLE = 4096
REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"


class Plane:
    """A service whose answers wait until they are let go."""

    def __init__(self, body: bytes) -> None:
        self.asked = asyncio.Event()
        self.go = asyncio.Event()
        self.answered = asyncio.Event()
        self.body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        self.asked.set()
        await self.go.wait()
        await WireAnswer(200, (("content-length", str(len(self.body))),), self.body)(scope, receive, send)
        self.answered.set()


def _run(scenario: Callable[[Plane, PlaneServer, int], Awaitable[None]], body: bytes = b"ok") -> None:
    async def run() -> None:
        plane = Plane(body)
        with socket.socket() as listener:
            # What does not fit into so little waits within the process.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LITTLE)
            listener.bind(("127.0.0.1", 0))
            server = PlaneServer(plane, None)
            running = asyncio.create_task(server.serve([listener]))
            await server.listening.wait()
            await scenario(plane, server, listener.getsockname()[1])
            await asyncio.wait_for(running, TIMEOUT)

    asyncio.run(run())


def test_answer_under_way_is_finished_and_its_connection_closed(capfd: pytest.CaptureFixture[str]) -> None:
    """The client is told that the connection ends; an idle one just ends."""

    async def scenario(plane: Plane, server: PlaneServer, port: int) -> None:
        idle, idle_writer = await asyncio.open_connection("127.0.0.1", port)
        busy, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        await plane.asked.wait()
        server.should_exit = True
        assert await idle.read() == b""
        plane.go.set()
        answer = await busy.read()
        assert b"connection: close" in answer
        assert answer.endswith(b"\r\n\r\nok")
        writer.close()
        idle_writer.close()

    _run(scenario)
    assert capfd.readouterr() == ("", "")


def test_answer_that_does_not_come_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time of grace is over the connection is cut."""
    monkeypatch.setattr(plane_server, "GRACE", 0.05)

    async def scenario(plane: Plane, server: PlaneServer, port: int) -> None:
        busy, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(REQUEST)
        await plane.asked.wait()
        server.should_exit = True
        assert await busy.read() == b""
        plane.go.set()
        writer.close()

    _run(scenario)


@pytest.mark.parametrize("header", [b"", b"connection: close\r\n"])
def test_last_bytes_of_an_answer_are_waited_for(monkeypatch: pytest.MonkeyPatch, header: bytes) -> None:
    """The service is done with the answer, but its client has read only the beginning."""
    monkeypatch.setattr(plane_server, "GRACE", TIMEOUT)
    monkeypatch.setattr(plane_server, "STANDSTILL", TIMEOUT)
    body = b"b" * 60_000

    async def scenario(plane: Plane, server: PlaneServer, port: int) -> None:
        plane.go.set()
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)
        client.setblocking(False)
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", port))
        reader, writer = await asyncio.open_connection(sock=client, limit=LITTLE)
        writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\n" + header + b"\r\n"))
        await plane.answered.wait()
        server.should_exit = True
        await asyncio.sleep(0.3)
        assert (await reader.read()).endswith(b"\r\n\r\n" + body)
        writer.close()

    _run(scenario, body)


def _wait_for_calls(emulator: Emulator, count: int) -> None:
    while emulator.counters()["received"]["planes"].get("runtime", 0) < count:
        time.sleep(0.05)


async def _flight(emulator: Emulator, token: str, process: subprocess.Popen[str]) -> list[bytes]:
    """Return the answers of a slow flow and of requests that a fault delays, all under way at a SIGTERM."""
    runtime = urlsplit(emulator.runtime)
    context = ssl.create_default_context(cafile=str(emulator.ca))
    head = (
        f"POST /http/slow?seconds=30 HTTP/1.1\r\nhost: {runtime.netloc}\r\nauthorization: Bearer {token}\r\n"
    )

    async def call() -> bytes:
        reader, writer = await asyncio.open_connection(runtime.hostname, runtime.port, ssl=context)
        writer.write(f"{head}content-length: 0\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        return answer

    calls: list[asyncio.Task[bytes]] = []
    for faults in ({}, {"runtime.latency": 60.0}):
        await asyncio.to_thread(emulator.set_faults, faults)
        calls += [asyncio.create_task(call()) for _ in range(IN_FLIGHT)]
        await asyncio.to_thread(_wait_for_calls, emulator, len(calls))
    process.send_signal(signal.SIGTERM)
    return await asyncio.gather(*calls)


@pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")
def test_sigterm_loses_no_answer_under_way(tmp_path: Path) -> None:
    """200 requests that would take half a minute are answered before the process ends, without a trace."""
    with start(tmp_path / "keys") as process:
        said = ready(process)
        keys = Path(said["keys"])
        emulator = Emulator(said["token"], said["runtime"], said["api"], keys, Path(said["ca"]))
        answers = asyncio.run(_flight(emulator, emulator.token(), process))
        _, complaints = process.communicate(timeout=TIMEOUT)
    assert len(answers) == 2 * IN_FLIGHT
    assert {answer.splitlines()[0] for answer in answers} == {b"HTTP/1.1 200 OK"}
    assert all(answer.endswith(b"0\r\n\r\n") for answer in answers)
    assert (process.returncode, complaints) == (0, "")
    assert list(keys.iterdir()) == []


def _endless_head(emulator: Emulator) -> bytes:
    """Send a head that does not end; return the answer, empty if the connection ended without one."""
    runtime = urlsplit(emulator.runtime)
    context = ssl.create_default_context(cafile=str(emulator.ca))
    connection = socket.create_connection((runtime.hostname or "", runtime.port or 0), TIMEOUT)
    with context.wrap_socket(connection, server_hostname=runtime.hostname) as wire:
        try:
            wire.sendall(b"GET / HTTP/1.1\r\nx: ")
            for _ in range(64):
                wire.sendall(b"x" * 65_536)
            return wire.recv(65_536)
        except (ConnectionError, ssl.SSLError):
            # Whoever is refused while still sending may lose the answer with the connection.
            return b""


def test_head_without_end_fills_no_memory(emulator: Emulator) -> None:
    """It is refused at a megabyte; one of half that size is not, nor the body after it."""
    assert _endless_head(emulator)[:13] in {b"", b"HTTP/1.1 400 "}
    answer = emulator.call("/echo", b"y" * 2_000_000, headers={"x-long": "x" * 500_000})
    assert len(answer.json()["body"]) == 2_000_000


def test_heads_of_one_connection_do_not_add_up(emulator: Emulator) -> None:
    """Each request begins anew."""
    headers = {"Authorization": f"Bearer {emulator.token()}", "x-long": "x" * 500_000}
    with requests.Session() as session:
        session.trust_env = False
        answers = [
            session.post(f"{emulator.runtime}/http/echo", headers=headers, verify=str(emulator.ca))
            for _ in range(4)
        ]
    assert [answer.status_code for answer in answers] == [200] * 4


def test_flood_of_connections_does_no_harm(emulator: Emulator) -> None:
    """Hundreds that say nothing or nonsense: whoever calls beside them is served."""
    runtime = urlsplit(emulator.runtime)
    token = emulator.token()
    with contextlib.ExitStack() as opened:
        for number in range(FLOOD):
            connection = socket.create_connection((runtime.hostname or "", runtime.port or 0), TIMEOUT)
            opened.enter_context(connection)
            if number % 2:
                connection.sendall(b"GET / HTTP/1.1\r\n" * 20)
        answers = [
            emulator.request(
                "POST", f"{emulator.runtime}/http/echo", headers={"Authorization": f"Bearer {token}"}
            )
            for _ in range(5)
        ]
    assert [answer.status_code for answer in answers] == [200] * 5


@pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_signal_sets_the_event_and_the_handler_is_put_back(name: str) -> None:
    """Afterwards the signal means what it meant before."""
    number = signal.Signals[name]
    before = signal.getsignal(number)
    if before is signal.SIG_IGN:
        pytest.skip("these tests were started by nohup")

    async def scenario() -> bool:
        with stop_requested(until_stdin_closes=False) as stop:
            assert not stop.is_set()
            signal.raise_signal(number)
            return await asyncio.wait_for(stop.wait(), timeout=10)

    assert asyncio.run(scenario())
    assert signal.getsignal(number) is before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_end_of_the_terminal_does_not_matter_under_nohup() -> None:
    """What is ignored stays so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def scenario() -> bool:
        with stop_requested(until_stdin_closes=False) as stop:
            signal.raise_signal(signal.SIGHUP)
            await asyncio.sleep(0)
            return stop.is_set()

    try:
        assert not asyncio.run(scenario())
    finally:
        signal.signal(signal.SIGHUP, before)


def test_end_of_input_sets_the_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes before the end of the input does not matter."""
    (tmp_path / "input").write_bytes(b"x" * 10_000)

    async def scenario() -> bool:
        with stop_requested(until_stdin_closes=True) as stop:
            return await asyncio.wait_for(stop.wait(), timeout=10)

    with (tmp_path / "input").open("rb") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert asyncio.run(scenario())
