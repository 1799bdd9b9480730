"""Connections: what goes over the wire, what they keep to themselves, and one for each client and service."""

from __future__ import annotations

import contextlib
import gzip
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_iflow.errors import CallError, ConfigurationError, MissingCredentialError
from pytest_iflow.run import Run
from pytest_iflow.tenants.model import Client, Timeouts
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.exchange import Exchange
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackServer, Received, Reply, Serve
from tests.loopback_tenant import LoopbackTenant
from tests.side_by_side import side_by_side


def connection_to(server: LoopbackServer, tenant: LoopbackTenant) -> tuple[Connection, Run]:
    """Return a connection to ``server`` that trusts it, and the run that it belongs to."""
    tenant.client(host=server.url)
    run = tenant.run()
    return run.connections.runtime("default"), run


def send(server: LoopbackServer, tenant: LoopbackTenant, method: str = "GET", path: str = "/") -> Exchange:
    """Send one request to ``server``."""
    return connection_to(server, tenant)[0].send(method, f"{server.url}{path}", headers={})


def test_the_exchange_is_the_evidence(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """Request and response are kept as they went over the wire, for client and iFlow."""
    server = serve(lambda _: Reply(418, b"short and stout", {"X-Kettle": "on"}))
    connection, run = connection_to(server, loopback_tenant)
    seen: list[Exchange] = []
    run.observers.append(seen.append)
    exchange = connection.send(
        "PUT", f"{server.url}/pot?a=1", headers={"X-One": "1"}, body=b"tea", client="default", iflow="pot"
    )
    assert (exchange.request.method, exchange.request.url) == ("PUT", f"{server.url}/pot?a=1")
    assert (exchange.request.headers["x-one"], exchange.request.body) == ("1", b"tea")
    assert exchange.request.headers["Content-Length"] == "3"
    assert (exchange.response.status, exchange.response.body) == (418, b"short and stout")
    assert exchange.response.headers["x-kettle"] == "on"
    assert (exchange.client, exchange.iflow) == ("default", "pot")
    assert exchange.seconds > 0
    assert seen == [exchange]
    assert (server.received[0].target, server.received[0].body) == ("/pot?a=1", b"tea")
    assert server.received[0].headers["user-agent"] == "pytest-iflow"


def test_many_calls_share_one_connection(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """Twenty calls, errors and bodies of any length among them, arrive from one port."""
    server = serve(lambda received: Reply(500 if "3" in received.target else 200, b"x" * 100_000))
    connection, _ = connection_to(server, loopback_tenant)
    for number in range(20):
        connection.send("POST", f"{server.url}/{number}", headers={}, body=b"y" * 10_000)
    assert len(server.received) == 20
    assert len({received.connection for received in server.received}) == 1


def test_a_connection_that_the_server_closed_is_replaced(
    serve: Serve, loopback_tenant: LoopbackTenant
) -> None:
    """A server that ends its connection after an answer is called again over a new one."""
    server = serve(lambda _: Reply(body=b"bye", last=True))
    connection, _ = connection_to(server, loopback_tenant)
    for _ in range(3):
        assert connection.send("POST", server.url, headers={}).response.body == b"bye"
    assert len({received.connection for received in server.received}) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_takes_no_token_along(
    serve: Serve, loopback_tenant: LoopbackTenant, status: int
) -> None:
    """The other host hears nothing."""
    other = serve(lambda _: Reply())
    server = serve(lambda _: Reply(status, headers={"Location": f"{other.url}/elsewhere"}))
    connection, _ = connection_to(server, loopback_tenant)
    exchange = connection.send("POST", server.url, headers={"Authorization": "Bearer secret-token"})
    assert exchange.response.status == status
    assert exchange.response.headers["location"] == f"{other.url}/elsewhere"
    assert len(server.received) == 1
    assert other.received == []


@pytest.mark.parametrize("location", ["http://[broken", "/caf\xff", "//", "https://user:pw@host:99999/x"])
def test_a_redirect_to_nonsense_is_an_answer_too(
    serve: Serve, loopback_tenant: LoopbackTenant, location: str
) -> None:
    """Where a redirect leads is not looked at, so it cannot fail."""
    server = serve(lambda _: Reply(302, b"moved", {"Location": location}))
    exchange = send(server, loopback_tenant)
    assert (exchange.response.status, exchange.response.body) == (302, b"moved")


def test_no_cookie_is_kept(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """A session cookie of the first answer is not in the second request, but in the evidence."""
    server = serve(lambda _: Reply(headers={"Set-Cookie": "JSESSIONID=1234; Path=/; Secure; HttpOnly"}))
    connection, _ = connection_to(server, loopback_tenant)
    first = connection.send("GET", server.url, headers={})
    connection.send("GET", server.url, headers={})
    assert first.response.headers["set-cookie"].startswith("JSESSIONID=1234")
    assert [received.headers["cookie"] for received in server.received] == [None, None]


def test_netrc_does_not_replace_the_token(
    serve: Serve, loopback_tenant: LoopbackTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login for the very host in .netrc is not used."""
    netrc = tmp_path / ".netrc"
    netrc.write_text("default login somebody password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server = serve(lambda _: Reply())
    connection, _ = connection_to(server, loopback_tenant)
    connection.send("GET", server.url, headers={"Authorization": "Bearer mine"})
    connection.send("GET", server.url, headers={})
    assert [received.headers["authorization"] for received in server.received] == ["Bearer mine", None]


def test_a_method_in_lower_case_is_shown_as_it_was_sent(
    serve: Serve, loopback_tenant: LoopbackTenant
) -> None:
    """HTTP methods are upper case; the evidence says what the server saw."""
    server = serve(lambda _: Reply())
    exchange = send(server, loopback_tenant, method="post")
    assert exchange.request.method == server.received[0].method == "POST"


def test_an_answer_to_head_has_no_body(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """The length that a HEAD announces is not waited for."""
    server = serve(lambda _: Reply(body=b"not sent"))
    connection, _ = connection_to(server, loopback_tenant)
    for _ in range(2):
        exchange = connection.send("HEAD", server.url, headers={})
        assert (exchange.response.body, exchange.response.headers["content-length"]) == (b"", "8")
    assert len({received.connection for received in server.received}) == 1


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_content(serve: Serve, loopback_tenant: LoopbackTenant, status: int) -> None:
    """An empty body is no error."""
    server = serve(lambda _: Reply(status))
    assert send(server, loopback_tenant).response.body == b""


def test_a_compressed_body_is_unpacked_once(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """The evidence holds what was packed, even when that is packed itself."""
    inner = gzip.compress(b"the message")
    server = serve(lambda _: Reply(body=gzip.compress(inner), headers={"Content-Encoding": "gzip"}))
    assert send(server, loopback_tenant).response.body == inner


def test_a_chunked_body_is_put_together(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """The body is complete whatever the chunks."""
    raw = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nGr\xc3\xbc\r\n3\r\n\xc3\x9fe\r\n0\r\n\r\n"
    )
    server = serve(lambda _: Reply(raw=raw))
    assert send(server, loopback_tenant).response.body == "Grüße".encode()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Note": "first\nAuthorization: Bearer smuggled"},
        {"X-Note": "first\r\nsecond"},
        {"X-Note": " leading"},
        {"X-Note": "5 € is not Latin-1"},
        {"X-Nöte": "value"},
        {"X-Note\n": "value"},
        {"X Note": "value"},
        {"X-Note:": "value"},
        {"": "value"},
    ],
)
def test_a_header_that_http_does_not_allow_is_not_sent(
    serve: Serve, loopback_tenant: LoopbackTenant, headers: dict[str, str]
) -> None:
    """The error says that it is a header, and nothing reaches the server."""
    server = serve(lambda _: Reply())
    connection, _ = connection_to(server, loopback_tenant)
    with pytest.raises(CallError, match=r"the (name|value) of the header .* holds what HTTP") as caught:
        connection.send("GET", server.url, headers=headers)
    assert "Latin-1" in str(caught.value.remedy)
    assert server.received == []


def test_a_refused_header_does_not_show_its_value(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """A token with a line break is in no error text."""
    server = serve(lambda _: Reply())
    connection, _ = connection_to(server, loopback_tenant)
    with pytest.raises(CallError) as caught:
        connection.send("GET", server.url, headers={"Authorization": "Bearer top-secret\n"})
    assert "top-secret" not in str(caught.value)


@pytest.mark.parametrize("method", ["", "GET /other HTTP/1.1\r\nX: ", "PO ST", "GÉT"])
def test_a_method_that_is_none_is_not_sent(
    serve: Serve, loopback_tenant: LoopbackTenant, method: str
) -> None:
    """Neither nothing nor more than one word is a method."""
    server = serve(lambda _: Reply())
    with pytest.raises(CallError, match="could not be sent") as caught:
        send(server, loopback_tenant, method=method)
    assert "method" in str(caught.value.remedy)
    assert server.received == []


def test_a_method_of_ones_own_is_sent(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """Whatever is a word may be a method."""
    server = serve(lambda _: Reply())
    send(server, loopback_tenant, method="PROPFIND")
    assert server.received[0].method == "PROPFIND"


def test_a_large_body_is_held_once(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """A body of 200 MB costs little more than 200 MB, measured in a process of its own."""
    size = 200 * 1024 * 1024
    piece = b"x" * size
    server = serve(lambda _: Reply(body=piece))
    measured = subprocess.run(  # noqa: S603, this very interpreter
        [sys.executable, "-c", _MEASURE, server.url, str(loopback_tenant.folder / "ca.pem")],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    length, peak = map(int, measured.stdout.split())
    assert length == size
    assert peak < 1.2 * size


_MEASURE = """
import sys, tracemalloc
from pathlib import Path
from pytest_iflow.tenants.model import Timeouts
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.trust import tls_context

url, ca = sys.argv[1:]
connection = Connection(url, tls_context(Path(ca), {}), Timeouts(), {}, lambda exchange: None)
tracemalloc.start()
exchange = connection.send("GET", url, headers={})
print(len(exchange.response.body), tracemalloc.get_traced_memory()[1])
connection.close()
"""


@pytest.mark.parametrize(("limit", "length"), [(0, 0), (10, 10), (70_000, 70_000), (999_999, 200_000)])
def test_no_more_of_a_body_is_read_than_wanted(
    serve: Serve, loopback_tenant: LoopbackTenant, limit: int, length: int
) -> None:
    """The rest of it does not spoil the next answer."""
    server = serve(lambda _: Reply(200, b"x" * 200_000))
    connection, _ = connection_to(server, loopback_tenant)
    for _ in range(2):
        exchange = connection.send("GET", server.url, headers={}, limit=limit)
        assert len(exchange.response.body) == length


@pytest.mark.parametrize(("silence", "told"), [(0.2, r"0\.2"), (60.0, r"0\.4")])
def test_silence_is_borne_for_as_long_as_told_and_no_longer_than_usual(
    serve: Serve, loopback_tenant: LoopbackTenant, silence: float, told: str
) -> None:
    """What can be asked again is given up sooner."""
    loopback_tenant.timeouts = Timeouts(read=0.4)
    server = serve(lambda _: Reply(pause=30.0))
    connection, _ = connection_to(server, loopback_tenant)
    with pytest.raises(CallError, match=f"did not answer within {told} s"):
        connection.send("GET", server.url, headers={}, silence=silence)


def test_the_target_is_sent_as_it_was_written(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """What is percent-encoded stays so."""
    server = serve(lambda _: Reply())
    send(server, loopback_tenant, path="/a%2Fb%20c/%C3%BC?x=%26&y=%2B")
    assert server.received[0].target == "/a%2Fb%20c/%C3%BC?x=%26&y=%2B"


def test_each_run_sees_its_own_exchanges(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """A second run beside the first observes nothing of it."""
    server = serve(lambda received: Reply(body=received.target.encode()))
    (one, first), (other, second) = (connection_to(server, loopback_tenant) for _ in range(2))
    seen: list[tuple[str, bytes]] = []
    first.observers.append(lambda exchange: seen.append(("first", exchange.response.body)))
    second.observers.append(lambda exchange: seen.append(("second", exchange.response.body)))
    one.send("GET", f"{server.url}/1", headers={})
    other.send("GET", f"{server.url}/2", headers={})
    assert seen == [("first", b"/1"), ("second", b"/2")]


def test_a_closed_connection_leaves_no_socket_open(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """The server sees the end of the connection."""
    server = serve(lambda _: Reply())
    connection, _ = connection_to(server, loopback_tenant)
    connection.send("GET", server.url, headers={})
    connection.close()
    assert server.all_closed()


def test_threads_that_come_and_go_use_the_same_sockets(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """There are as many as calls at the same time; all are closed at the end."""
    server = serve(lambda received: Reply(body=received.target.encode(), pause=0.01))
    connection, _ = connection_to(server, loopback_tenant)

    def call(number: int) -> bytes:
        return connection.send("GET", f"{server.url}/{number}", headers={}).response.body

    assert side_by_side(call, range(300), limit=16) == [f"/{number}".encode() for number in range(300)]
    assert len({received.connection for received in server.received}) <= 16
    connection.close()
    assert server.all_closed()


def test_the_answer_belongs_to_its_request(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """After an answer that broke off the next one is not read from its remains."""

    def answer(received: Received) -> Reply:
        if received.target == "/broken":
            return Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        return Reply(body=b"whole")

    server = serve(answer)
    connection, _ = connection_to(server, loopback_tenant)
    with pytest.raises(CallError, match="broke the connection"):
        connection.send("GET", f"{server.url}/broken", headers={})
    assert connection.send("GET", f"{server.url}/", headers={}).response.body == b"whole"


def test_each_client_and_plane_has_one_connection(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """Asked again, the same is given; another client and another plane have their own."""
    server = serve(lambda _: Reply())
    for name in ("one", "two"):
        loopback_tenant.client(name, host=server.url)
    connections = loopback_tenant.run().connections
    first = [connections.runtime("one"), connections.runtime("two"), connections.token_service("one")]
    again = [connections.runtime("one"), connections.runtime("two"), connections.token_service("one")]
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert len({id(connection) for connection in first}) == 3


def test_the_api_is_at_the_host_of_the_key(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """A client has one key, and a key one host: the runtime's or the API's."""
    loopback_tenant.client("monitoring", host=serve(lambda _: Reply()).url)
    connections = loopback_tenant.run().connections
    assert connections.api("monitoring") is connections.runtime("monitoring")


def test_closing_hangs_up_every_connection(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """Token service and runtime see the end."""
    server = serve(lambda _: Reply())
    loopback_tenant.client(host=server.url)
    connections = loopback_tenant.run().connections
    for connection in (connections.runtime("default"), connections.token_service("default")):
        connection.send("GET", server.url, headers={})
    connections.close()
    assert server.all_closed()


def test_unknown_clients_and_missing_keys_are_configuration_errors(loopback_tenant: LoopbackTenant) -> None:
    """No connection is made for a client that is not there, or has nothing to show."""
    loopback_tenant.clients["keyless"] = Client("keyless", "file:none.json")
    connections = loopback_tenant.run().connections
    for connect in (connections.runtime, connections.token_service):
        with pytest.raises(ConfigurationError, match='no client "nobody"'):
            connect("nobody")
        with pytest.raises(MissingCredentialError, match='Client "keyless"'):
            connect("keyless")


def test_a_ca_bundle_that_is_missing_is_a_configuration_error(
    loopback_tenant: LoopbackTenant, tmp_path: Path
) -> None:
    """The file that the tenant file names has to be there."""
    loopback_tenant.client(host="https://tenant.invalid")
    (tmp_path / "ca.pem").unlink()
    with pytest.raises(ConfigurationError, match="ca-bundle"):
        loopback_tenant.run().connections.runtime("default")


def test_the_certificate_is_shown_to_the_token_service_only(
    authority: Authority, loopback_tenant: LoopbackTenant
) -> None:
    """Mutual TLS ends at the token service; a client with a secret is turned away there."""
    certificate = authority.certificate("certificate-client")
    tls = authority.server_context(LOOPBACK, demand_client_certificate=True)
    with contextlib.closing(LoopbackServer(lambda _: Reply(), tls)) as server:
        loopback_tenant.client(
            "with-certificate",
            host=server.url,
            clientsecret="",
            certificate=certificate.chain.replace("\n", "\\n"),
            key=certificate.private_key,
        )
        loopback_tenant.client("with-secret", host=server.url)
        connections = loopback_tenant.run().connections
        connections.token_service("with-certificate").send("POST", server.url, headers={})
        for connection in (
            connections.runtime("with-certificate"),
            connections.token_service("with-secret"),
        ):
            with pytest.raises(CallError):
                connection.send("POST", server.url, headers={})
        (received,) = server.received
        assert received.client_certificate is not None
        assert received.client_certificate["subject"][-1] == (("commonName", "certificate-client"),)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_loopback_of_ipv6(authority: Authority, loopback_tenant: LoopbackTenant) -> None:
    """An address in brackets is verified and reached like a name."""
    tls = authority.server_context("::1")
    with contextlib.closing(LoopbackServer(lambda _: Reply(body=b"six"), tls, host="::1")) as server:
        loopback_tenant.client(host=server.url)
        run = loopback_tenant.run()
        exchange = run.connections.runtime("default").send("GET", f"{server.url}/x", headers={})
        assert exchange.response.body == b"six"
        assert run.hosts()["runtime"] == f"[::1]:{server.port}"
        run.close()
