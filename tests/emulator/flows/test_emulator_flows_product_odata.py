"""The flow behind an OData sender."""

from __future__ import annotations

import threading

import pytest
import requests

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.message import Message
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver
from pytest_iflow.emulator.flows.product_odata import read_products
from tests.emulator.emulator_process import Emulator

ROOT = "/gw/odata/SAP/PRODUCTS"


def _get(emulator: Emulator, resource: str, accept: str = "application/json") -> requests.Response:
    headers = {"Authorization": f"Bearer {emulator.token()}", "Accept": accept}
    return emulator.request("GET", f"{emulator.runtime}{ROOT}{resource}", headers=headers)


def test_query_passes_through(emulator: Emulator) -> None:
    """Filter, selection and format; links lead to the flow and not to the service behind it."""
    answer = _get(emulator, "/Products?$filter=ProductId eq 'HT-1080'&$select=ProductId,Price")
    (product,) = answer.json()["d"]["results"]
    assert (product["ProductId"], product["Price"]) == ("HT-1080", "51.000")
    assert product["__metadata"]["uri"] == f"{emulator.runtime}{ROOT}/Products('HT-1080')"


def test_entity_is_read_by_its_key_as_atom(emulator: Emulator) -> None:
    """The default of OData V2."""
    answer = _get(emulator, "/Products('HT-1080')", accept="*/*")
    assert answer.status_code == 200
    assert "<d:ProductId>HT-1080</d:ProductId>" in answer.text


@pytest.mark.parametrize(
    ("resource", "status"), [("/Nothing", 404), ("/Products?$filter=ö", 400), ("/Products('ü x')", 404)]
)
def test_refusals_pass_through(emulator: Emulator, resource: str, status: int) -> None:
    """The message itself is processed well."""
    answer = _get(emulator, resource)
    assert answer.status_code == status
    assert "error" in answer.json()


def test_service_that_is_down_fails_the_message() -> None:
    """There is no answer to pass on."""
    nobody = Surroundings(ODataReceiver("http://127.0.0.1:1/s.svc", timeout=5), threading.Event())
    with pytest.raises(FlowFailureError, match="CamelExecutionException: ConnectionRefusedError"):
        read_products(Message("GET", {}, {}, b"", "Products"), nobody)
