"""Sockets: what a call sends at a time, what several threads share, and proxies of other kinds."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.model import Timeouts
from pytest_iflow.transport.connection import Connection
from tests.loopback_server import LOOPBACK, LoopbackServer, Received, Reply, Serve
from tests.loopback_tenant import LoopbackTenant

REMOTE = "https://tenant.invalid"


def connection(url: str, environ: dict[str, str] | None = None) -> Connection:
    """Return a connection that trusts nobody."""
    return Connection(url, ssl.create_default_context(), Timeouts(read=20), environ or {}, lambda _: None)


def test_a_small_request_is_sent_in_one_piece() -> None:
    """Head and body are one packet, and one record of TLS."""
    with socket.create_server((LOOPBACK, 0)) as server, ThreadPoolExecutor() as beside:
        sender = connection(f"http://{LOOPBACK}:{server.getsockname()[1]}")
        answer = beside.submit(
            sender.send, "POST", f"http://{LOOPBACK}:{server.getsockname()[1]}", headers={}, body=b"x"
        )
        with server.accept()[0] as accepted:
            first = accepted.recv(65_536)
            accepted.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert answer.result().response.status == 204
        assert first.startswith(b"POST / HTTP/1.1\r\n")
        assert first.endswith(b"\r\nContent-Length: 1\r\n\r\nx")
        sender.close()


def test_threads_share_a_connection_and_no_socket(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """Each call has a socket and bounds of its own; one after the other they use the same again."""
    together = Barrier(4)

    def answer(received: Received) -> Reply:
        if received.target.startswith("/slow"):
            together.wait(20)
        return Reply(body=received.target.encode())

    server = serve(answer)
    loopback_tenant.client(host=server.url)
    sender = loopback_tenant.run().connections.runtime("default")

    def body_of(path: str) -> bytes:
        return sender.send("GET", f"{server.url}{path}", headers={}).response.body

    with ThreadPoolExecutor(4) as threads:
        paths = [f"/slow/{number}" for number in range(4)]
        assert list(threads.map(body_of, paths)) == [path.encode() for path in paths]
    assert len({received.connection for received in server.received}) == 4
    assert [body_of("/later") for _ in range(8)] == [b"/later"] * 8
    assert len({received.connection for received in server.received}) == 4
    sender.close()
    assert server.all_closed()


def test_an_answer_that_comes_before_the_request_is_sent_counts() -> None:
    """A gateway may refuse a large message at once, and take no more of it."""

    class Hasty(LoopbackServer):
        def _handle(self, accepted: socket.socket, _client_address: object) -> None:
            accepted.recv(1024)
            accepted.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nmuch")
            accepted.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                while accepted.recv(65_536):
                    pass

    with contextlib.closing(Hasty(lambda _: Reply(), None)) as server:
        sender = connection(server.url)
        response = sender.send("POST", server.url, headers={}, body=b"x" * 5_000_000).response
        assert (response.status, response.body) == (413, b"much")
        sender.close()


def test_a_proxy_of_socks_asks_for_the_package_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a package that few need."""
    monkeypatch.setitem(sys.modules, "socks", None)
    monkeypatch.delitem(sys.modules, "urllib3.contrib.socks", raising=False)
    sender = connection(REMOTE, {"HTTPS_PROXY": "socks5h://proxy.invalid:1080"})
    with pytest.raises(ConfigurationError, match="needs the package PySocks"):
        sender.send("GET", REMOTE, headers={})


def test_a_proxy_of_a_kind_that_is_none() -> None:
    """The kinds that can be used are named."""
    sender = connection(REMOTE, {"HTTPS_PROXY": "ftp://proxy.invalid:21"})
    with pytest.raises(ConfigurationError, match='of the kind "ftp"') as caught:
        sender.send("GET", REMOTE, headers={})
    assert "socks5" in str(caught.value.remedy)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/a b/ü?x=ö y", "/a%20b/%C3%BC?x=%C3%B6%20y"),
        ("/%7euser/%2f?a=%41", "/~user/%2F?a=A"),
        ("/a/../b/./c", "/b/c"),
        ("?x=1#part", "/?x=1"),
        ("/x?", "/x"),
        ("/p;v=1,2/(a)!$&'*+=:@?q=/?[]", "/p;v=1,2/(a)!$&'*+=:@?q=/?%5B%5D"),
    ],
)
def test_what_an_address_may_not_hold_is_encoded(
    serve: Serve, loopback_tenant: LoopbackTenant, written: str, sent: str
) -> None:
    """What is encoded already stays so, in upper case; letters and digits need no encoding."""
    server = serve(lambda _: Reply())
    loopback_tenant.client(host=server.url)
    sender = loopback_tenant.run().connections.runtime("default")
    exchange = sender.send("GET", f"{server.url}{written}", headers={})
    assert server.received[0].target == sent
    assert exchange.request.url.partition("#")[0] == f"{server.url}{sent}"


@pytest.mark.parametrize(
    ("method", "headers", "body", "length"),
    [
        ("POST", {}, b"", "0"),
        ("GET", {}, b"", None),
        ("DELETE", {}, b"", "0"),
        ("GET", {}, b"four", "4"),
        ("POST", {"content-length": "9"}, b"four", "4"),
    ],
)
def test_the_length_of_a_request_is_its_own(
    serve: Serve,
    loopback_tenant: LoopbackTenant,
    method: str,
    headers: dict[str, str],
    body: bytes,
    length: str | None,
) -> None:
    """A message without a body says so; what a feature says of the length does not break the request."""
    server = serve(lambda _: Reply())
    loopback_tenant.client(host=server.url)
    sender = loopback_tenant.run().connections.runtime("default")
    sender.send(method, server.url, headers=headers, body=body)
    assert server.received[0].headers.get_all("content-length") == (length and [length])
    assert server.received[0].body == body
