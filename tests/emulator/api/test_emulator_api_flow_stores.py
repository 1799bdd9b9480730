"""Data stores, variables and number ranges as steps of flows keep them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from pytest_iflow.iflow_engine.stores import GLOBAL, Entry, Stores
from tests.emulator.api.api_tenant import ApiTenant

STORE = "DataStores(DataStoreName='Orders',IntegrationFlow='Shop',Type='')"
RANGE = {
    "Name": "Invoices",
    "Description": "of the shop",
    "MinValue": "1",
    "MaxValue": "3",
    "CurrentValue": "2",
    "FieldLength": "4",
    "Rotate": "true",
}


@pytest.fixture(autouse=True)
def kept(own: ApiTenant) -> None:
    """The flows of the tenant kept two orders, one of them overdue, a text, and two variables."""
    stores, now = _stores(own), datetime.now(UTC)
    for own_id, created in (("1", now), ("2", now - timedelta(days=3))):
        entry = Entry("Orders", "Shop", own_id, b"\xff" + own_id.encode(), {}, "M1", created, now)
        stores.write(entry, overwrite=False)
    stores.write(Entry("Shared", GLOBAL, "1", "text", {}, "M2", now, now), overwrite=False)
    stores.set_variable("last", "Shop", "7")
    stores.set_variable("all", GLOBAL, "8")


def _stores(tenant: ApiTenant) -> Stores:
    return tenant.landscape.engine.stores()


def _results(tenant: ApiTenant, name: str, query: str = "") -> list[dict[str, str]]:
    found: list[dict[str, str]] = tenant.ask(name, query).json()["d"]["results"]
    return found


def test_data_stores_are_read(own: ApiTenant) -> None:
    """With the numbers of their entries; whose due time passed is overdue, and can be asked for."""
    shop, shared = sorted(_results(own, "DataStores"), key=lambda each: each["DataStoreName"])
    assert (shop["IntegrationFlow"], shop["Visibility"]) == ("Shop", "Integration Flow")
    assert (shop["NumberOfMessages"], shop["NumberOfOverdueMessages"]) == ("2", "1")
    assert (shared["IntegrationFlow"], shared["Visibility"]) == ("", "Global")
    assert [each["DataStoreName"] for each in _results(own, "DataStores", "overdueonly=true")] == ["Orders"]
    entries = _results(own, f"{STORE}/Entries")
    assert [(each["Id"], each["Status"]) for each in entries] == [("1", "Waiting"), ("2", "Overdue")]
    assert [each["Id"] for each in _results(own, f"{STORE}/Entries", "overdueonly=true")] == ["2"]
    assert [each["DataStoreName"] for each in _results(own, "DataStoreEntries", "messageid=M2")] == ["Shared"]
    content = own.ask("DataStoreEntries(Id='2',DataStoreName='Orders',IntegrationFlow='Shop',Type='')/$value")
    assert content.body == b"\xff2"


def test_entries_and_data_stores_are_deleted(own: ApiTenant) -> None:
    """202 each; the flows find them no more. What is not there is a 404."""
    entry = "DataStoreEntries(Id='1',DataStoreName='Orders',IntegrationFlow='Shop',Type='')"
    assert own.change("DELETE", entry).status == 202
    assert own.change("DELETE", entry).status == 404
    assert [each["Id"] for each in _results(own, f"{STORE}/Entries")] == ["2"]
    assert own.change("DELETE", STORE).status == 202
    assert [each.store for each in _stores(own).entries()] == ["Shared"]
    assert own.ask(STORE).status == 404
    assert own.change("POST", "DataStores", b"{}").status == 501


def test_variables_are_read_and_deleted(own: ApiTenant) -> None:
    """Those of a flow, and those of all flows."""
    listed = {each["VariableName"]: each for each in _results(own, "Variables")}
    assert {name: each["Visibility"] for name, each in listed.items()} == {
        "last": "Integration Flow",
        "all": "Global",
    }
    assert own.ask("Variables(VariableName='last',IntegrationFlow='Shop')/$value").body == b"7"
    assert own.change("DELETE", "Variables(VariableName='last',IntegrationFlow='Shop')").status == 202
    assert [each.name for each in _stores(own).variables()] == ["all"]


def test_number_range_is_deployed_counted_changed_and_undeployed(own: ApiTenant) -> None:
    """The current value of the API is the next one that a flow gets (SAP's "Managing Number Ranges")."""
    assert own.change("POST", "NumberRanges", json.dumps(RANGE).encode()).status == 202
    assert [_stores(own).next_number("Invoices") for _ in range(2)] == ["0002", "0003"]
    (found,) = _results(own, "NumberRanges")
    assert found["CurrentValue"] == "0001"
    assert (found["Description"], found["MaxValue"], found["Rotate"]) == ("of the shop", "0003", "true")
    assert found["DeployedOn"].startswith("/Date(")
    assert _stores(own).next_number("Invoices") == "0001"
    changed = RANGE | {"CurrentValue": "3", "Rotate": "false"}
    assert own.change("PUT", "NumberRanges('Invoices')", json.dumps(changed).encode()).status == 202
    assert own.ask("NumberRanges('Invoices')").json()["d"]["CurrentValue"] == "0003"
    assert own.change("DELETE", "NumberRanges('Invoices')").status == 202
    assert _stores(own).ranges() == []
    assert own.ask("NumberRanges('Invoices')").status == 404


@pytest.mark.parametrize(
    ("method", "resource", "change", "status"),
    [
        ("POST", "NumberRanges", {"Name": ""}, 400),
        ("POST", "NumberRanges", {"Name": "x", "MinValue": ""}, 400),
        ("POST", "NumberRanges", {"Name": "x", "MinValue": "-1"}, 400),
        ("POST", "NumberRanges", {"Name": "x", "CurrentValue": "4"}, 400),
        ("POST", "NumberRanges", {"Name": "x", "FieldLength": "15"}, 400),
        ("POST", "NumberRanges", {"Name": "x", "MaxValue": "10000"}, 400),
        ("POST", "NumberRanges", {}, 409),
        ("PUT", "NumberRanges('Invoices')", {"Name": "x"}, 400),
        ("PUT", "NumberRanges('x')", {"Name": "x"}, 404),
        ("PATCH", "NumberRanges('Invoices')", {}, 501),
    ],
)
def test_number_ranges_that_do_not_fit_are_refused(
    own: ApiTenant, method: str, resource: str, change: dict[str, str], status: int
) -> None:
    """Bounds are those of SAP's "Managing Number Ranges"."""
    own.change("POST", "NumberRanges", json.dumps(RANGE).encode())
    assert own.change(method, resource, json.dumps(RANGE | change).encode()).status == status


@pytest.mark.parametrize("resource", [STORE, "NumberRanges('Invoices')"])
def test_who_only_reads_deletes_nothing(own: ApiTenant, resource: str) -> None:
    """The roles are DataStoresAndQueuesDelete and MonitoringArtifactsDeploy (wire-facts 5.4)."""
    assert own.change("DELETE", resource, key_file="api-read-only.json").status == 403
