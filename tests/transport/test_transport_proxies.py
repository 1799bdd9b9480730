"""Proxies: which one is taken, who one is to it, and what it says where it refuses."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Mapping

import pytest

from pytest_iflow.errors import CallError, ConfigurationError
from pytest_iflow.secrets.registry import mask
from pytest_iflow.transport.proxies import proxies_for, proxy_authorization
from tests.loopback_authority import Authority
from tests.loopback_server import LoopbackProxy, LoopbackServer, Reply, Serve
from tests.loopback_tenant import LoopbackTenant

TENANT = "https://tenant.invalid"
NAMED = {"HTTPS_PROXY": "http://named:1"}


def test_a_call_goes_through_the_proxy(authority: Authority, loopback_tenant: LoopbackTenant) -> None:
    """TLS is end to end: the proxy sees the host, the tenant the token, and its CA is trusted there too."""
    target = LoopbackServer(lambda _: Reply(body=b"reached"), authority.server_context("tenant.invalid"))
    with contextlib.closing(target), contextlib.closing(LoopbackProxy(target.port)) as proxy:
        loopback_tenant.environ = {"HTTPS_PROXY": proxy.url.replace("//", "//user:p%40ss-word@")}
        loopback_tenant.client(host=TENANT)
        connection = loopback_tenant.run().connections.runtime("default")
        for _ in range(2):
            exchange = connection.send("POST", f"{TENANT}/http/x", headers={"Authorization": "Bearer t0ken"})
            assert exchange.response.body == b"reached"
        (tunnel,) = proxy.received
        assert tunnel.target == "tenant.invalid:443"
        assert tunnel.headers["authorization"] is None
        assert tunnel.headers["proxy-authorization"].startswith("Basic ")
        assert [received.headers["authorization"] for received in target.received] == ["Bearer t0ken"] * 2
        assert target.received[0].headers["proxy-authorization"] is None
        assert "p@ss-word" not in mask("sent p@ss-word")
        assert tunnel.headers["proxy-authorization"] not in mask(tunnel.headers["proxy-authorization"])
        connection.close()


def test_this_machine_needs_no_proxy(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """A proxy that is not even there does not keep the local tenant from answering."""
    server = serve(lambda _: Reply(body=b"direct"))
    loopback_tenant.environ = {"HTTPS_PROXY": "http://proxy.invalid:3128"}
    loopback_tenant.client(host=server.url)
    exchange = loopback_tenant.run().connections.runtime("default").send("GET", server.url, headers={})
    assert exchange.response.body == b"direct"


@pytest.mark.parametrize(
    "no_proxy", ["tenant.invalid", ".invalid", "invalid", "other.invalid, tenant.invalid", "*"]
)
def test_no_proxy_keeps_a_host_from_it(loopback_tenant: LoopbackTenant, no_proxy: str) -> None:
    """The host is looked up here, so its name is not known; the proxy hears nothing."""
    with contextlib.closing(LoopbackProxy(0)) as proxy:
        loopback_tenant.environ = {"HTTPS_PROXY": proxy.url, "NO_PROXY": no_proxy}
        loopback_tenant.client(host=TENANT)
        connection = loopback_tenant.run().connections.runtime("default")
        with pytest.raises(CallError, match="is not known"):
            connection.send("GET", TENANT, headers={})
        assert proxy.received == []


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {}),
        (NAMED, {"https": "http://named:1"}),
        ({**NAMED, "https_proxy": "http://lower:1"}, {"https": "http://lower:1"}),
        ({"HTTP_PROXY": "http://plain:1"}, {}),
        ({"NO_PROXY": "elsewhere.invalid"}, {}),
        ({"ALL_PROXY": "http://all:1"}, {"https": "http://all:1"}),
        ({**NAMED, "ALL_PROXY": "http://all:1"}, {"https": "http://named:1"}),
        ({**NAMED, "NO_PROXY": "tenant.invalid"}, {}),
        ({**NAMED, "no_proxy": "tenant.invalid", "NO_PROXY": "elsewhere.invalid"}, {}),
        ({**NAMED, "NO_PROXY": "elsewhere.invalid"}, {"https": "http://named:1"}),
        ({"HTTPS_PROXY": ""}, {}),
    ],
)
def test_the_proxy_of_an_https_host(environ: Mapping[str, str], expected: dict[str, str]) -> None:
    """What does not concern the host is not taken for a proxy of it."""
    assert proxies_for(TENANT, environ) == expected


def test_the_proxy_of_the_process_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a variable in the ``.env`` files the system's setting counts, here that of the process."""
    monkeypatch.setenv("HTTPS_PROXY", "http://system:1")
    assert proxies_for(TENANT, {}) == {"https": "http://system:1"}
    assert proxies_for(TENANT, NAMED) == {"https": "http://named:1"}
    monkeypatch.setenv("NO_PROXY", "tenant.invalid")
    assert proxies_for(TENANT, {}) == {}


@pytest.mark.parametrize(
    "url", ["https://localhost:1", "https://127.0.0.1:1", "https://127.9.9.9", "https://[::1]:1"]
)
def test_loopback_has_no_proxy(url: str) -> None:
    """This machine is reached directly, however it is called."""
    assert proxies_for(url, NAMED) == {}


@pytest.mark.parametrize("host", ["127.0.0.1.invalid", "localhost.invalid", "[2001:db8::1]", "10.0.0.1"])
def test_other_hosts_that_look_like_loopback_have_one(host: str) -> None:
    """A name that begins like loopback is not loopback."""
    assert proxies_for(f"https://{host}", NAMED) == {"https": "http://named:1"}


@pytest.mark.parametrize("proxy", ["http://me:p4ssw0rd@[broken:80", "http://me:p4ssw0rd@", "http://"])
def test_a_proxy_address_that_is_none_is_a_configuration_error(proxy: str) -> None:
    """It is explained before the first call, without the password that it holds."""
    with pytest.raises(ConfigurationError, match="address of the proxy") as caught:
        proxies_for(TENANT, {"HTTPS_PROXY": proxy})
    assert caught.value.where == "HTTPS_PROXY, for tenant.invalid"
    assert "p4ssw0rd" not in str(caught.value)


def test_a_proxy_may_be_named_without_http() -> None:
    """Many write host and port alone."""
    for written in ("proxy.invalid:3128", "http://proxy.invalid:3128"):
        assert proxies_for(TENANT, {"HTTPS_PROXY": written}) == {"https": "http://proxy.invalid:3128"}


def refused(tenant: LoopbackTenant, environ: Mapping[str, str]) -> CallError:
    """Return the error of a call through a proxy that does not let it through."""
    tenant.environ = environ
    tenant.client(host=TENANT)
    with pytest.raises(CallError) as caught:
        tenant.run().connections.runtime("default").send("GET", TENANT, headers={})
    return caught.value


@pytest.mark.parametrize(
    ("offers", "user", "shown", "hidden"),
    [
        (('Basic realm="a, b"',), "", ("user:password@", "Basic"), ("px",)),
        (("Basic",), "me:wr0ng-w0rd@", ("is wrong", "%40"), ("px", "wr0ng-w0rd")),
        (("Negotiate", "NTLM"), "", ("px or cntlm", "Required Negotiate, NTLM"), ("user:password@",)),
        (("Negotiate", "NTLM", "Basic"), "", ("px or cntlm", "user:password@"), ()),
        ((), "", ("user:password@",), ("px",)),
    ],
)
def test_a_proxy_that_wants_to_know_who_calls(
    loopback_tenant: LoopbackTenant,
    offers: tuple[str, ...],
    user: str,
    shown: tuple[str, ...],
    hidden: tuple[str, ...],
) -> None:
    """User and password where they will do, else a program that signs in with the account."""
    with contextlib.closing(LoopbackProxy(0, refusal=407, offers=offers)) as proxy:
        error = refused(loopback_tenant, {"HTTPS_PROXY": proxy.url.replace("//", f"//{user}")})
    assert error.cause == "proxy-authentication"
    assert (
        f"127.0.0.1:{proxy.port} wants to know who you are: 407 Proxy Authentication Required" in error.what
    )
    assert all(each in str(error) for each in shown)
    assert not any(each in str(error) for each in hidden)


@pytest.mark.parametrize(
    ("status", "cause", "remedy"),
    [
        (403, "proxy-forbidden", "ask its operators to release tenant.invalid"),
        (502, "proxy-answered", "NO_PROXY"),
    ],
)
def test_a_proxy_that_does_not_lead_to_the_host(
    loopback_tenant: LoopbackTenant, status: int, cause: str, remedy: str
) -> None:
    """What is forbidden has to be released; other answers are shown."""
    with contextlib.closing(LoopbackProxy(0, refusal=status)) as proxy:
        error = refused(loopback_tenant, {"HTTPS_PROXY": proxy.url})
    assert error.cause == cause
    assert f"127.0.0.1:{proxy.port}" in error.what
    assert f"tenant.invalid: {status} " in error.what
    assert remedy in str(error.remedy)


def test_a_proxy_that_is_not_reached(loopback_tenant: LoopbackTenant, closed_url: str) -> None:
    """A closed port, an unknown name, and https:// before a proxy without TLS are told apart."""
    closed = closed_url.removeprefix("https://")
    with contextlib.closing(LoopbackProxy(0)) as plain:
        said = {
            proxy: refused(loopback_tenant, {"HTTPS_PROXY": proxy})
            for proxy in (
                f"http://{closed}",
                "http://no-such-proxy.invalid:1",
                f"https://127.0.0.1:{plain.port}",
            )
        }
    assert {error.cause for error in said.values()} == {"proxy-unreachable"}
    assert [error.what.partition(" cannot be reached: ")[2] for error in said.values()] == [
        "Connection refused",
        "its name is not known",
        "it does not speak TLS",
    ]
    assert all("HTTPS_PROXY" in str(error.remedy) for error in said.values())


def test_a_proxy_with_a_certificate_that_is_not_trusted(loopback_tenant: LoopbackTenant) -> None:
    """It is the proxy's, and not the tenant's."""
    tls = Authority().server_context("127.0.0.1")
    with contextlib.closing(LoopbackServer(lambda _: Reply(501), tls)) as proxy:
        error = refused(loopback_tenant, {"HTTPS_PROXY": f"https://127.0.0.1:{proxy.port}"})
    assert error.cause == "private-ca-not-trusted"
    assert f"the certificate of the proxy 127.0.0.1:{proxy.port} is signed" in error.what


def test_without_a_proxy_a_host_that_is_not_reached_leads_to_one(loopback_tenant: LoopbackTenant) -> None:
    """Where a network has nothing but a proxy script, names of other networks are not known."""
    error = refused(loopback_tenant, {})
    assert error.cause == "dns"
    assert "in a company network: set HTTPS_PROXY" in str(error.remedy)
    assert "PAC" in str(error.remedy)


@pytest.mark.parametrize("written", ["grüße", "gr%C3%BC%C3%9Fe"])
def test_umlauts_go_to_a_proxy_in_utf_8(
    authority: Authority, loopback_tenant: LoopbackTenant, written: str
) -> None:
    """However they are written; the doctor sends the same, as it uses the same connection."""
    proxy = f"http://müller:{written}@proxy.invalid:1"
    sent = str(proxy_authorization(proxy)).removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == "müller:grüße"
    target = LoopbackServer(lambda _: Reply(body=b"reached"), authority.server_context("tenant.invalid"))
    with contextlib.closing(target), contextlib.closing(LoopbackProxy(target.port)) as taken:
        loopback_tenant.environ = {"HTTPS_PROXY": taken.url.replace("//", f"//müller:{written}@")}
        loopback_tenant.client(host=TENANT)
        loopback_tenant.run().connections.runtime("default").send("GET", TENANT, headers={})
        assert taken.received[0].headers["proxy-authorization"] == f"Basic {sent}"


def test_a_password_in_another_charset_is_sent_byte_by_byte_and_masked() -> None:
    """Percent-encoding says which bytes are meant."""
    sent = str(proxy_authorization("me:gr%FC%DFe-gruesse@proxy.invalid:1")).removeprefix("Basic ")
    assert base64.b64decode(sent) == b"me:gr\xfc\xdfe-gruesse"
    proxies_for(TENANT, {"HTTPS_PROXY": "me:gr%FC%DFe-gruesse@proxy.invalid:1"})
    assert sent not in mask(f"sent {sent}")
