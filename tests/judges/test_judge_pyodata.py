"""SAP's own pyodata reads the metadata and queries message logs and products."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.emulator.emulator_process import Emulator

pyodata = pytest.importorskip("pyodata", reason="pyodata is not installed; pip install pyodata")

# Where the OData sender of the local tenant passes the product service on.
PRODUCTS = "/gw/odata/SAP/PRODUCTS"


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
    """Filtered by SAP's own query, with select, expand, order and top."""
    failed = emulator.call("/products/details")
    assert failed.status_code == 500
    query = api.entity_sets.MessageProcessingLogs.get_entities()
    query = query.filter("IntegrationArtifact/Id eq 'Product_Details' and Status ne 'DISCARDED'")
    query = query.order_by("LogEnd desc").top(1).select("MessageGuid,Status,LogStart,ErrorInformation")
    (log,) = query.expand("ErrorInformation").execute()
    assert log.Status == "FAILED"
    assert log.LogStart.year >= 2000
    assert log.MessageGuid in failed.text
    assert log.ErrorInformation.Type == "text/plain"


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
