"""Trust: which certificates are believed, and which are shown."""

from __future__ import annotations

import contextlib
import os
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Literal

import pytest

from pytest_iflow import held_files
from pytest_iflow.errors import CallError, ConfigurationError
from pytest_iflow.tenants.model import Trust
from pytest_iflow.tenants.service_key import Plan, ServiceKey
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.trust import show_certificate, tls_context
from tests.held_files import FOR_EVER, holding
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackServer, Reply, Serve
from tests.loopback_tenant import PATIENCE, LoopbackTenant

TENANT = "https://tenant.invalid"


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


@pytest.mark.parametrize("lacks", ["key identifier", "critical constraints"])
def test_an_authority_that_is_verified_less_strictly(
    tmp_path: Path, lacks: Literal["key identifier", "critical constraints"]
) -> None:
    """What Python refuses from 3.13 on is named, and the setting that allows it allows it."""
    company = Authority(lacks)
    bundle = tmp_path / "company.pem"
    bundle.write_text(company.pem, encoding="ascii")
    with contextlib.closing(
        LoopbackServer(lambda _: Reply(body=b"in"), company.server_context(LOOPBACK))
    ) as server:

        def call(context: ssl.SSLContext) -> bytes:
            connection = Connection(server.url, context, PATIENCE, {}, lambda _: None)
            with contextlib.closing(connection):
                return connection.send("GET", server.url, headers={}).response.body

        strict = tls_context(bundle, {})
        assert bool(strict.verify_flags & ssl.VERIFY_X509_STRICT) is (sys.version_info >= (3, 13))
        strict.verify_flags |= ssl.VERIFY_X509_STRICT
        with pytest.raises(CallError) as caught:
            call(strict)
        assert call(tls_context(bundle, {}, Trust(strict=False))) == b"in"
    assert caught.value.cause == "certificate-not-strict"
    assert "strict-certificates = false" in str(caught.value.remedy)
    assert "ca-bundle" not in str(caught.value.remedy)


def test_the_store_of_the_operating_system(serve: Serve, loopback_tenant: LoopbackTenant) -> None:
    """It judges, beside the CAs that the environment names; an authority that neither knows is refused."""
    server = serve(lambda _: Reply(body=b"in"))
    bundle = loopback_tenant.folder / "ca.pem"
    for given in (bundle, None):
        context = tls_context(given, {}, Trust(system_store=True))
        assert type(context).__module__.startswith("truststore")
        connection = Connection(server.url, context, PATIENCE, {}, lambda _: None)
        with contextlib.closing(connection):
            if given:
                assert connection.send("GET", server.url, headers={}).response.body == b"in"
                continue
            with pytest.raises(CallError) as caught:
                connection.send("GET", server.url, headers={})
            assert caught.value.cause == "private-ca-not-trusted"
