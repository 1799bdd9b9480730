"""All flows, and which of them are deployed."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from pytest_iflow.emulator.flows.message import Flow, Message, Reply, Surroundings
from pytest_iflow.emulator.flows.registry import FLOWS, Deployment, conflicting


def test_every_flow_has_a_path_and_an_id_of_its_own() -> None:
    """Addresses are unique in a tenant, and none stands below /* of another (wire-facts 4.1, 4.11)."""
    assert [flow.path for flow in FLOWS if conflicting(flow, FLOWS)] == []
    assert len({flow.artifact for flow in FLOWS}) == len(FLOWS)


def test_addresses_that_suites_rely_on_are_there() -> None:
    """They do not move from one release to the next."""
    assert {flow.path for flow in FLOWS} >= {
        "/http/products/details",
        "/http/products/details/json",
        "/http/products/details/csrf",
        "/http/products/details/role",
        "/http/orders",
        "/http/idoc",
        "/http/echo",
        "/http/slow",
        "/http/large",
        "/http/broken-html",
        "/cxf/products",
    }


def _run(_message: Message, _surroundings: Surroundings) -> Reply:
    return Reply(b"", "text/plain")


ORDERS = Flow("Orders", "Orders", "/orders", _run)
ANY_ORDER = Flow("Any_Order", "Any order", "/orders/*", _run)
ANY_OLD_ORDER = Flow("Any_Old_Order", "Any old order", "/orders/old/*", _run, version="2.1.0")
SOAP = Flow("Orders_SOAP", "Orders by SOAP", "/orders", _run, protocol="cxf")


@pytest.fixture
def deployment() -> Deployment:
    """Four flows with similar addresses."""
    return Deployment((ORDERS, ANY_ORDER, ANY_OLD_ORDER, SOAP))


@pytest.mark.parametrize(
    ("path", "flow", "rest"),
    [
        ("/http/orders", ORDERS, ""),
        ("/http/orders/1", ANY_ORDER, "1"),
        ("/http/orders/1/items", ANY_ORDER, "1/items"),
        ("/http/orders/", ANY_ORDER, ""),
        ("/http/orders/old", ANY_OLD_ORDER, ""),
        ("/http/orders/old/1", ANY_OLD_ORDER, "1"),
        ("/cxf/orders", SOAP, ""),
    ],
)
def test_path_leads_to_the_closest_address(deployment: Deployment, path: str, flow: Flow, rest: str) -> None:
    """The whole path first, then the longest address with any rest; the protocol counts."""
    destination = deployment.at(path)
    assert destination is not None
    assert (destination.flow, destination.rest) == (flow, rest)


@pytest.mark.parametrize(
    "path", ["/http/Orders", "/cxf/order", "/cxf/orders1", "/orders", "/http", "", "/", "http/orders/1"]
)
def test_other_paths_lead_nowhere(deployment: Deployment, path: str) -> None:
    """Case matters, and so does the protocol's part of the path."""
    assert deployment.at(path) is None


def test_soap_sender_answers_below_its_address(deployment: Deployment) -> None:
    """Whatever stands there (wire-facts 4.9)."""
    destination = deployment.at("/cxf/orders/1/2")
    assert destination is not None
    assert (destination.flow, destination.rest) == (SOAP, "1/2")


def test_everything_is_deployed_in_the_beginning(deployment: Deployment) -> None:
    """With the version that each flow has."""
    assert [each.flow for each in deployment.deployed] == list(deployment.flows)
    old = deployment.get("Any_Old_Order")
    assert old is not None
    assert (old.version, old.status) == ("2.1.0", "STARTED")
    assert abs(old.deployed_on - time.time()) < 60


def test_undeployed_flow_is_not_reached_but_still_known(deployment: Deployment) -> None:
    """It is gone from the runtime, not from the design time; a second time there is nothing to do."""
    assert deployment.undeploy("Orders")
    destination = deployment.at("/http/orders")
    assert destination is not None
    assert destination.flow is ANY_ORDER
    assert deployment.get("Orders") is None
    assert deployment.flow("Orders") is ORDERS
    assert not deployment.undeploy("Orders")


def test_flow_can_be_deployed_again_in_another_version(deployment: Deployment) -> None:
    """It is reached again."""
    deployment.undeploy("Orders")
    assert deployment.deploy("Orders", "1.0.1").version == "1.0.1"
    destination = deployment.at("/http/orders")
    assert destination is not None
    assert destination.flow is ORDERS


def test_unknown_artifact_cannot_be_deployed(deployment: Deployment) -> None:
    """There is no flow to deploy."""
    assert deployment.flow("Nothing") is None
    with pytest.raises(KeyError):
        deployment.deploy("Nothing")


def test_designed_flows_come_and_go_while_the_runtime_stays(deployment: Deployment) -> None:
    """An address that another flow has is taken; a return to the beginning deploys what was there."""
    new = replace(ORDERS, artifact="New")
    deployment.design(new)
    assert deployment.deploy("New").status == "ERROR"
    deployment.undeploy("Orders")
    assert deployment.deploy("New").status == "STARTED"
    deployment.discard("New")
    assert deployment.flow("New") is None
    found = deployment.at("/http/orders")
    assert found is not None
    assert found.flow is new
    deployment.restore()
    found = deployment.at("/http/orders")
    assert found is not None
    assert found.flow is ORDERS
    assert deployment.get("New") is None
