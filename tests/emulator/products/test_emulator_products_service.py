"""The product service over the wire, on a server of its own in this process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
import requests
from lxml import etree

from pytest_iflow.emulator.odata.atom_format import ATOM
from pytest_iflow.emulator.plane_server import PlaneServer
from pytest_iflow.emulator.products.service import ROOT, ProductService
from pytest_iflow.emulator.sockets import bound


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
    assert (in_json.status_code, in_json.json()["error"]["code"]) == (status, str(status))
    in_xml = _get(f"{service_url}/{resource}", accept="*/*")
    assert (in_xml.status_code, etree.fromstring(in_xml.content)[0].text) == (status, str(status))


def test_service_is_read_only(service_url: str) -> None:
    """The flows read, and nobody else is there."""
    assert service_url.endswith(ROOT)
    with requests.Session() as session:
        session.trust_env = False
        assert session.post(f"{service_url}/Products", timeout=10).status_code == 405
