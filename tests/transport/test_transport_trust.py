"""Trust: which certificates are believed and shown, and which proxy is taken."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from pytest_iflow import held_files
from pytest_iflow.errors import CallError, ConfigurationError
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.service_key import Plan, ServiceKey
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.trust import proxies_for, show_certificate, tls_context
from tests.held_files import FOR_EVER, holding
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackProxy, LoopbackServer, Reply, Serve
from tests.loopback_tenant import PATIENCE, LoopbackTenant

TENANT = "https://tenant.invalid"
NAMED = {"HTTPS_PROXY": "http://named:1"}


def certificate_key(certificate: str | None, private_key: str | None) -> ServiceKey:
    """Return a service key of type certificate."""
    return ServiceKey(
        client_id="sb-1",
        client_secret=None,
        token_url=f"{TENANT}/oauth/token",
        url=TENANT,
        plan=Plan.INTEGRATION_FLOW,
        certificate=certificate,
        private_key=private_key,
        source="file dev.json",
    )


def test_every_context_verifies(tmp_path: Path, authority: Authority) -> None:
    """Certificate and host name are checked, with or without a bundle of one's own."""
    bundle = tmp_path / "ca.pem"
    bundle.write_text(authority.pem, encoding="ascii")
    for context in (tls_context(None, {}), tls_context(bundle, {})):
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


def test_a_connection_trusts_no_more_than_its_context(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """The HTTP library adds no CAs of its own."""
    server = serve(lambda _: Reply(body=b"trusted"))
    context = tls_context(loopback_tenant.folder / "ca.pem", {})
    trusted = context.cert_store_stats()
    connection = Connection(server.url, context, PATIENCE, {}, lambda _: None)
    assert connection.send("GET", server.url, headers={}).response.body == b"trusted"
    assert context.cert_store_stats() == trusted
    connection.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows always has a store")
def test_without_a_store_of_the_system_certifi_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public authorities are known all the same."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert len(tls_context(None, {}).get_ca_certs()) > 50


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_variable_is_trusted_too(
    serve: Serve, loopback_tenant: LoopbackTenant, tmp_path: Path, variable: str
) -> None:
    """The variable adds a CA to the one of the tenant file, which stays trusted."""
    other = Authority()
    bundle = tmp_path / "other.pem"
    bundle.write_text(other.pem, encoding="ascii")
    trusted = serve(lambda _: Reply(body=b"first"))
    loopback_tenant.environ = {variable: str(bundle)}
    with contextlib.closing(
        LoopbackServer(lambda _: Reply(body=b"second"), other.server_context(LOOPBACK))
    ) as server:
        loopback_tenant.client("one", host=trusted.url)
        loopback_tenant.client("two", host=server.url)
        connections = loopback_tenant.run().connections
        bodies = [
            connections.runtime(name).send("GET", url, headers={}).response.body
            for name, url in (("one", trusted.url), ("two", server.url))
        ]
    assert bodies == [b"first", b"second"]


def test_a_folder_of_certificates_is_no_error(tmp_path: Path) -> None:
    """REQUESTS_CA_BUNDLE may name a folder, as for other tools."""
    assert tls_context(None, {"REQUESTS_CA_BUNDLE": str(tmp_path)}).verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize("content", [None, "no certificate at all\n"])
def test_a_bundle_that_cannot_be_used_is_named(tmp_path: Path, variable: str, content: str | None) -> None:
    """The error says which file, and which variable led to it."""
    path = tmp_path / "company.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="the CA bundle cannot be used") as caught:
        tls_context(None, {variable: str(path)})
    assert caught.value.where == f"{path} ({variable})"
    assert "PEM" in str(caught.value.remedy)


def test_a_bundle_of_the_tenant_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """The place is the key of the tenant file."""
    path = tmp_path / "company.pem"
    path.write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        tls_context(path, {})
    assert caught.value.where == f"{path} (ca-bundle of the environment)"


@pytest.fixture
def empty_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that is empty."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_certificate_leaves_no_file(authority: Authority, empty_temp: Path) -> None:
    """The private key is gone from the disk when the context has it."""
    certificate = authority.certificate("client")
    show_certificate(
        ssl.create_default_context(), certificate_key(certificate.chain, certificate.private_key)
    )
    assert list(empty_temp.iterdir()) == []


def test_a_private_key_does_not_stay_in_a_file_that_is_held(
    authority: Authority, empty_temp: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program keeps it from being removed: it is empty."""
    certificate = authority.certificate("client")
    key = certificate_key(certificate.chain, certificate.private_key)
    monkeypatch.setattr(held_files, "PATIENCE", 0.1)
    with holding(monkeypatch, ("unlink", ".pem", FOR_EVER)):
        show_certificate(ssl.create_default_context(), key)
    assert [path.read_bytes() for path in empty_temp.iterdir()] == [b""]


def test_a_certificate_that_cannot_be_used_is_explained(authority: Authority, empty_temp: Path) -> None:
    """Foreign, damaged or encrypted keys: the service key is named, nothing of it is shown or left."""
    one, other = authority.certificate("client"), authority.certificate("client")
    encrypted = authority.certificate("client", password="secret")
    for chain, private_key in (
        (one.chain, other.private_key),
        (one.chain, one.private_key.replace("A", "B")),
        (one.chain, one.private_key + "ü"),
        (encrypted.chain, encrypted.private_key),
        (None, one.private_key),
    ):
        with pytest.raises(ConfigurationError, match="do not fit together or are damaged") as caught:
            show_certificate(ssl.create_default_context(), certificate_key(chain, private_key))
        assert caught.value.where == "file dev.json"
        assert "BEGIN" not in str(caught.value)
        assert list(empty_temp.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_the_file_of_the_private_key_is_for_its_owner_only(authority: Authority) -> None:
    """While OpenSSL reads it nobody else can."""
    seen: list[int] = []

    class Watching(ssl.SSLContext):
        def load_cert_chain(self, certfile: object, *_args: object, **_more: object) -> None:
            seen.append(Path(str(certfile)).stat().st_mode & 0o777)

    certificate = authority.certificate("client")
    show_certificate(
        Watching(ssl.PROTOCOL_TLS_CLIENT), certificate_key(certificate.chain, certificate.private_key)
    )
    assert seen == [0o600]


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
    assert proxies_for(TENANT, {"HTTPS_PROXY": "proxy.invalid:3128"}) == {"https": "proxy.invalid:3128"}
