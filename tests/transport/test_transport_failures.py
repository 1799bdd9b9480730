"""Failures: every way to get no answer is one ``CallError`` that names cause, URL and next step."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import sys
from collections.abc import Callable, Iterator

import pytest

from pytest_iflow.errors import CallError
from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.tenants.model import Timeouts
from pytest_iflow.transport.failures import LOOK_FIRST, Phase, explain
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackProxy, LoopbackServer, Reply, Serve
from tests.loopback_tenant import LoopbackTenant

IMPATIENT = 0.3
"""Seconds; short only where nothing can be on time."""

Listen = Callable[..., LoopbackServer]


@pytest.fixture
def listen(authority: Authority) -> Iterator[Listen]:
    """Start a server whose certificate is for the given names, with the faults that are asked for."""
    with contextlib.ExitStack() as servers:

        def start(*names: str, by: Authority = authority, expired: bool = False) -> LoopbackServer:
            tls = by.server_context(*names, expired=expired)
            return servers.enter_context(
                contextlib.closing(LoopbackServer(lambda _: Reply(body=b"reached"), tls))
            )

        yield start


def failure(tenant: LoopbackTenant, url: str, body: bytes = b"") -> CallError:
    """Send a request with a secret in its query that has to fail, and return the failure."""
    tenant.client(host=url)
    connection = tenant.run().connections.runtime("default")
    with pytest.raises(CallError) as caught:
        connection.send("POST", f"{url}/http/x?key=not-to-be-seen", headers={}, body=body)
    assert caught.value.where == f"POST {url}/http/x"
    assert "not-to-be-seen" not in str(caught.value)
    assert caught.value.__cause__ is not None
    return caught.value


def test_a_closed_port(loopback_tenant: LoopbackTenant, closed_url: str) -> None:
    """Nothing answers there."""
    error = failure(loopback_tenant, closed_url)
    assert "the connection was refused" in error.what
    assert "port" in str(error.remedy)


def test_a_host_that_does_not_exist(loopback_tenant: LoopbackTenant) -> None:
    """The host is named, so that a typing error is seen."""
    error = failure(loopback_tenant, "https://no-such-tenant.invalid")
    assert error.what == "the host no-such-tenant.invalid is not known"
    assert "VPN" in str(error.remedy)
    assert "the call goes through a proxy" not in str(error.remedy)


def test_a_host_name_that_is_none(loopback_tenant: LoopbackTenant) -> None:
    """A label of more than 63 characters cannot even be looked up."""
    error = failure(loopback_tenant, f"https://{'a' * 64}.invalid")
    assert error.remedy


def test_an_expired_certificate(listen: Listen, loopback_tenant: LoopbackTenant) -> None:
    """The operator has to act, or the clock here is wrong."""
    error = failure(loopback_tenant, listen(LOOPBACK, expired=True).url)
    assert "has expired" in error.what
    assert "clock" in str(error.remedy)


@pytest.mark.parametrize(("host", "name"), [(LOOPBACK, "127.0.0.2"), ("localhost", "tenant.invalid")])
def test_a_certificate_for_another_host(
    listen: Listen, loopback_tenant: LoopbackTenant, host: str, name: str
) -> None:
    """A trusted certificate does for its own host only, address or name."""
    error = failure(loopback_tenant, f"https://{host}:{listen(name).port}")
    assert "is for another host" in error.what
    assert "service key" in str(error.remedy)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (0x800B0101, "server-certificate-expired"),
        (-67818, "server-certificate-expired"),
        (-67819, "server-certificate-not-yet-valid"),
        (0x800B010F, "server-certificate-of-another-host"),
        (-67602, "server-certificate-of-another-host"),
        (0x800B0109, "private-ca-not-trusted"),
        (-67843, "private-ca-not-trusted"),
    ],
)
def test_what_windows_and_macos_say_of_a_certificate(code: int, cause: str) -> None:
    """With ``system-store`` they judge, in codes of their own and in the language of the system."""
    error = ssl.SSLCertVerificationError("Ein Zertifikat ist abgelaufen.")
    error.verify_code = code
    assert explain(error, Phase.CONNECTING, "GET", "https://a.invalid", Timeouts(), proxy=None).cause == cause


def test_a_certificate_of_an_unknown_authority(listen: Listen, loopback_tenant: LoopbackTenant) -> None:
    """Where a CA is missing the remedy says where to put it."""
    error = failure(loopback_tenant, listen(LOOPBACK, by=Authority()).url)
    assert "not trusted here" in error.what
    assert "ca-bundle" in str(error.remedy)
    assert "REQUESTS_CA_BUNDLE" in str(error.remedy)


def test_a_server_without_tls(loopback_tenant: LoopbackTenant) -> None:
    """Plain HTTP behind an https address."""
    with contextlib.closing(LoopbackServer(lambda _: Reply(), None)) as server:
        error = failure(loopback_tenant, f"https://{LOOPBACK}:{server.port}")
    assert "TLS with" in error.what


def test_a_server_that_never_shakes_hands(loopback_tenant: LoopbackTenant) -> None:
    """The limit is the one for connecting, and nothing was processed."""
    loopback_tenant.timeouts = Timeouts(connect=IMPATIENT, read=30)
    with socket.create_server((LOOPBACK, 0)) as silent:
        error = failure(loopback_tenant, f"https://{LOOPBACK}:{silent.getsockname()[1]}")
    assert error.what.endswith(f"within {IMPATIENT:g} s")
    assert "timeouts.connect" in str(error.remedy)
    assert "processed" not in str(error)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue refuses")
def test_a_full_queue_of_connections(loopback_tenant: LoopbackTenant) -> None:
    """A host that takes no connection, as behind a firewall that drops packets."""
    loopback_tenant.timeouts = Timeouts(connect=IMPATIENT, read=30)
    with contextlib.ExitStack() as opened:
        full = opened.enter_context(socket.create_server((LOOPBACK, 0), backlog=0))
        for _ in range(8):
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        error = failure(loopback_tenant, f"https://{LOOPBACK}:{full.getsockname()[1]}")
    assert error.what.startswith("no connection to")
    assert "firewall" in str(error.remedy)


def test_an_answer_that_does_not_come(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """The message may have been processed: the reader must not send it again blindly."""
    loopback_tenant.timeouts = Timeouts(connect=10, read=IMPATIENT)
    error = failure(loopback_tenant, serve(lambda _: Reply(pause=60)).url)
    assert f"did not answer within {IMPATIENT:g} s" in error.what
    assert "may have been processed" in error.what
    assert "timeouts.read" in str(error.remedy)


@pytest.mark.parametrize("path", ["/oauth/token?grant_type=client_credentials", "/api/v1/Products", "/", ""])
@pytest.mark.parametrize("error", [TimeoutError("x"), ConnectionResetError("x")])
def test_where_no_message_was_sent_none_is_spoken_of(path: str, error: Exception) -> None:
    """A token, a log or the root of a host was asked for."""
    explained = explain(
        error, Phase.RECEIVING, "POST", f"https://tenant.example{path}", Timeouts(), proxy=None
    )
    assert "message" not in str(explained)
    assert explained.remedy


@pytest.mark.parametrize(
    "said",
    [
        "EOF occurred in violation of protocol (_ssl.c:2427)",
        "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol (_ssl.c:1006)",
    ],
)
def test_a_reset_that_the_library_takes_for_one_of_tls(said: str) -> None:
    """Whether a reset is met while writing or while reading is chance: the message may have arrived."""
    error = ssl.SSLEOFError(8, said)
    told = explain(error, Phase.SENDING, "POST", "https://tenant.example/http/x", Timeouts(), proxy=None)
    assert told.cause == "connection-broken"
    assert LOOK_FIRST in str(told.remedy)


def test_a_body_that_comes_to_a_halt(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """The limit also holds between two bytes of the answer."""
    loopback_tenant.timeouts = Timeouts(connect=10, read=IMPATIENT)
    server = serve(lambda _: Reply(body=b"only this", headers={"Content-Length": "10"}))
    assert "did not answer within" in failure(loopback_tenant, server.url).what


def test_a_request_that_nobody_takes(authority: Authority, loopback_tenant: LoopbackTenant) -> None:
    """A server that shakes hands and then stops reading."""

    class Deaf(LoopbackServer):
        def _handle(self, _connection: socket.socket, _client_address: object) -> None:
            self.stopping.wait(60)

    loopback_tenant.timeouts = Timeouts(connect=2, read=30)
    tls = authority.server_context(LOOPBACK)
    with contextlib.closing(Deaf(lambda _: Reply(), tls)) as server:
        error = failure(loopback_tenant, server.url, b"x" * 30_000_000)
    assert "took no more of the request for 2 s" in error.what


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "broke the connection"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal", "broke the connection"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhal", "broke the connection"),
        (b"", "broke the connection"),
        (b"HTTP/1.1 200 OK", "broke the connection"),
        (b"HTTP/1.1 200 OK\r\n", "broke the connection"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Len", "broke the connection"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "not valid HTTP"),
        (b"\x1b[2J" + b"x" * 5_000 + b"\r\n\r\n", "not valid HTTP: ?[2Jxxx"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 150 + b"\r\n", "got more than 100 headers"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "not valid HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone", "not valid HTTP"),
    ],
)
def test_an_answer_that_is_none(serve: Serve, loopback_tenant: LoopbackTenant, raw: bytes, says: str) -> None:
    """Cut off or against the rules: the message may have been processed."""
    error = failure(loopback_tenant, serve(lambda _: Reply(raw=raw)).url)
    assert says in error.what
    assert len(error.what) < 400
    assert "message monitor" in str(error.remedy)


def test_a_failure_behind_a_proxy_names_the_proxy(listen: Listen, loopback_tenant: LoopbackTenant) -> None:
    """An untrusted certificate may be the one of a proxy that opens TLS."""
    target = listen("tenant.invalid", by=Authority())
    with contextlib.closing(LoopbackProxy(target.port)) as proxy:
        loopback_tenant.environ = {"HTTPS_PROXY": proxy.url}
        error = failure(loopback_tenant, "https://tenant.invalid")
    assert "not trusted here" in error.what
    assert "HTTPS_PROXY" in str(error.remedy)


def test_what_the_library_says_is_masked() -> None:
    """A registered secret in the words of a lower layer does not come through."""
    register_secret("a-very-secret-word")
    error = explain(
        ValueError("odd: a-very-secret-word"),
        Phase.PREPARING,
        "GET",
        "https://x.invalid",
        Timeouts(),
        proxy=None,
    )
    assert error.what == "the request could not be sent: odd: ***"


def test_a_failure_leaves_no_socket_behind(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """After an answer that broke off the client has hung up."""
    server = serve(lambda _: Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
    failure(loopback_tenant, server.url)
    assert server.all_closed()


def test_the_error_is_three_lines(loopback_tenant: LoopbackTenant, closed_url: str) -> None:
    """What, where and what to do stand below each other."""
    error = failure(loopback_tenant, closed_url)
    assert re.fullmatch(r".+\n  where:      POST https://.+\n  what to do: .+", str(error))
