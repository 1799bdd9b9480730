"""The entity sets of integration content (wire-facts 5.3)."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from tests.emulator.api.api_tenant import ApiTenant


def test_deployed_flows_are_listed(tenant: ApiTenant) -> None:
    """All of them, started."""
    artifact = tenant.ask("IntegrationRuntimeArtifacts('Product_Details')").json()["d"]
    assert (artifact["Name"], artifact["Type"], artifact["Status"]) == (
        "Product Details",
        "INTEGRATION_FLOW",
        "STARTED",
    )
    assert artifact["DeployedOn"].startswith("/Date(")
    count = len(tenant.landscape.deployment.deployed)
    assert tenant.ask("IntegrationRuntimeArtifacts/$count").body == str(count).encode()


def test_count_in_line_works_only_on_logs(tenant: ApiTenant) -> None:
    """Without effect on runtime artifacts, refused by packages, as is their count."""
    assert "__count" not in tenant.ask("IntegrationRuntimeArtifacts", "$inlinecount=allpages").json()["d"]
    for resource, query in (
        ("IntegrationPackages/$count", ""),
        ("IntegrationPackages", "$inlinecount=allpages"),
    ):
        refused = tenant.ask(resource, query)
        assert refused.status == 501
        assert refused.json()["error"]["message"]["value"] == "$count is not supported"


def test_deploy_error_has_only_a_content_that_does_not_go_with_json() -> None:
    """Bare 404; content 406 for JSON and 200 with JSON for XML, as observed."""
    tenant = ApiTenant()
    deployment = tenant.landscape.deployment
    broken = replace(deployment.deploy("Echo"), status="ERROR")
    deployment._deployed["Echo"] = broken
    resource = "IntegrationRuntimeArtifacts('Echo')/ErrorInformation"
    assert tenant.ask(resource).status == 404
    assert tenant.ask(f"{resource}/$value").status == 406
    content = tenant.ask(f"{resource}/$value", accept="application/xml")
    assert (content.status, content.headers["content-type"]) == (200, "application/json")
    assert content.json() == {
        "message": {
            "subsystemName": "CONTENT",
            "subsytemPartName": "CONTENT_DEPLOY",
            "messageId": "GenerationFailed",
            "messageText": "",
        },
        "parameter": ["Echo"],
    }


def test_endpoint_has_an_entry_point(tenant: ApiTenant) -> None:
    """Its id names flow and address, its URL is the one of the runtime."""
    identifier = "Product_Details$endpointAddress=/products/details"
    endpoint = tenant.ask(f"ServiceEndpoints('{identifier}')", "$expand=EntryPoints,ApiDefinitions").json()[
        "d"
    ]
    assert (endpoint["Name"], endpoint["Protocol"]) == ("Product_Details", "REST")
    (entry_point,) = endpoint["EntryPoints"]["results"]
    assert (entry_point["Url"], entry_point["Type"]) == ("https://r/http/products/details", "PROD")
    assert endpoint["ApiDefinitions"]["results"] == []


def test_soap_endpoint_has_a_definition(tenant: ApiTenant) -> None:
    """Its WSDL."""
    endpoints = tenant.ask(
        "ServiceEndpoints", "$filter=Protocol eq 'SOAP'&$expand=EntryPoints,ApiDefinitions"
    ).json()["d"]["results"]
    assert endpoints
    for endpoint in endpoints:
        (entry_point,) = endpoint["EntryPoints"]["results"]
        (definition,) = endpoint["ApiDefinitions"]["results"]
        assert definition["Url"] == f"{entry_point['Url']}?wsdl"


def test_package_leads_to_its_designed_flows(tenant: ApiTenant) -> None:
    """By navigation only; their archive is a zip with a manifest."""
    (package,) = tenant.ask("IntegrationPackages").json()["d"]["results"]
    designed = tenant.ask(f"IntegrationPackages('{package['Id']}')/IntegrationDesigntimeArtifacts")
    assert "Echo" in {each["Id"] for each in designed.json()["d"]["results"]}
    assert tenant.ask("IntegrationDesigntimeArtifacts").status == 501
    for version in ("active", "1.0.0"):
        resource = f"IntegrationDesigntimeArtifacts(Id='Echo',Version='{version}')"
        assert tenant.ask(resource).json()["d"]["Version"] == "1.0.0"
    packed = tenant.ask(f"{resource}/$value")
    assert packed.headers["content-type"] == "application/zip"
    manifest = zipfile.ZipFile(io.BytesIO(packed.body)).read("META-INF/MANIFEST.MF")
    assert b"Bundle-SymbolicName: Echo\r\n" in manifest
