"""Addresses behind which nothing is, or something else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.diagnosis.addresses import is_trial
from pytest_iflow.diagnosis.facts import NOT_DEPLOYED, Certainty, Facts
from pytest_iflow.monitoring.artifacts import STARTED
from tests.diagnosis.refusing import RefusingTenant, Sender, service_key
from tests.loopback_server import Reply

if TYPE_CHECKING:
    from tests.diagnosis.conftest import Recognise

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
TRIAL = "acme.it-cpitrial05-rt.cfapps.us10-001.hana.ondemand.com"
LOGIN = (
    b'<html><head><script>document.cookie="locationAfterLogin=/";location.href='
    b'"https://acme.authentication.eu10.hana.ondemand.com/oauth/authorize?response_type=code"'
    b"</script></head></html>"
)
EVERY_404 = ("flow-not-deployed", "wrong-address", "wrong-case-in-address", "soap-flow-under-http")


def test_address_of_which_nothing_is_known(tenant: RefusingTenant, recognise: Recognise) -> None:
    """All that leads to this page is possible, and nothing is more."""
    exchange = tenant.runtime.call(tenant.token(), "/http/no/such/flow")
    recognise(Facts(exchange), *EVERY_404, "flow-not-started", certainty=Certainty.POSSIBLE)


def test_flow_that_was_undeployed(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The tenant does not list the artifact."""
    tenant.undeploy("Product_Details")
    exchange = tenant.runtime.call(tenant.token(), "/http/products/details")
    facts = Facts(exchange, endpoints=tenant.endpoints(), artifact_status=NOT_DEPLOYED)
    (found,) = recognise(facts, "flow-not-deployed")
    assert "state of the iFlow: NOT_DEPLOYED" in found.evidence


def test_flow_whose_start_failed(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The tenant lists the artifact in another state than STARTED."""
    tenant.undeploy("Product_Details")
    exchange = tenant.runtime.call(tenant.token(), "/http/products/details")
    recognise(Facts(exchange, artifact_status="ERROR"), "flow-not-started")


def test_listed_address_that_is_not_there(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Listed, but not answering: it is likely not to be started."""
    endpoints = tenant.endpoints()
    tenant.undeploy("Product_Details")
    exchange = tenant.runtime.call(tenant.token(), "/http/products/details")
    recognise(Facts(exchange, endpoints=endpoints), "flow-not-started", certainty=Certainty.LIKELY)


def test_address_in_another_case(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The tenant lists it in its own case."""
    exchange = tenant.runtime.call(tenant.token(), "/http/Products/Details")
    (found,) = recognise(Facts(exchange, endpoints=tenant.endpoints()), "wrong-case-in-address")
    (listed,) = [line for line in found.evidence if line.startswith("the tenant lists: ")]
    paths = listed.removeprefix("the tenant lists: ").split(", ")
    assert paths[0] == "/http/products/details"
    assert len(paths) == len(set(paths)) == 5


def test_soap_flow_called_under_http(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The tenant lists it under /cxf."""
    endpoints = tenant.endpoints()
    soap = next(url for url in endpoints if "/cxf/" in url).partition("/cxf/")[2]
    exchange = tenant.runtime.call(tenant.token(), f"/http/{soap}")
    recognise(Facts(exchange, endpoints=endpoints), "soap-flow-under-http")


@pytest.mark.parametrize(
    "address", ["/http/ORDERS;v=1/Orders", "/http/gw/odata/SAP/ORDERS;v=1", "/http/PRODUCTS/Products"]
)
def test_odata_flow_called_under_http(tenant: RefusingTenant, recognise: Recognise, address: str) -> None:
    """The tenant lists it below /gw/odata/SAP."""
    exchange = tenant.runtime.call(tenant.token(), address)
    recognise(Facts(exchange, endpoints=tenant.endpoints()), "odata-flow-under-http")


def test_odata_address_behind_http(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Without a list it is likely."""
    exchange = tenant.runtime.call(tenant.token(), "/http/gw/odata/SAP/ORDERS;v=1")
    rest = [*EVERY_404, "flow-not-started"]
    recognise(Facts(exchange), "odata-flow-under-http", *rest, certainty=Certainty.LIKELY)


def test_soap_message_to_an_address_under_http(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Without a list the message makes it likely."""
    exchange = tenant.runtime.call(tenant.token(), "/http/products/soap", SOAPAction="urn:x")
    first = "soap-flow-under-http"
    rest = [cause for cause in EVERY_404 if cause != first]
    recognise(Facts(exchange), first, *rest, "flow-not-started", certainty=Certainty.LIKELY)


def test_started_flow_at_another_address(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The flow runs, and the tenant lists no such address."""
    exchange = tenant.runtime.call(tenant.token(), "/http/ecco")
    facts = Facts(exchange, endpoints=tenant.endpoints(), artifact_status=STARTED)
    recognise(facts, "wrong-address", certainty=Certainty.LIKELY)


def test_path_below_an_address_that_takes_no_rest(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The flow runs, and answers at its own address only: the path is wrong, not the state of the flow."""
    exchange = tenant.runtime.call(tenant.token(), "/http/products/details/HT-1000")
    facts = Facts(exchange, endpoints=tenant.endpoints())
    rest = ["flow-not-deployed", "flow-not-started"]
    recognise(facts, "wrong-address", *rest, certainty=Certainty.LIKELY)


def test_endpoint_that_is_not_listed_yet(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Started, but no endpoint: nothing was called yet."""
    tenant.emulator.set_faults({"endpoint_delay": 3600})
    endpoints = tenant.endpoints()
    assert endpoints == ()
    facts = Facts(endpoints=endpoints, artifact_status=STARTED)
    recognise(facts, "endpoint-not-listed-yet", certainty=Certainty.LIKELY)


def test_message_of_soap_with_a_namespace_by_default(
    recorded: Callable[[Reply], Sender], recognise: Recognise
) -> None:
    """An envelope needs no prefix."""
    envelope = b'<?xml version="1.0"?><Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"/>'
    exchange = recorded(Reply(404)).send("POST", "/http/x", {}, envelope)
    first = "soap-flow-under-http"
    rest = [cause for cause in EVERY_404 if cause != first]
    recognise(Facts(exchange), first, *rest, "flow-not-started", by="recorded", certainty=Certainty.LIKELY)


def test_head_of_an_address_that_is_not_there(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Such an answer has no page; the list of the tenant tells."""
    sent = {"Authorization": f"Bearer {tenant.token()}"}
    exchange = tenant.runtime.send("HEAD", "/http/Products/Details", sent)
    recognise(Facts(exchange, endpoints=tenant.endpoints()), "wrong-case-in-address")


def test_status_404_of_a_flow_is_not_judged(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The message arrived."""
    recognise(Facts(tenant.runtime.call(tenant.token(), "/http/status?code=404")))


def test_host_that_no_application_is_behind(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The router names the host that it does not know."""
    exchange = tenant.runtime.call(Host="acme.it-cpi018-rt.cfapps.eu10-003.hana.ondemand.com")
    (found,) = recognise(Facts(exchange, key=service_key()), "unknown-route")
    assert "host: acme.it-cpi018-rt.cfapps.eu10-003.hana.ondemand.com" in found.evidence


def test_recorded_unknown_route(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """The text alone is enough."""
    body = b"404 Not Found: Requested route ('refapp.cfapps.eu10.hana.ondemand.com') does not exist.\n"
    recognise(Facts(recorded(Reply(404, body, PLAIN)).call()), "unknown-route", by="recorded")


def test_trial_that_is_asleep(tenant: RefusingTenant, recognise: Recognise) -> None:
    """The same answer from a host of the trial landscape."""
    exchange = tenant.runtime.call(Host=TRIAL)
    recognise(Facts(exchange), "trial-asleep", certainty=Certainty.LIKELY)


def test_trial_whose_runtime_has_no_endpoints(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Stopped, but its route is still there."""
    tenant.emulator.set_faults({"runtime.status_503": 1})
    exchange = tenant.runtime.call(tenant.token(), "/http/echo")
    facts = Facts(exchange, key=service_key(url=f"https://{TRIAL}"))
    recognise(facts, "trial-asleep", certainty=Certainty.LIKELY)
    recognise(replace(facts, key=service_key()), "runtime-unavailable")


def test_call_at_the_host_of_the_api(tenant: RefusingTenant, recognise: Recognise) -> None:
    """A login page with 200."""
    exchange = tenant.api.call(tenant.token(), "/http/echo")
    recognise(Facts(exchange, key=tenant.key()), "login-page")


def test_recorded_login_page(recorded: Callable[[Reply], Sender], recognise: Recognise) -> None:
    """Whoever gives it."""
    exchange = recorded(Reply(200, LOGIN, {"Content-Type": "text/html"})).call()
    recognise(Facts(exchange), "login-page", by="recorded")


def test_call_with_a_key_of_plan_api(tenant: RefusingTenant, recognise: Recognise) -> None:
    """Its url leads to the login page."""
    exchange = tenant.api.call(tenant.token("api"), "/http/echo")
    (found,) = recognise(Facts(exchange, key=tenant.key("api")), "api-key-on-runtime")
    assert "plan integration-flow" in found.cause.remedy


@pytest.mark.parametrize(
    ("host", "trial"),
    [
        (TRIAL, True),
        ("acmetrial.authentication.us10.hana.ondemand.com", False),
        ("1a2b3c4dtrial-dev.it-cpi018.cfapps.eu10.hana.ondemand.com", False),
        ("acme.it-cpi018-rt.cfapps.eu10-003.hana.ondemand.com", False),
    ],
)
def test_trial_is_known_by_its_host(host: str, *, trial: bool) -> None:
    """What subaccounts are called says nothing."""
    assert is_trial(host) is trial
