"""What the tenant file leads to."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pytest_iflow.diagnosis.doctor.probe import State
from pytest_iflow.diagnosis.doctor.service_keys import Trust, judge_certificate, read_key
from tests.loopback_authority import Authority
from tests.loopback_tenant import LoopbackTenant

HOST = "https://127.0.0.1:1"


def with_certificate(tenant: LoopbackTenant, authority: Authority, *, expired: bool = False) -> None:
    """Give client "default" a certificate."""
    made = authority.certificate("client", expired=expired)
    tenant.client(host=HOST, clientsecret="", certificate=made.chain, key=made.private_key)


def test_certificate_that_ends_within_a_month_is_warned_about(
    loopback_tenant: LoopbackTenant, authority: Authority
) -> None:
    """With the days that are left."""
    with_certificate(loopback_tenant, authority)
    look = judge_certificate(loopback_tenant.run(), "default")
    assert look.state is State.WARNED
    assert look.advice[0].why == 'Within 1 day the service key of client "default" ends.'


def test_certificate_that_has_ended_is_broken(loopback_tenant: LoopbackTenant, authority: Authority) -> None:
    """The table names it."""
    with_certificate(loopback_tenant, authority, expired=True)
    look = judge_certificate(loopback_tenant.run(), "default")
    assert (look.state, [one.cause for one in look.advice]) == (State.FAILED, ["certificate-expired"])


def test_certificate_that_cannot_be_read(loopback_tenant: LoopbackTenant, authority: Authority) -> None:
    """It is PEM, with something else in it."""
    private_key = authority.certificate("client").private_key
    damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    loopback_tenant.client(host=HOST, clientsecret="", certificate=damaged, key=private_key)
    look = judge_certificate(loopback_tenant.run(), "default")
    assert (look.state, look.said) == (State.FAILED, "The certificate in the service key cannot be read.")


def test_certificate_with_another_key_is_no_matter_of_the_host(
    loopback_tenant: LoopbackTenant, authority: Authority
) -> None:
    """It is found by itself; the handshake goes without it."""
    mixed = {"certificate": authority.certificate("client").chain, "clientsecret": ""}
    loopback_tenant.client(host=HOST, key=authority.certificate("other").private_key, **mixed)
    run = loopback_tenant.run()
    look = judge_certificate(run, "default")
    assert [one.cause for one in look.advice] == ["certificate-does-not-match-key"]
    assert Trust(run).context_for("default").cert_store_stats()


@pytest.mark.parametrize(
    ("tokenurl", "cause"), [("https://acme.example", "token-url-without-path"), ("ftp://acme", None)]
)
def test_key_that_cannot_be_used(loopback_tenant: LoopbackTenant, tokenurl: str, cause: str | None) -> None:
    """The table knows some of the reasons."""
    loopback_tenant.client(host=HOST, tokenurl=tokenurl)
    look = read_key(loopback_tenant.run(), "default")
    assert (look.state, look.advice[0].cause) == (State.FAILED, cause)


def test_without_a_bundle_the_machine_decides(loopback_tenant: LoopbackTenant) -> None:
    """Its own CAs are trusted."""
    loopback_tenant.client(host=HOST)
    run = loopback_tenant.run()
    run.environment = replace(run.environment, ca_bundle=None)
    assert Trust(run).read_bundle().said == "the CAs of this machine are trusted"
