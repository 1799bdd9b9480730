"""Connections of a run: one per client and plane, mutual TLS for certificate keys."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest

from pytest_iflow.errors import CallError, ConfigurationError, MissingCredentialError
from pytest_iflow.tenants.model import Client
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackServer, Reply, Serve
from tests.loopback_tenant import LoopbackTenant


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
