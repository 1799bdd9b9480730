"""What is deployed, as the tenant tells it, and how it is judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pytest_iflow.errors import CheckError
from pytest_iflow.monitoring.artifacts import (
    RuntimeArtifact,
    ServiceEndpoint,
    did_you_mean,
    find,
    require_deployed,
    require_started,
    require_version,
)
from tests.loopback_server import Reply

ENDPOINT = {
    "Name": "Product_Details",
    "Id": "Product_Details_Id$endpointAddress=products/details",
    "Title": "Product Details",
    "Version": "1.0.3",
    "LastUpdated": "/Date(1522069440003)/",
    "Protocol": "REST",
}


def test_an_artifact_is_read_property_by_property() -> None:
    """With the names of wire-facts 5.3."""
    entity = {
        "Id": "Orders",
        "Version": "1.0.0",
        "Name": "All orders",
        "Type": "INTEGRATION_FLOW",
        "DeployedBy": "somebody",
        "DeployedOn": "/Date(1522069440003)/",
        "Status": "STARTED",
    }
    assert RuntimeArtifact.from_json(entity) == RuntimeArtifact(
        id="Orders",
        version="1.0.0",
        name="All orders",
        type="INTEGRATION_FLOW",
        status="STARTED",
        deployed_on=datetime(2018, 3, 26, 13, 4, 0, 3000, UTC),
        deployed_by="somebody",
    )


def test_the_id_of_an_endpoint_holds_flow_and_address() -> None:
    """Its entry points hold the addresses in full."""
    points = {"results": [{"Url": "https://a.invalid/http/products/details"}, {"Url": "https://b.invalid"}]}
    endpoint = ServiceEndpoint.from_json({**ENDPOINT, "EntryPoints": points})
    assert (endpoint.iflow, endpoint.address) == ("Product_Details_Id", "/products/details")
    assert endpoint.urls == ("https://a.invalid/http/products/details", "https://b.invalid")
    assert (endpoint.name, endpoint.title, endpoint.version, endpoint.protocol) == (
        "Product_Details",
        "Product Details",
        "1.0.3",
        "REST",
    )
    assert endpoint.updated == datetime(2018, 3, 26, 13, 4, 0, 3000, UTC)


def test_an_endpoint_without_entry_points_has_no_addresses() -> None:
    """Null and left out are the same."""
    assert ServiceEndpoint.from_json(ENDPOINT).urls == ()
    assert ServiceEndpoint.from_json({**ENDPOINT, "EntryPoints": None}).urls == ()


ORDERS = RuntimeArtifact("Orders", "1.0.4", "Order intake", "INTEGRATION_FLOW", "STARTED", None, "me")
NAMESAKE = replace(ORDERS, id="Other", name="Orders")


def test_an_id_goes_before_a_name() -> None:
    """Names need not be unique."""
    assert find("Orders", [NAMESAKE, ORDERS]) is ORDERS
    assert find("Order intake", [NAMESAKE, ORDERS]) is ORDERS
    assert find("orders", [NAMESAKE, ORDERS]) is None


def test_names_that_are_alike_are_asked_for() -> None:
    """Three at the most; the name itself and an empty one are no suggestion."""
    assert did_you_mean("Oders", ["Orders", "Order"]) == 'Did you mean "Orders" or "Order"? '
    assert did_you_mean("Orders", ["Orders", "", "Invoices"]) == ""
    assert did_you_mean("abcd1", ["abcd2", "abcd3", "abcd4", "abcd5"]).count('"') == 6


def test_what_is_not_deployed_is_said_with_what_was_meant() -> None:
    """The name of the suite, and the id that was looked for."""
    assert require_deployed("orders", "Orders", [ORDERS]) is ORDERS
    with pytest.raises(CheckError, match='the iFlow "orders" is not deployed') as caught:
        require_deployed("orders", "Oders", [ORDERS])
    assert caught.value.where == "artifact Oders"
    assert str(caught.value.remedy).startswith('Did you mean "Orders"')


def test_a_version_is_the_one_or_not() -> None:
    """Compared as text."""
    require_version("orders", ORDERS, "1.0.4")
    with pytest.raises(CheckError, match=r"deployed in version 1\.0\.4, expected 1\.0\.5"):
        require_version("orders", ORDERS, "1.0.5")


def test_a_start_that_failed_is_told_in_the_words_of_the_tenant(tells: Any) -> None:
    """They are asked for where there are any, and only then (wire-facts 5.3)."""
    said = (
        b'{"message":{"subsystemName":"CONTENT","messageId":"GenerationFailed","messageText":""},'
        b'"parameter":["Address in use"]}'
    )
    told = tells(Reply(200, said, {"Content-Type": "application/json"}))
    require_started("orders", ORDERS, told.monitor.artifact_error)
    with pytest.raises(CheckError, match=r"its status is STARTING\n"):
        require_started("orders", replace(ORDERS, status="STARTING"), told.monitor.artifact_error)
    assert told.asked == []
    with pytest.raises(CheckError, match=r"its status is ERROR \(GenerationFailed Address in use\)"):
        require_started("orders", replace(ORDERS, status="ERROR"), told.monitor.artifact_error)
