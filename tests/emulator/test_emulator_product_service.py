"""The product service."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
import requests
from lxml import etree

from pytest_iflow.emulator.odata.formats import ATOM
from pytest_iflow.emulator.odata.service import ODataService
from pytest_iflow.emulator.plane_server import PlaneServer
from pytest_iflow.emulator.product_service import MODEL, ROOT, ProductService, catalogue
from pytest_iflow.emulator.server import bound


@pytest.fixture
def service() -> Iterator[ODataService]:
    """A service over a catalogue of its own for each test."""
    with contextlib.closing(catalogue()) as opened:
        yield ODataService("http://h", MODEL, opened, contextlib.nullcontext())


def _read(service: ODataService, path: str) -> Any:
    answered = service.read(path, {}, "application/json")
    assert isinstance(answered.body, bytes)
    return json.loads(answered.body)["d"]


def test_catalogue_holds_the_106_products(service: ODataService) -> None:
    """The lowest id is AD-1000 (wire-facts 1.4)."""
    rows = _read(service, "Products")["results"]
    assert len(rows) == 106
    assert rows[0]["ProductId"] == "AD-1000"


def test_product_as_sap_prints_it(service: ODataService) -> None:
    """HT-1080 has the values of wire-facts 1.2, with the scale that decimals have today."""
    product = _read(service, "Products('HT-1080')")
    assert product.pop("__metadata")["type"] == "com.sap.espm.model.Product"
    assert product.pop("ShortDescription") == product.pop("LongDescription") != ""
    assert product == {
        "ProductId": "HT-1080",
        "Name": "Photo Scan",
        "Category": "Scanners",
        "CategoryName": "Scanners",
        "CurrencyCode": "EUR",
        "DimensionDepth": "0.4800",
        "DimensionHeight": "0.0500",
        "DimensionUnit": "m",
        "DimensionWidth": "0.3400",
        "PictureUrl": "HT-1080.jpg",
        "Price": "51.000",
        "QuantityUnit": "EA",
        "SupplierId": "100000041",
        "Weight": "2.300",
        "WeightUnit": "KG",
    }


def test_no_value_is_empty_or_padded(service: ODataService) -> None:
    """Every product has every property."""
    values = [
        value
        for row in _read(service, "Products")["results"]
        for name, value in row.items()
        if name != "__metadata"
    ]
    assert all(value and value == value.strip() for value in values)


def test_suppliers_take_turns(service: ODataService) -> None:
    """Ten suppliers share the products evenly, and HT-1081 is the recorded one's."""
    suppliers = {row["ProductId"]: row["SupplierId"] for row in _read(service, "Products")["results"]}
    assert suppliers["HT-1081"] == "100000049"
    assert len(set(suppliers.values())) == 10


@pytest.fixture(scope="module")
def service_url() -> Iterator[str]:
    """Address of a product service that runs in a thread of this process."""
    with bound(0) as sockets:
        url = sockets.planes().products
        started = threading.Event()
        servers: list[PlaneServer] = []

        async def run() -> None:
            service = ProductService(url)
            server = PlaneServer(service.app(), None)
            running = asyncio.create_task(server.serve([sockets.products]))
            await server.listening.wait()
            servers.append(server)
            started.set()
            await running
            service.close()

        thread = threading.Thread(target=asyncio.run, args=(run(),))
        thread.start()
        started.wait(10)
        yield url
        servers[0].should_exit = True
        thread.join(10)


def _get(url: str, accept: str = "application/json") -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, headers={"Accept": accept}, timeout=10)


def test_price_of_1430_is_one_product(service_url: str) -> None:
    """The query of SAP's own test finds HT-1037 (wire-facts 1.4)."""
    answer = _get(f"{service_url}/Products?$filter=Price eq 1430&$select=ProductId")
    (product,) = answer.json()["d"]["results"]
    assert product.pop("__metadata")["uri"] == f"{service_url}/Products('HT-1037')"
    assert product == {"ProductId": "HT-1037"}
    assert answer.headers["content-type"] == "application/json;charset=utf-8"


def test_selected_properties_come_in_the_order_asked_for(service_url: str) -> None:
    """The key is there only if it was asked for."""
    answer = _get(f"{service_url}/Products?$select=Price,Name&$orderby=Price desc&$top=1")
    (product,) = answer.json()["d"]["results"]
    assert list(product) == ["__metadata", "Price", "Name"]
    assert product["Price"] == "25000.000"


def test_products_are_ordered_and_cut(service_url: str) -> None:
    """The three most expensive but the first."""
    answer = _get(f"{service_url}/Products?$select=ProductId&$orderby=Price desc&$top=2&$skip=1")
    assert [product["ProductId"] for product in answer.json()["d"]["results"]] == ["HT-1501", "HT-1500"]


def test_one_product_by_its_key(service_url: str) -> None:
    """In JSON and in Atom."""
    address = f"{service_url}/Products('HT-2000')"
    assert _get(address).json()["d"]["Price"] == "249.900"
    in_atom = _get(address, accept="*/*")
    assert in_atom.headers["content-type"] == "application/xml;charset=utf-8"
    assert b'<d:Price m:type="Edm.Decimal">249.900</d:Price>' in in_atom.content


def test_format_option_outweighs_the_header(service_url: str) -> None:
    """$format says json or not, whatever Accept says."""
    url = f"{service_url}/Products?$top=1"
    assert _get(f"{url}&$format=json", accept="*/*").json()["d"]["results"]
    assert etree.fromstring(_get(f"{url}&$format=atom").content).tag == f"{{{ATOM}}}feed"


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        ("Products('XX')", 404),
        ("Products('a''b')", 404),
        ("Suppliers", 404),
        ("Products?$filter=Price", 400),
        ("Products?$expand=Supplier", 501),
    ],
)
def test_errors_are_odata_errors(service_url: str, resource: str, status: int) -> None:
    """In the format that was asked for."""
    in_json = _get(f"{service_url}/{resource}")
    assert (in_json.status_code, in_json.json()["error"]["code"]) == (status, HTTPStatus(status).phrase)
    in_xml = _get(f"{service_url}/{resource}", accept="*/*")
    assert (in_xml.status_code, etree.fromstring(in_xml.content)[0].text) == (
        status,
        HTTPStatus(status).phrase,
    )


def test_service_is_read_only(service_url: str) -> None:
    """The flows read, and nobody else is there."""
    assert service_url.endswith(ROOT)
    with requests.Session() as session:
        session.trust_env = False
        assert session.post(f"{service_url}/Products", timeout=10).status_code == 405
