"""Stores, variables, queues, number ranges, security content and traces can be read."""

from __future__ import annotations

import pytest

from tests.emulator.api.api_tenant import ApiTenant

EMPTY = (
    "DataStores",
    "DataStoreEntries",
    "Variables",
    "NumberRanges",
    "UserCredentials",
    "SecureParameters",
    "OAuth2ClientCredentials",
)
LISTED = (*EMPTY, "JmsBrokers", "KeystoreEntries")


@pytest.mark.parametrize("name", LISTED)
def test_list_is_read_and_takes_no_options(tenant: ApiTenant, name: str) -> None:
    """``$top`` is a 501 in the words of the tenant (wire-facts 5.1)."""
    results = tenant.ask(name).json()["d"]["results"]
    assert len(results) == (0 if name in EMPTY else 1)
    refused = tenant.ask(name, "$top=1")
    assert refused.status == 501
    assert refused.json()["error"]["message"]["value"] == "The query option $top is not supported."


def test_what_every_tenant_has(tenant: ApiTenant) -> None:
    """Its broker, with exact numbers as strings, and SAP's key pair; the keystore refuses ``$format``."""
    broker = tenant.ask("JmsBrokers('Broker1')").json()["d"]
    assert (broker["Key"], broker["QueueNumber"], broker["IsConsumersHigh"]) == ("Broker1", "0", 0)
    alias = b"sap_cloudintegrationcertificate".hex().upper()
    entry = tenant.ask(f"KeystoreEntries('{alias}')", "$select=Alias,Owner").json()["d"]
    assert (entry["Alias"], entry["Owner"]) == ("sap_cloudintegrationcertificate", "SAP")
    assert tenant.ask("KeystoreEntries", "$format=json").status == 400


def test_traces_are_reached_by_steps_only(tenant: ApiTenant) -> None:
    """A message that was not traced has none."""
    steps = tenant.ask("MessageProcessingLogs('M2')/Runs", "$expand=RunSteps").json()["d"]["results"]
    step = steps[0]["RunSteps"]["results"][0]
    uri = step["TraceMessages"]["__deferred"]["uri"].partition("/api/v1/")[2]
    assert tenant.ask(uri).json()["d"]["results"] == []
    assert tenant.ask("TraceMessages").status == 501
    assert tenant.ask("TraceMessages(104L)/$value").status == 404


@pytest.mark.parametrize("name", ["DataStores", "JmsBrokers", "Variables"])
def test_stores_need_a_role_of_their_own(tenant: ApiTenant, name: str) -> None:
    """A client that reads monitoring data has no part in them (wire-facts 5.4)."""
    assert tenant.ask(name, key_file="api-read-only.json").status == 403
    assert tenant.ask("UserCredentials", key_file="api-read-only.json").status == 200


def test_custom_headers_are_a_set_with_a_way_to_their_log(tenant: ApiTenant) -> None:
    """As SAP documents it for who does not know which there are; two orders are taken and no others."""
    name = "MessageProcessingLogCustomHeaderProperties"
    listed = tenant.ask(name, "$orderby=Name,Value").json()["d"]["results"]
    assert [(each["Name"], each["Value"]) for each in listed] == [("po", "1"), ("po", "2"), ("region", "EU")]
    (found,) = tenant.ask(name, "$filter=Name eq 'po' and Value eq '2'").json()["d"]["results"]
    log = tenant.ask(f"{name}('{found['Id']}')/Log").json()["d"]
    assert log["MessageGuid"] == "M2"
    (expanded,) = tenant.ask(name, "$filter=Value eq '2'&$expand=Log").json()["d"]["results"]
    assert expanded["Log"]["MessageGuid"] == "M2"
    assert tenant.ask(name, "$orderby=Value").status == 501
