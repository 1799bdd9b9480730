"""SAP's own pyodata reads the metadata and queries message logs and products."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.emulator.deployment_tools import PACKAGE, bearer, create_package
from tests.emulator.emulator_process import Emulator
from tests.emulator.uploaded_flow import in_base64, uploaded_flow
from tests.engine_flows import bundle_files, cells, end, row, start
from tests.exported_bundles import IFLW, step

pyodata = pytest.importorskip("pyodata", reason="pyodata is not installed; pip install pyodata")

# Where the OData sender of the local tenant passes the product service on.
PRODUCTS = "/gw/odata/SAP/PRODUCTS"
ORDERS = "/gw/odata/SAP/ORDERS;v=1"


def _session(emulator: Emulator, key: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = str(emulator.ca)
    session.headers["Authorization"] = f"Bearer {emulator.token(key)}"
    return session


@pytest.fixture
def api(emulator: Emulator) -> Iterator[Any]:
    """A client of the API."""
    with _session(emulator, "api") as session:
        yield pyodata.Client(f"{emulator.api}/api/v1", session)


@pytest.fixture
def products(emulator: Emulator) -> Iterator[Any]:
    """A client of the product service."""
    with _session(emulator, "integration-flow") as session:
        yield pyodata.Client(f"{emulator.runtime}{PRODUCTS}", session)


@pytest.fixture
def orders(emulator: Emulator) -> Iterator[Any]:
    """A client of the order service, with a CSRF token in its session."""
    with _session(emulator, "integration-flow") as session:
        root = f"{emulator.runtime}{ORDERS}"
        fetched = session.get(f"{root}/", headers={"X-CSRF-Token": "Fetch"})
        session.headers["X-CSRF-Token"] = fetched.headers["X-CSRF-Token"]
        yield pyodata.Client(root, session)


def test_metadata_of_the_api_is_understood(api: Any) -> None:
    """Types, keys, complex types, navigations and functions."""
    log = api.schema.entity_type("MessageProcessingLog")
    assert [key.name for key in log.key_proprties] == ["MessageGuid"]
    assert log.proprty("LogStart").typ.name == "Edm.DateTime"
    assert (
        log.nav_proprty("ErrorInformation").to_role.entity_type_name == "MessageProcessingLogErrorInformation"
    )
    assert {each.name for each in api.schema.entity_sets} >= {"MessageProcessingLogs", "ServiceEndpoints"}
    assert api.schema.function_import("DeployIntegrationDesigntimeArtifact").http_method == "POST"


def test_message_log_is_queried(api: Any, emulator: Emulator) -> None:
    """Filtered by SAP's own query, with select, order and top; $expand is for one log only."""
    failed = emulator.call("/products/details")
    assert failed.status_code == 500
    query = api.entity_sets.MessageProcessingLogs.get_entities()
    query = query.filter("IntegrationArtifact/Id eq 'Product_Details' and Status ne 'DISCARDED'")
    (log,) = query.order_by("LogEnd desc").top(1).select("MessageGuid,Status,LogStart").execute()
    assert log.Status == "FAILED"
    assert log.LogStart.year >= 2000
    assert log.MessageGuid in failed.text
    one = api.entity_sets.MessageProcessingLogs.get_entity(log.MessageGuid)
    assert one.expand("ErrorInformation").execute().ErrorInformation.Type == "text/plain"


def test_message_log_is_read_by_its_key(api: Any, emulator: Emulator) -> None:
    """And the entities that navigation leads to."""
    guid = emulator.call("/echo").headers["sap_messageprocessinglogid"]
    log = api.entity_sets.MessageProcessingLogs.get_entity(guid).execute()
    assert log.IntegrationArtifact["Id"] == "Echo"
    runs = log.nav("Runs").get_entities().execute()
    assert [run.OverallState for run in runs] == ["COMPLETED"]


def test_message_logs_are_counted(api: Any, emulator: Emulator) -> None:
    """By their own resource and along with a list."""
    emulator.call("/echo")
    logs = api.entity_sets.MessageProcessingLogs
    assert logs.get_entities().count().execute() >= 1
    assert logs.get_entities().count(inline=True).top(1).execute().total_count >= 1


def test_metadata_of_the_product_service_is_understood(products: Any) -> None:
    """Decimals with their scale."""
    price = products.schema.entity_type("Product").proprty("Price")
    assert (price.typ.name, price.scale) == ("Edm.Decimal", 3)


def test_products_are_queried(products: Any) -> None:
    """The query of SAP's own test (wire-facts 1.4), then filter, select, order and top."""
    (found,) = products.entity_sets.Products.get_entities().filter("Price eq 1430").execute()
    assert found.ProductId == "HT-1037"
    query = products.entity_sets.Products.get_entities().filter("substringof('scan',tolower(Name))")
    cheapest = query.select("ProductId,Price").order_by("Price").top(2).execute()
    first, second = cheapest
    assert (first.ProductId, first.Price <= second.Price) == ("HT-1080", True)


def test_order_is_created_changed_and_deleted(orders: Any) -> None:
    """POST, PATCH, PUT and DELETE with the token of the session."""
    sets = orders.entity_sets.Orders
    created = sets.create_entity().set(OrderId="py", Customer="Ada", Amount="12.50").execute()
    assert (created.OrderId, str(created.Amount)) == ("py", "12.50")
    for method in ("PATCH", "PUT"):
        sets.update_entity("py", method=method).set(Customer=method).execute()
        assert sets.get_entity("py").execute().Customer == method
    sets.delete_entity("py").execute()
    with pytest.raises(pyodata.exceptions.HttpError) as caught:
        sets.get_entity("py").execute()
    assert caught.value.response.status_code == 404


def test_batch_is_answered_part_by_part(orders: Any) -> None:
    """A query, and a change set with a create and a delete."""
    sets = orders.entity_sets.Orders
    batch, changes = orders.create_batch(), orders.create_changeset()
    batch.add_request(sets.get_entities().filter("Currency eq 'EUR'").top(1))
    changes.add_request(sets.create_entity().set(OrderId="pybatch", Customer="Ada"))
    changes.add_request(sets.delete_entity("pybatch"))
    batch.add_request(changes)
    found, (created, deleted) = batch.execute()
    assert [order.Currency for order in found] == ["EUR"]
    assert (created.OrderId, deleted) == ("pybatch", None)


def test_what_a_flow_keeps_is_read_and_credentials_are(api: Any, emulator: Emulator) -> None:
    """An uploaded flow writes an entry of a data store and a variable; both are read, and then deleted."""
    keeps = bundle_files(
        row(
            [
                start(),
                step("store", "store", "DBstorage", "put", operation="put", storageName="Judged"),
                step("write", "write", "Variables", variable=cells(("seen", "", "constant", "yes", "local"))),
                end(),
            ]
        ),
        address="/kept",
    )
    tool = bearer(emulator)
    assert create_package(tool).status_code == 201
    content = in_base64(uploaded_flow("Keeps", "/kept", model=keeps[IFLW]))
    sent = {"Name": "Keeps", "Id": "Keeps", "PackageId": PACKAGE, "ArtifactContent": content}
    assert tool.send("POST", "IntegrationDesigntimeArtifacts", sent).status_code == 201
    assert tool.send("POST", "DeployIntegrationDesigntimeArtifact?Id='Keeps'&Version='active'").ok
    assert emulator.call("/kept", "order 7").status_code == 200
    (entry,) = api.entity_sets.DataStoreEntries.get_entities().execute()
    assert (entry.DataStoreName, entry.IntegrationFlow, entry.Status) == ("Judged", "Keeps", "Waiting")
    store = api.entity_sets.DataStores.get_entity(DataStoreName="Judged", IntegrationFlow="Keeps", Type="")
    assert store.execute().NumberOfMessages == 1
    (variable,) = api.entity_sets.Variables.get_entities().execute()
    assert (variable.VariableName, variable.RetainUntil > variable.UpdatedAt) == ("seen", True)
    assert tool.send("DELETE", "Variables(VariableName='seen',IntegrationFlow='Keeps')").status_code == 202
    place = "DataStores(DataStoreName='Judged',IntegrationFlow='Keeps',Type='')"
    assert tool.send("DELETE", place).status_code == 202
    assert api.entity_sets.DataStores.get_entities().execute() == []
    assert tool.send("POST", "UserCredentials", {"Name": "py", "Kind": "default"}).status_code == 202
    credential = api.entity_sets.UserCredentials.get_entity("py").execute()
    assert (credential.Kind, credential.SecurityArtifactDescriptor["Status"]) == ("default", "DEPLOYED")
    (sap,) = api.entity_sets.KeystoreEntries.get_entities().execute()
    assert (sap.Owner, sap.ValidNotAfter > sap.ValidNotBefore) == ("SAP", True)
    chain = api.entity_sets.KeystoreEntries.get_entity(sap.Hexalias).nav("ChainCertificates").get_entities()
    assert [(each.Index, each.SubjectDN) for each in chain.execute()] == [(0, sap.SubjectDN)]
