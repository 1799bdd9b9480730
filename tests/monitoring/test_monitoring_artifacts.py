"""Artifacts and endpoints as the tenant tells them."""

from __future__ import annotations

from datetime import UTC, datetime

from pytest_iflow.monitoring.artifacts import RuntimeArtifact, ServiceEndpoint

ENDPOINT = {
    "Name": "Product_Details",
    "Id": "Product_Details_Id$endpointAddress=/products/details",
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
