"""zeep, a SOAP client that others wrote, calls the SOAP flow from nothing but its WSDL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.emulator.emulator_process import TIMEOUT, Emulator

zeep = pytest.importorskip("zeep", reason="zeep is not installed: pip install zeep")

SERVICE = "ProductService"


@contextmanager
def _client(emulator: Emulator, address: str) -> Iterator[Any]:
    """A client of a WSDL, over TLS with Basic."""
    key = emulator.key()
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(emulator.ca)
        session.auth = (key["clientid"], key["clientsecret"])
        transport = zeep.Transport(session=session, timeout=TIMEOUT, operation_timeout=TIMEOUT)
        yield zeep.Client(f"{emulator.runtime}/cxf/{address}?wsdl", transport=transport)


@pytest.fixture(params=["ProductPort11", "ProductPort12"])
def port(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Any]:
    """The service as zeep sees it, once for each version of SOAP."""
    with _client(emulator, "products") as client:
        yield client.bind(SERVICE, request.param)


def test_zeep_gets_a_product(port: Any) -> None:
    """With the types of the schema."""
    product = port.GetProduct(ProductId="HT-1080")
    assert (product.ProductId, product.Name, product.Price) == ("HT-1080", "Photo Scan", Decimal("51.000"))


def test_zeep_reads_the_declared_fault(port: Any) -> None:
    """Its reason, and the element in its detail."""
    with pytest.raises(zeep.exceptions.Fault) as caught:
        port.GetProduct(ProductId="XX-0000")
    assert caught.value.message == "There is no such product."
    assert caught.value.detail.findtext(".//{urn:local-tenant:products}ProductId") == "XX-0000"


def test_zeep_reads_the_fault_of_a_message_that_failed(port: Any) -> None:
    """It names the message."""
    with pytest.raises(zeep.exceptions.Fault, match="The MPL ID for the failed message is : AG"):
        port.GetProduct(ProductId="")


def test_zeep_sends_a_one_way_message(emulator: Emulator) -> None:
    """It is answered with 202, which is no reply and no fault."""
    with _client(emulator, "purchase-orders") as client:
        assert client.service.PlaceOrder(orderId="4711") is None
