"""What lies between caller and tenant."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.diagnosis.facts import Certainty, Facts
from pytest_iflow.diagnosis.findings import CAUSES
from pytest_iflow.errors import CallError
from pytest_iflow.tenants.model import Timeouts
from pytest_iflow.transport import failures
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.trust import tls_context
from tests.diagnosis.refusing import RefusingTenant, Sender
from tests.emulator.emulator_process import running
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackProxy, LoopbackServer, Reply, Serve
from tests.loopback_tenant import LoopbackTenant

if TYPE_CHECKING:
    from pathlib import Path

    from tests.diagnosis.conftest import Recognise

IMPATIENT = 0.3
"""Seconds; short only where nothing can be on time."""

Listen = Callable[..., str]


@pytest.fixture
def listen(authority: Authority) -> Iterator[Listen]:
    """Start a server with a certificate that is wrong in the way that is asked for; returns its URL."""
    with contextlib.ExitStack() as servers:

        def start(name: str = LOOPBACK, by: Authority = authority, **wrong: bool) -> str:
            tls = by.server_context(name, **wrong)
            server = LoopbackServer(lambda _: Reply(), tls)
            return servers.enter_context(contextlib.closing(server)).url

        yield start


def failure(
    tenant: LoopbackTenant, url: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> Facts:
    """Send a request that has to fail, and return what is known then."""
    tenant.client(host=url)
    run = tenant.run()
    with pytest.raises(CallError) as caught:
        run.connections.runtime("default").send(
            "POST", f"{url}/http/x", headers=headers or {}, body=body, client="default"
        )
    assert caught.value.client == "default"
    return Facts(error=caught.value, key=run.credentials.service_key("default"))


def unanswered(tenant: RefusingTenant, ca: Path | None, read: float = 30.0) -> Facts:
    """Call an iFlow of the emulator, which has to fail, and return what is known then."""
    url = tenant.runtime.url
    timeouts = Timeouts(connect=30, read=read)
    connection = Connection(url, tls_context(ca, {}), timeouts, {}, lambda _: None)
    with contextlib.closing(connection), pytest.raises(CallError) as caught:
        connection.send("POST", f"{url}/http/echo", headers={}, body=b"x")
    return Facts(error=caught.value, key=tenant.key())


@pytest.mark.parametrize(
    ("faults", "cause"),
    [
        ({"runtime.latency": 60.0}, "timeout"),
        ({"runtime.reset_before": 1.0}, "connection-broken"),
        ({"runtime.reset_after": 1.0}, "connection-broken"),
        ({"runtime.truncated": 1.0}, "connection-broken"),
    ],
)
def test_runtime_with_a_fault(
    tenant: RefusingTenant, recognise: Recognise, faults: dict[str, float], cause: str
) -> None:
    """Too slow, or broken off before, after, or within the answer."""
    tenant.emulator.set_faults(faults)
    read = IMPATIENT if cause == "timeout" else 30.0
    recognise(unanswered(tenant, tenant.emulator.ca, read), cause)


def test_tenant_whose_ca_is_private(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Nobody trusts the one of the emulator until it is told to."""
    recognise(unanswered(tenant, None), "private-ca-not-trusted")


def test_port_of_the_tenant_after_its_end(recognise: Recognise, tmp_path: Path) -> None:
    """It does not listen any more."""
    with running(tmp_path / "keys") as emulator:
        tenant = RefusingTenant(emulator)
        key = tenant.key()
    connection = Connection(key.url, tls_context(None, {}), Timeouts(), {}, lambda _: None)
    with contextlib.closing(connection), pytest.raises(CallError) as caught:
        connection.send("GET", f"{key.url}/http/echo", headers={})
    recognise(Facts(error=caught.value, key=key), "connection-refused")


def test_host_that_is_not_known(loopback_tenant: LoopbackTenant, recognise: Recognise) -> None:
    """The evidence names it."""
    (found,) = recognise(failure(loopback_tenant, "https://no-such-tenant.invalid"), "dns", by="network")
    assert "the host no-such-tenant.invalid is not known" in found.evidence


def test_closed_port(loopback_tenant: LoopbackTenant, recognise: Recognise, closed_url: str) -> None:
    """Nothing listens."""
    recognise(failure(loopback_tenant, closed_url), "connection-refused", by="network")


def test_host_that_never_shakes_hands(loopback_tenant: LoopbackTenant, recognise: Recognise) -> None:
    """No connection in time."""
    loopback_tenant.timeouts = Timeouts(connect=IMPATIENT, read=30)
    with socket.create_server((LOOPBACK, 0)) as silent:
        facts = failure(loopback_tenant, f"https://{LOOPBACK}:{silent.getsockname()[1]}")
    recognise(facts, "no-connection", by="network")


def test_answer_that_does_not_come(
    serve: Serve, loopback_tenant: LoopbackTenant, recognise: Recognise
) -> None:
    """The message may have been processed."""
    loopback_tenant.timeouts = Timeouts(connect=10, read=IMPATIENT)
    facts = failure(loopback_tenant, serve(lambda _: Reply(pause=60)).url)
    (found,) = recognise(facts, "timeout", by="network")
    assert "message monitor" in found.cause.remedy


def test_request_that_nobody_takes(
    authority: Authority, loopback_tenant: LoopbackTenant, recognise: Recognise
) -> None:
    """A server that shakes hands and then stops reading."""

    class Deaf(LoopbackServer):
        def _handle(self, _connection: socket.socket, _client_address: object) -> None:
            self.stopping.wait(60)

    loopback_tenant.timeouts = Timeouts(connect=1, read=30)
    with contextlib.closing(Deaf(lambda _: Reply(), authority.server_context(LOOPBACK))) as server:
        facts = failure(loopback_tenant, server.url, b"x" * 30_000_000)
    recognise(facts, "request-not-taken", by="network")


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "connection-broken"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnone", "answer-not-http"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "answer-not-http"),
        (b"", "connection-broken"),
    ],
)
def test_answer_that_is_none(
    serve: Serve, loopback_tenant: LoopbackTenant, recognise: Recognise, raw: bytes, cause: str
) -> None:
    """Cut off, or against the rules."""
    recognise(failure(loopback_tenant, serve(lambda _: Reply(raw=raw)).url), cause, by="network")


def test_header_that_cannot_be_sent(
    serve: Serve, loopback_tenant: LoopbackTenant, recognise: Recognise
) -> None:
    """A line break or another alphabet in a value, a blank in a name; the header is named."""
    for name, value, said in (
        ("X-Note", "two\nlines", "value of the header X-Note"),
        ("X-Note", "\u6f22", "value of the header X-Note"),
        ("X Note", "lines", "name of the header 'X Note'"),
        ("", "lines", "name of the header ''"),
    ):
        facts = failure(loopback_tenant, serve(lambda _: Reply()).url, headers={name: value})
        (found,) = recognise(facts, "request-not-sendable", by="network")
        assert f"the {said} holds what HTTP does not allow there" in "\n".join(found.evidence)


def test_certificate_of_a_private_authority(
    listen: Listen, loopback_tenant: LoopbackTenant, recognise: Recognise
) -> None:
    """The remedy names the setting."""
    facts = failure(loopback_tenant, listen(by=Authority()))
    (found,) = recognise(facts, "private-ca-not-trusted", by="network")
    assert "ca-bundle" in found.cause.remedy


def test_certificate_that_is_not_verified_for_an_unknown_reason(recognise: Recognise) -> None:
    """A private CA is only likely then."""
    error = CallError("the certificate is signed by a CA that is not trusted", cause="private-ca-not-trusted")
    recognise(Facts(error=error), "private-ca-not-trusted", by="network", certainty=Certainty.LIKELY)


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ({"expired": True}, "server-certificate-expired"),
        ({"early": True}, "server-certificate-not-yet-valid"),
    ],
)
def test_server_certificate_out_of_time(
    listen: Listen, loopback_tenant: LoopbackTenant, recognise: Recognise, wrong: dict[str, bool], cause: str
) -> None:
    """Over, or not begun: one of the clocks may be wrong."""
    (found,) = recognise(failure(loopback_tenant, listen(**wrong)), cause, by="network")
    assert "clock" in found.cause.why


def test_server_certificate_of_another_host(
    listen: Listen, loopback_tenant: LoopbackTenant, recognise: Recognise
) -> None:
    """Trusted, but for other names."""
    facts = failure(loopback_tenant, listen("tenant.invalid"))
    recognise(facts, "server-certificate-of-another-host", by="network")


def test_server_without_tls(loopback_tenant: LoopbackTenant, recognise: Recognise) -> None:
    """Plain HTTP behind an https address."""
    with contextlib.closing(LoopbackServer(lambda _: Reply(), None)) as server:
        facts = failure(loopback_tenant, f"https://{LOOPBACK}:{server.port}")
    recognise(facts, "tls-failed", by="network")


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (403, "proxy-forbidden"),
        (407, "proxy-authentication"),
        (502, "proxy-answered"),
        (None, "proxy-unreachable"),
    ],
)
def test_proxy_that_refuses(
    loopback_tenant: LoopbackTenant, recognise: Recognise, status: int | None, cause: str
) -> None:
    """It answers instead of the tenant, or is not there."""
    with contextlib.closing(LoopbackProxy(0, refusal=status)) as proxy:
        loopback_tenant.environ = {"HTTPS_PROXY": proxy.url}
        if status is None:
            proxy.close()
        facts = failure(loopback_tenant, "https://tenant.invalid")
    recognise(facts, cause, by="network")


def test_certificate_that_is_refused_by_newer_pythons(recognise: Recognise) -> None:
    """The error names the cause; tests of the transport bring it about."""
    error = CallError("the certificate lacks a key identifier", cause="certificate-not-strict")
    recognise(Facts(error=error), "certificate-not-strict", by="network")


def test_every_failure_of_the_transport_is_a_cause() -> None:
    """What lower layers name is in the table."""
    assert {row[0] for row in failures._CAUSES} <= CAUSES.keys()


HTML = {"Content-Type": "text/html"}
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@pytest.mark.parametrize(("plane", "path"), [("token", "/oauth/token"), ("runtime", "/http/echo")])
def test_too_many_requests(tenant: RefusingTenant, recognise: Recognise, plane: str, path: str) -> None:
    """The evidence says how long to wait."""
    tenant.emulator.set_faults({f"{plane}.status_429": 1})
    sender = tenant.token_service if plane == "token" else tenant.runtime
    (found,) = recognise(Facts(sender.send("POST", path)), "rate-limited")
    assert "retry-after: 1" in found.evidence


def test_too_many_calls_of_the_api(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The API has limits of its own."""
    tenant.emulator.set_faults({"api.status_429": 1})
    recognise(Facts(tenant.api.send("GET", "/api/v1/MessageProcessingLogs")), "api-rate-limited")


@pytest.mark.parametrize("status", [502, 503])
def test_runtime_that_does_not_run(tenant: RefusingTenant, recognise: Recognise, status: int) -> None:
    """The router says so."""
    tenant.emulator.set_faults({f"runtime.status_{status}": 1})
    recognise(Facts(tenant.runtime.call()), "runtime-unavailable")


def test_time_out_of_a_gateway_without_a_page(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """Nobody says who gave up."""
    facts = Facts(recorded(Reply(504)).call())
    recognise(facts, "runtime-unavailable", by="recorded", certainty=Certainty.LIKELY)


def test_page_of_a_gateway(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """HTML that is no page of the runtime."""
    facts = Facts(recorded(Reply(502, PAGE, HTML)).call())
    (found,) = recognise(facts, "gateway-html", by="recorded", certainty=Certainty.LIKELY)
    assert "title of the page: 502 Bad Gateway" in found.evidence


def test_page_of_a_proxy(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """It leaves its traces in the headers."""
    reply = Reply(403, b"<html><body>Blocked</body></html>", {**HTML, "Via": "1.1 proxy.example (squid)"})
    facts = Facts(recorded(reply).call())
    (found,) = recognise(facts, "proxy-answered", by="recorded", certainty=Certainty.LIKELY)
    assert "via: 1.1 proxy.example (squid)" in found.evidence


def test_proxy_that_wants_a_password(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """No tenant answers 407."""
    reply = Reply(407, b"<html></html>", {**HTML, "Proxy-Authenticate": "Basic"})
    recognise(Facts(recorded(reply).call()), "proxy-authentication", by="recorded")


def test_api_proxy_that_gets_no_token(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """API Management in front of the runtime."""
    body = (
        b'{"fault":{"faultstring":"Execution of ServiceCallout getoauthtoken failed. '
        b'Reason: ResponseCode 400 is treated as error"}}'
    )
    exchange = recorded(Reply(500, body, {"Content-Type": "application/json"})).call()
    recognise(Facts(exchange), "api-proxy-token-request", by="recorded")
