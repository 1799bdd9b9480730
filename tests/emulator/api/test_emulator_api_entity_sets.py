"""The entity sets of message logs and of integration content."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest

from tests.emulator.api.api_tenant import START, ApiTenant

MS = int(START * 1000)


def _read(tenant: ApiTenant, resource: str, query: str = "") -> Any:
    answer = tenant.ask(resource, query)
    assert answer.status == 200, answer.body
    return answer.json()["d"]


def _ids(tenant: ApiTenant, query: str) -> list[str]:
    return [log["MessageGuid"] for log in _read(tenant, "MessageProcessingLogs", query)["results"]]


def test_log_has_the_properties_of_the_sample(tenant: ApiTenant) -> None:
    """All of wire-facts 5.2, in its order, with the artifact as an object."""
    log = _read(tenant, "MessageProcessingLogs('M2')")
    assert log["__metadata"] == {
        "id": "https://a/api/v1/MessageProcessingLogs('M2')",
        "uri": "https://a/api/v1/MessageProcessingLogs('M2')",
        "type": "com.sap.hci.api.MessageProcessingLog",
    }
    assert list(log)[1:24] == [
        "MessageGuid",
        "CorrelationId",
        "ApplicationMessageId",
        "ApplicationMessageType",
        "LogStart",
        "LogEnd",
        "Sender",
        "Receiver",
        "IntegrationFlowName",
        "Status",
        "AlternateWebLink",
        "IntegrationArtifact",
        "LogLevel",
        "CustomStatus",
        "ArchivingStatus",
        "ArchivingSenderChannelMessages",
        "ArchivingReceiverChannelMessages",
        "ArchivingLogAttachments",
        "ArchivingPersistedMessages",
        "TransactionId",
        "PreviousComponentName",
        "LocalComponentName",
        "OriginComponentName",
    ]
    assert (log["LogStart"], log["LogEnd"]) == (f"/Date({MS + 10_000})/", f"/Date({MS + 11_000})/")
    assert (log["Status"], log["Sender"], log["LogLevel"]) == ("FAILED", "Shop", "INFO")
    del log["IntegrationArtifact"]["__metadata"]
    assert log["IntegrationArtifact"] == {
        "Id": "Product_Details",
        "Name": "Product Details",
        "Type": "INTEGRATION_FLOW",
        "PackageId": "LocalTenant",
        "PackageName": "LocalTenant",
    }


def test_a_log_names_its_page_in_the_monitor(tenant: ApiTenant) -> None:
    """On the host of the API, with the id as JSON in the address (assumed)."""
    link = _read(tenant, "MessageProcessingLogs('M2')")["AlternateWebLink"]
    address = "https://a/itspaces/shell/monitoring/MessageDetails/"
    assert unquote(link) == address + '{"messageGuid":"M2"}'
    assert not set(link) & set('{"}')


def test_end_is_null_while_the_message_is_under_way(tenant: ApiTenant) -> None:
    """The end of a message is not known before it is reached."""
    assert _read(tenant, "MessageProcessingLogs('M4')")["LogEnd"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["M1", "M2", "M3", "M4"]),
        (
            "$filter=IntegrationArtifact/Id eq 'Echo' and Status ne 'DISCARDED'&$orderby=LogEnd desc&$top=1",
            ["M1"],
        ),
        ("$filter=CorrelationId eq 'C1'&$orderby=LogStart desc", ["M2", "M1"]),
        ("$orderby=Status,LogEnd desc", ["M1", "M3", "M2", "M4"]),
        ("$filter=IntegrationFlowName eq 'Product_Details'", ["M2"]),
        ("$filter=ErrorInformation/LastErrorModelStepId eq 'MessageFlow_11'", ["M2"]),
        ("filterCustomHeaderProperties='po' eq '1'", ["M1"]),
        ("$filter=LogEnd eq null", ["M4"]),
    ],
)
def test_logs_are_found_by(tenant: ApiTenant, query: str, found: list[str]) -> None:
    """SAP's own query is among these filters. Without $orderby the oldest log comes first."""
    assert _ids(tenant, query) == found


def test_count_in_line_is_a_string(tenant: ApiTenant) -> None:
    """It counts all logs that the filter finds, whatever $top is."""
    feed = _read(tenant, "MessageProcessingLogs", "$inlinecount=allpages&$top=1&$filter=Status ne 'FAILED'")
    assert feed["__count"] == "3"
    assert tenant.ask("MessageProcessingLogs/$count").body == b"4"


def test_error_information(tenant: ApiTenant) -> None:
    """With the step, and its text as content, also by its own address; 204 for what did not fail."""
    information = _read(tenant, "MessageProcessingLogs('M2')/ErrorInformation")
    del information["__metadata"]
    assert information == {
        "MessageGuid": "M2",
        "Type": "text/plain",
        "LastErrorModelStepId": "MessageFlow_11",
    }
    for resource in (
        "MessageProcessingLogs('M2')/ErrorInformation",
        "MessageProcessingLogErrorInformations('M2')",
    ):
        assert tenant.ask(f"{resource}/$value").body == b"It broke."
    good = tenant.ask("MessageProcessingLogs('M1')/ErrorInformation/$value")
    assert (good.status, good.body) == (204, b"")


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("CustomHeaderProperties", [("po", "2"), ("region", "EU")]),
        ("AdapterAttributes", [("url", "https://x")]),
    ],
)
def test_name_value_pairs(tenant: ApiTenant, resource: str, expected: list[tuple[str, str]]) -> None:
    """They come in the order in which the message got them."""
    results = _read(tenant, f"MessageProcessingLogs('M2')/{resource}")["results"]
    assert [(each["Name"], each["Value"]) for each in results] == expected


def test_attachment_has_a_size_in_a_string_and_a_content(tenant: ApiTenant) -> None:
    """Its id begins as the recorded ones do; the content is found in both ways."""
    (attachment,) = _read(tenant, "MessageProcessingLogs('M2')/Attachments")["results"]
    assert attachment["PayloadSize"] == "24"
    assert attachment["TimeStamp"] == f"/Date({MS + 10_500})/"
    assert attachment["Id"].startswith("sap-it-res:msg:")
    for resource in (
        f"MessageProcessingLogAttachments('{attachment['Id']}')/$value",
        f"MessageProcessingLogs('M2')/Attachments('{attachment['Id']}')/$value",
    ):
        content = tenant.ask(resource, accept="*/*")
        assert (content.body, content.headers["content-type"]) == (b"<a/>" * 6, "application/xml")


def test_message_store_entry(tenant: ApiTenant) -> None:
    """Listed below its log, its content by its own address."""
    (entry,) = _read(tenant, "MessageProcessingLogs('M2')/MessageStoreEntries")["results"]
    assert (entry["MessageStoreId"], entry["HasAttachments"]) == ("Inbox", False)
    assert tenant.ask(f"MessageStoreEntries('{entry['Id']}')/$value").body == b"kept"


def test_runs_lead_to_their_steps(tenant: ApiTenant) -> None:
    """Runs have ids of their own; a step by its key too."""
    first, run = _read(tenant, "MessageProcessingLogs('M2')/Runs")["results"]
    assert [(each["Id"], each["OverallState"]) for each in (first, run)] == [
        ("R1", "RETRY"),
        ("R2", "FAILED"),
    ]
    assert len(_read(tenant, "MessageProcessingLogRuns('R1')/RunSteps")["results"]) == 1
    steps = _read(tenant, f"MessageProcessingLogRuns('{run['Id']}')/RunSteps")["results"]
    assert [(step["ModelStepId"], step["Status"]) for step in steps] == [
        ("StartEvent_2", "COMPLETED"),
        ("MessageFlow_11", "FAILED"),
    ]
    by_key = _read(tenant, f"MessageProcessingLogRunSteps(RunId='{run['Id']}',ChildCount=2)")
    assert (by_key["Activity"], by_key["Error"]) == ("Call", "It broke.")


def test_what_hangs_on_a_log_knows_the_way_back(tenant: ApiTenant) -> None:
    """A custom header and an adapter attribute link to their log."""
    header = _read(tenant, "MessageProcessingLogs('M2')/CustomHeaderProperties", "$expand=Log")["results"][0]
    assert header["Log"]["MessageGuid"] == "M2"
    attribute = _read(tenant, "MessageProcessingLogs('M2')/AdapterAttributes")["results"][0]
    log = _read(tenant, f"MessageProcessingLogAdapterAttributes('{attribute['Id']}')/MessageProcessingLog")
    assert log["MessageGuid"] == "M2"


def test_parts_cannot_be_listed_by_themselves(tenant: ApiTenant) -> None:
    """500, as observed (wire-facts 5.1)."""
    refused = tenant.ask("MessageProcessingLogAttachments")
    assert refused.status == 500
    assert refused.json()["error"]["message"]["value"] == (
        "Only retrievable via navigation from MessageProcessingLogs entity"
    )


def test_deployed_flows_are_listed(tenant: ApiTenant) -> None:
    """All flows are deployed and started."""
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
    identifier = "Product_Details$endpointAddress=products/details"
    endpoint = tenant.ask(f"ServiceEndpoints('{identifier}')", "$expand=EntryPoints,ApiDefinitions").json()[
        "d"
    ]
    assert (endpoint["Name"], endpoint["Protocol"]) == ("Product_Details", "REST")
    (entry_point,) = endpoint["EntryPoints"]["results"]
    assert (entry_point["Url"], entry_point["Type"]) == ("https://r/http/products/details", "PROD")
    assert endpoint["ApiDefinitions"]["results"] == []


def test_soap_endpoint_has_a_definition(tenant: ApiTenant) -> None:
    """The definition is the WSDL."""
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
