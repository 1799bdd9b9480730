"""Name, connection and TLS of a host."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from functools import partial

import pytest

from pytest_iflow.diagnosis.doctor.hosts import Host, find_address, open_connection, secure
from pytest_iflow.diagnosis.doctor.probe import State
from pytest_iflow.diagnosis.doctor.service_keys import Trust
from pytest_iflow.errors import CallError
from pytest_iflow.run import Run
from pytest_iflow.tenants.model import Timeouts
from tests.loopback_authority import Authority
from tests.loopback_server import Dripping, LoopbackProxy, LoopbackServer, Received, Reply, Serve
from tests.loopback_tenant import LoopbackTenant

IMPATIENT = Timeouts(connect=0.3, read=30.0)
Known = Callable[..., tuple[Run, Host]]


def nothing(_received: Received) -> Reply:
    """Answer, if it comes to that."""
    return Reply(404)


@pytest.fixture
def known(loopback_tenant: LoopbackTenant) -> Known:
    """Make a run and its host at a URL, with variables of the environment and fields of the key."""

    def at(url: str, environ: dict[str, str] | None = None, **fields: str) -> tuple[Run, Host]:
        loopback_tenant.environ = environ or {}
        loopback_tenant.client(host=url, **fields)
        run = loopback_tenant.run()
        return run, Host.of(url, "default", run.environ)

    return at


def test_host_that_shows_a_certificate_for_a_day_is_warned_about(known: Known, serve: Serve) -> None:
    """It works all the same."""
    run, host = known(serve(nothing).url)
    assert find_address(host).state is State.PASSED
    assert open_connection(run, host).state is State.PASSED
    look = secure(run, host, Trust(run))
    assert look.state is State.WARNED
    assert "signed by Authority of the tests" in look.said
    whose = [advice.why.partition("certificate of ")[2] for advice in look.advice]
    assert whose == [f"{host.name} ends.", "Authority of the tests, which is in its chain, ends."]


def test_certificate_of_a_client_is_shown(known: Known, authority: Authority) -> None:
    """A host that demands one lets nobody else in."""
    tls = authority.server_context("127.0.0.1", demand_client_certificate=True)
    shown = authority.certificate("client")
    with contextlib.closing(LoopbackServer(nothing, tls)) as server:
        key = {"clientsecret": "", "certificate": shown.chain, "key": shown.private_key}
        run, host = known(server.url, **key)
        assert secure(run, host, Trust(run)).state is State.WARNED


@pytest.mark.parametrize(
    ("settings", "cause"),
    [
        ({"expired": True}, "server-certificate-expired"),
        ({"early": True}, "server-certificate-not-yet-valid"),
    ],
)
def test_certificate_out_of_time(
    known: Known, authority: Authority, settings: dict[str, bool], cause: str
) -> None:
    """No handshake comes about."""
    tls = authority.server_context("127.0.0.1", **settings)
    with contextlib.closing(LoopbackServer(nothing, tls)) as server:
        run, host = known(server.url)
        with pytest.raises(CallError) as caught:
            secure(run, host, Trust(run))
    assert caught.value.cause == cause


def test_port_that_speaks_no_tls(known: Known) -> None:
    """It answers in plain HTTP."""
    with contextlib.closing(LoopbackServer(nothing, None)) as server:
        run, host = known(server.url.replace("http:", "https:"))
        with pytest.raises(CallError) as caught:
            secure(run, host, Trust(run))
    assert caught.value.cause == "tls-failed"


def test_port_that_says_nothing(known: Known, loopback_tenant: LoopbackTenant) -> None:
    """The handshake is given up."""
    loopback_tenant.timeouts = IMPATIENT
    with socket.create_server(("127.0.0.1", 0)) as server:
        run, host = known(f"https://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(CallError) as caught:
            secure(run, host, Trust(run))
    assert caught.value.cause == "no-connection"


@pytest.mark.parametrize(
    "pieces", [(b"H",), (b"HTTP/1.0 200 OK\r\n", b"X-A: a\r\n"), (b"\x16\x03\x03\x40\x00", b"\x02")]
)
@pytest.mark.parametrize("proxied", [False, True])
def test_what_drips_is_given_up(
    known: Known, loopback_tenant: LoopbackTenant, pieces: tuple[bytes, ...], proxied: bool
) -> None:
    """The word of a proxy and the handshake have the time to connect, however many bytes they come in."""
    loopback_tenant.timeouts = IMPATIENT
    with contextlib.closing(Dripping(*pieces)) as server:
        place = f"127.0.0.1:{server.port}"
        run, host = (
            known("https://acme.example", {"HTTPS_PROXY": place}) if proxied else known(f"https://{place}")
        )
        with pytest.raises(CallError) as caught:
            secure(run, host, Trust(run))
    assert caught.value.cause in {"no-connection", "proxy-answered", "proxy-unreachable", "tls-failed"}


def test_host_behind_a_proxy(known: Known, authority: Authority) -> None:
    """Name and connection are those of the proxy, TLS is that of the host."""
    tls = authority.server_context("acme.example")
    with contextlib.closing(LoopbackServer(nothing, tls)) as server:
        with contextlib.closing(LoopbackProxy(server.port)) as proxy:
            run, host = known("https://acme.example", {"HTTPS_PROXY": f"127.0.0.1:{proxy.port}"})
            assert find_address(host).said.startswith("proxy 127.0.0.1")
            assert open_connection(run, host).state is State.PASSED
            assert secure(run, host, Trust(run)).state is State.WARNED
            with_password = f"http://me:pass-word@127.0.0.1:{proxy.port}"
            run, host = known("https://acme.example", {"HTTPS_PROXY": with_password})
            assert secure(run, host, Trust(run)).state is State.WARNED
            assert proxy.received[-1].headers["Proxy-Authorization"] == "Basic bWU6cGFzcy13b3Jk"
            assert "pass-word" not in f"{host}{find_address(host)}{open_connection(run, host)}"
        with contextlib.closing(LoopbackProxy(server.port, refusal=407)) as proxy:
            run, host = known("https://acme.example", {"HTTPS_PROXY": proxy.url})
            with pytest.raises(CallError) as caught:
                secure(run, host, Trust(run))
    assert caught.value.cause == "proxy-authentication"


@pytest.mark.parametrize("proxy", ["http://no-such-proxy.invalid:8080", "http://127.0.0.1:{closed}"])
def test_proxy_that_is_not_reached(known: Known, proxy: str) -> None:
    """It is the proxy that is to be looked at, and not the service key."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()[1]
    run, host = known("https://acme.example", {"HTTPS_PROXY": proxy.format(closed=closed)})
    look = find_address if "invalid" in proxy else partial(open_connection, run)
    with pytest.raises(CallError, match=r"the proxy on the way to acme\.example") as caught:
        look(host)
    assert caught.value.cause == "proxy-unreachable"


def test_host_that_nobody_knows(known: Known) -> None:
    """The name server says so."""
    _, host = known("https://no-such-host.invalid")
    with pytest.raises(CallError) as caught:
        find_address(host)
    assert (caught.value.cause, caught.value.client) == ("dns", "default")


def test_connection_that_does_not_come_about(known: Known, closed_url: str) -> None:
    """A closed port refuses; an address without a way to it takes no connection."""
    run, host = known(closed_url)
    with pytest.raises(CallError) as caught:
        open_connection(run, host)
    assert caught.value.cause == "connection-refused"
    run, host = known("https://no-such-host.invalid")
    with pytest.raises(CallError) as caught:
        open_connection(run, host)
    assert caught.value.cause == "no-connection"
    assert "within" not in caught.value.what
