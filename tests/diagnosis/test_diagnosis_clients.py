"""Certificates of clients, clients that are one, and clocks that differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.diagnosis.facts import Certainty, Facts
from pytest_iflow.diagnosis.gathering import facts_of_failure
from pytest_iflow.errors import CallError, IflowError
from tests.diagnosis.refusing import RefusingTenant, service_key
from tests.loopback_authority import Authority, Certificate
from tests.loopback_tenant import LoopbackTenant

if TYPE_CHECKING:
    from tests.diagnosis.conftest import Recognise

TRIAL = "https://acme.it-cpitrial05-rt.cfapps.us10-001.hana.ondemand.com"


def failing(tenant: RefusingTenant, client: LoopbackTenant, certificate: Certificate) -> Facts:
    """Ask the emulator for a token with a certificate that does not help, and return what is known then."""
    client.environ = {"REQUESTS_CA_BUNDLE": str(tenant.emulator.ca)}
    client.client(
        host=tenant.emulator.token_plane,
        clientid=tenant.key().client_id,
        clientsecret="",
        certificate=certificate.chain,
        key=certificate.private_key,
    )
    run = client.run()
    with pytest.raises(IflowError) as caught:
        run.tokens.token("default")
    facts = facts_of_failure(run, caught.value, None)
    assert facts is not None
    return facts


def test_certificate_that_has_expired(
    tenant: RefusingTenant, loopback_tenant: LoopbackTenant, authority: Authority, recognise: Recognise
) -> None:
    """TLS fails, and the certificate shows why."""
    facts = failing(tenant, loopback_tenant, authority.certificate("client", expired=True))
    (found,) = recognise(facts, "certificate-expired")
    assert any(line.startswith("valid until: ") for line in found.evidence)


def test_certificate_that_is_not_for_clients(
    tenant: RefusingTenant, loopback_tenant: LoopbackTenant, authority: Authority, recognise: Recognise
) -> None:
    """It lacks the usage."""
    facts = failing(tenant, loopback_tenant, authority.certificate("client", only_servers=True))
    recognise(facts, "certificate-not-for-clients")


def test_certificate_that_the_host_does_not_know(
    tenant: RefusingTenant, loopback_tenant: LoopbackTenant, authority: Authority, recognise: Recognise
) -> None:
    """It breaks the connection without a word, which is likely to be about the certificate."""
    facts = failing(tenant, loopback_tenant, authority.certificate("client"))
    recognise(facts, "certificate-not-accepted", certainty=Certainty.LIKELY)


def test_connection_that_breaks_where_no_certificate_is_shown(
    authority: Authority, recognise: Recognise
) -> None:
    """An iFlow is called with a token: the certificate has nothing to do with it."""
    expired = authority.certificate("client", expired=True)
    key = service_key(
        client_secret=None, certificate=expired.chain, private_key=expired.private_key, url=TRIAL
    )
    error = CallError("the connection broke", where=f"POST {TRIAL}/http/x", cause="connection-broken")
    recognise(Facts(error=error, key=key), "connection-broken", by="network")


def test_certificate_with_another_key(
    tenant: RefusingTenant, loopback_tenant: LoopbackTenant, authority: Authority, recognise: Recognise
) -> None:
    """Nothing is sent."""
    mixed = Certificate(authority.certificate("client").chain, authority.certificate("other").private_key)
    recognise(failing(tenant, loopback_tenant, mixed), "certificate-does-not-match-key")


def test_certificate_of_another_client(tenant: RefusingTenant, recognise: Recognise) -> None:
    """TLS goes well, the token service refuses; on a trial that is likely to be the reason."""
    key = tenant.key("integration-flow.certificate")
    body = f"grant_type=client_credentials&client_id={key.client_id}".encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    exchange = tenant.token_service.send("POST", "/oauth/token", form, body)
    recognise(Facts(exchange, key=key), "certificate-not-accepted")
    on_trial = Facts(exchange, key=replace(key, url=TRIAL))
    recognise(on_trial, "certificate-on-trial", certainty=Certainty.LIKELY)


def test_good_certificate_names_no_cause(authority: Authority, recognise: Recognise) -> None:
    """Neither one that fits nor one that cannot be read is to blame."""
    good = authority.certificate("client")
    fields = {"client_secret": None, "certificate": good.chain, "private_key": good.private_key}
    recognise(Facts(key=service_key(**fields)))
    damaged = "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n"
    recognise(Facts(key=service_key(**{**fields, "certificate": damaged})))
    recognise(Facts(key=service_key(**{**fields, "private_key": damaged})))


def test_clocks_that_differ(recognise: Recognise) -> None:
    """Measured, in both directions, and from a minute on."""
    for seconds in (-61.0, 61.0):
        (found,) = recognise(Facts(clock_difference=seconds), "clock-difference", by="recorded")
        assert f"{seconds:+.0f} s" in found.evidence[0]
    recognise(Facts(clock_difference=59.0))


@pytest.mark.parametrize("skew", [7200, -7200])
def test_tenant_with_another_clock(tenant: RefusingTenant, recognise: Recognise, skew: int) -> None:
    """Its answers tell its time."""
    tenant.emulator.set_faults({"clock_skew": skew})
    measured = Facts(tenant.runtime.call()).clock_ahead
    (found,) = recognise(Facts(clock_difference=measured), "clock-difference")
    assert ("+7" if skew > 0 else "-7") in found.evidence[0]


def test_two_keys_of_one_instance(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The evidence names the id and the other client."""
    key, twin = tenant.key(), tenant.key("integration-flow-key2")
    assert key.client_id == twin.client_id
    (found,) = recognise(Facts(key=key, same_client=("twin",)), "shared-client-id")
    assert found.evidence == (f"client id: {key.client_id}", "also of: twin")


def test_two_keys_of_one_instance_are_no_reason_for_another_refusal(
    tenant: RefusingTenant, recognise: Recognise
) -> None:
    """Where a refusal has its own cause, the neighbour is not named."""
    exchange = tenant.runtime.call(path="/http/echo")
    recognise(Facts(exchange, key=tenant.key(), same_client=("twin",)), "no-authorization-header")


def test_nothing_known_names_no_cause(recognise: Recognise) -> None:
    """Not even a possible one."""
    recognise(Facts())
