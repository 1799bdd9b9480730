"""The recording proxy: what passes it arrives as it was sent, and what cannot be kept is passed on."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests

from pytest_iflow.recording.call import RecordedCall
from pytest_iflow.recording.proxy_server import LARGEST_HEAD
from tests.loopback_server import LOOPBACK, LoopbackServer, Received, Reply, Serve, closed_port
from tests.recording.proxy_in_thread import LARGEST, ProxyInThread

JSON = {"Content-Type": "application/json"}
HOST = b"Host: localhost\r\n"


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Callable[[Callable[[Received], Reply]], ProxyInThread]]:
    """Start a server and a proxy to it; both end with the test."""
    servers: list[LoopbackServer] = []
    proxies: list[ProxyInThread] = []

    def start(answer: Callable[[Received], Reply]) -> ProxyInThread:
        servers.append(LoopbackServer(answer, None))
        proxies.append(ProxyInThread(servers[-1].url, tmp_path / "recorded"))
        return proxies[-1]

    yield start
    for proxy in proxies:
        proxy.close()
        proxy.journal.close()
    for server in servers:
        server.close()


Start = Callable[[Callable[[Received], Reply]], ProxyInThread]


def test_what_passes_is_as_it_was_sent(recorded: Start) -> None:
    """Method, address to the letter, repeated headers and bodies pass; the host is that of the tenant."""
    seen: list[Received] = []

    def answer(received: Received) -> Reply:
        seen.append(received)
        if received.method == "DELETE":
            return Reply(204, b"", {"X-Empty": "yes"})
        if "packed" in received.target:
            packed = gzip.compress(b'{"a": 1}')
            return Reply(200, packed, {**JSON, "Content-Encoding": "gzip"})
        return Reply(201, b'{"made": true}', {**JSON, "Set-Cookie": "s=1; Path=/; Secure; HttpOnly"})

    proxy = recorded(answer)
    sent = requests.post(
        f"{proxy.url}/http/a%2Fb;v=1/ü?x=%20&y=a+b",
        data=b'{"n": 1.50}',
        headers={**JSON, "X-A": "1"},
        timeout=20,
    )
    assert (sent.status_code, sent.json()) == (201, {"made": True})
    assert sent.headers["Set-Cookie"] == "s=1; Path=/; HttpOnly"  # a client would not send a secure one here
    assert seen[0].target == "/http/a%2Fb;v=1/%C3%BC?x=%20&y=a+b"
    assert seen[0].headers["X-A"] == "1"
    assert seen[0].headers["Host"].startswith(LOOPBACK)
    assert requests.delete(f"{proxy.url}/http/a", timeout=20).status_code == 204
    assert requests.get(f"{proxy.url}/http/packed", timeout=20).json() == {"a": 1}
    head = requests.head(f"{proxy.url}/http/a", timeout=20)
    assert (head.status_code, head.headers["Content-Length"], head.content) == (201, "14", b"")
    chunks = requests.post(f"{proxy.url}/http/c", data=iter([b'{"a', b'": 2}']), headers=JSON, timeout=20)
    assert chunks.status_code == 201
    calls = proxy.end()
    assert [(each.method, each.status) for each in calls] == [
        ("POST", 201), ("DELETE", 204), ("GET", 200), ("HEAD", 201), ("POST", 201)
    ]  # fmt: skip
    assert calls[2].response_body == b'{"a": 1}'
    assert calls[4].request_body == b'{"a": 2}'
    assert not any(each.left or each.reasons for each in calls)


def test_a_client_that_waits_for_100_continue_gets_it(recorded: Start) -> None:
    """The body is asked for, and the tenant gets no header Expect."""
    seen: list[Received] = []
    proxy = recorded(lambda received: seen.append(received) or Reply(200, b"ok", {}))  # type: ignore[func-returns-value]
    with socket.create_connection((LOOPBACK, proxy.port), timeout=20) as client:
        client.sendall(
            b"POST /http/a HTTP/1.1\r\n"
            + HOST
            + b"Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
        )
        assert client.recv(4096).startswith(b"HTTP/1.1 100")
        client.sendall(b"hello")
        assert client.recv(4096).startswith(b"HTTP/1.1 200")
    (call,) = proxy.end()
    assert call.request_body == b"hello"
    assert "Expect" not in seen[0].headers


def test_what_is_too_large_or_no_text_passes_and_is_not_kept(recorded: Start) -> None:
    """A large body, and one that nobody can look into, arrive whole; of the call stays what can be kept."""
    large = b'{"a": "' + b"x" * LARGEST + b'"}'
    proxy = recorded(
        lambda received: Reply(200, received.body, {"Content-Type": received.headers["Content-Type"]})
    )
    for body, kind in ((large, "application/json"), (b"%PDF-1.7\x00\x01\xff", "application/pdf")):
        answer = requests.post(f"{proxy.url}/http/a", data=body, headers={"Content-Type": kind}, timeout=20)
        assert answer.content == body
    first, second = proxy.end()
    assert first.request_body is first.response_body is second.request_body is second.response_body is None
    assert "larger than --max-body" in first.reasons[0]
    assert "no text" in second.reasons[0]


def test_who_breaks_off_ends_no_other_call(recorded: Start) -> None:
    """A client, or the tenant, that ends a connection in the middle is told to nobody but its other side."""

    def answer(received: Received) -> Reply:
        if "half" in received.target:
            return Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
        if "nothing" in received.target:
            return Reply(raw=b"")
        return Reply(200, b"ok", {})

    proxy = recorded(answer)
    proxy.send(b"POST /http/cut HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\nonly this")
    half = proxy.send(b"GET /http/half HTTP/1.1\r\n" + HOST + b"\r\n", shuts=False)
    assert half.endswith(b"only this")
    nothing = requests.get(f"{proxy.url}/http/nothing", timeout=20)
    assert nothing.status_code == 502
    assert requests.get(f"{proxy.url}/http/good", timeout=20).text == "ok"
    left = {each.target: each.left for each in proxy.end()}
    assert left == {
        "/http/cut": "the client broke off in the middle of its message",
        "/http/half": "the tenant gave no whole answer",
        "/http/nothing": "the tenant gave no whole answer",
        "/http/good": "",
    }


def test_a_tenant_that_does_not_answer_in_time(tmp_path: Path) -> None:
    """The client gets a 504 that says so."""
    server = LoopbackServer(lambda _received: Reply(200, b"late", pause=30.0), None)
    proxy = ProxyInThread(server.url, tmp_path, read=0.3)
    assert requests.get(f"{proxy.url}/http/a", timeout=20).status_code == 504
    (call,) = proxy.end()
    server.close()
    assert call.left == "the tenant did not answer in time"


def test_a_tenant_that_nobody_trusts_or_reaches(serve: Serve, tmp_path: Path) -> None:
    """No byte of a call goes to a host whose certificate is not verified; the client is told why."""
    stranger = serve(lambda _received: Reply())
    proxy = ProxyInThread(stranger.url, tmp_path / "one")
    answer = requests.get(f"{proxy.url}/http/a", timeout=20)
    assert (answer.status_code, "ca-bundle" in answer.text) == (502, True)
    proxy.end()
    assert stranger.received == []
    with closed_port() as port:
        proxy = ProxyInThread(f"http://{LOOPBACK}:{port}", tmp_path / "two")
        answer = requests.get(f"{proxy.url}/http/a", timeout=20)
        assert (answer.status_code, "pytest-iflow doctor" in answer.text) == (502, True)
        proxy.end()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /http/a HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"403"),
        (b"GET /http/a HTTP/1.1\r\n" + HOST + b"Origin: https://evil.example\r\n\r\n", b"403"),
        (b"GET /http/a HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", b"501"),
        (b"GET /http/a HTTP/1.1\r\n" + HOST + b"X: " + b"x" * LARGEST_HEAD + b"\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
    ],
    ids=["other host", "page of another host", "websocket", "endless head", "TLS"],
)
def test_what_is_not_passed_on(recorded: Start, request_: bytes, status: bytes) -> None:
    """A page of another host, a websocket and what is no HTTP never reach the tenant."""
    seen: list[Received] = []
    proxy = recorded(lambda received: seen.append(received) or Reply())  # type: ignore[func-returns-value]
    assert proxy.send(request_).partition(b" ")[2].startswith(status)
    assert proxy.end() == []
    assert seen == []


def test_of_500_calls_over_50_connections_none_is_lost(recorded: Start) -> None:
    """Each is passed on, recorded once, and is in the journal when the proxy ends."""
    together = threading.Barrier(50)
    proxy = recorded(lambda received: Reply(200, received.body, JSON))

    def ten(client: int) -> None:
        connection = HTTPConnection(LOOPBACK, proxy.port, timeout=60)
        together.wait(60)
        for number in range(10):
            body = f'{{"id": "{client}-{number}"}}'
            connection.request("POST", "/http/orders", body, {**JSON, "Host": "localhost"})
            assert connection.getresponse().read() == body.encode()
        connection.close()

    with ThreadPoolExecutor(50) as clients:
        list(clients.map(ten, range(50)))
    calls = proxy.end()
    wanted = {f'{{"id": "{client}-{number}"}}'.encode() for client in range(50) for number in range(10)}
    assert len(calls) == len(wanted) == 500
    assert {each.request_body for each in calls} == wanted
    assert {each.response_body for each in calls} == wanted
    assert len(proxy.journal.path.read_bytes().splitlines()) == 500


def test_credentials_are_never_kept(recorded: Start) -> None:
    """Neither headers with credentials, cookies and CSRF tokens, nor a token that the tenant repeats."""
    token = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF"
    csrf = {"X-CSRF-Token": "secret-csrf"}
    repeated = ("Authorization", "Cookie", "X-CSRF-Token", "X-Api-Key")
    proxy = recorded(
        lambda received: Reply(200, " ".join(received.headers[name] for name in repeated).encode(), csrf)
    )
    headers = {
        "Authorization": f"Bearer {token}",
        "Cookie": "JSESSIONID=cookie-value-1",
        "X-CSRF-Token": "csrf-value-1",
        "X-Api-Key": "0Key1of2the3client4",
    }
    answer = requests.post(f"{proxy.url}/http/a", data="x", headers=headers, timeout=20)
    assert answer.text == " ".join(headers[name] for name in repeated)
    calls: list[RecordedCall] = proxy.end()
    written = proxy.journal.path.read_bytes()
    assert len(calls) == 1
    for secret in (token, "cookie-value-1", "csrf-value-1", "secret-csrf", headers["X-Api-Key"]):
        assert secret.encode() not in written
