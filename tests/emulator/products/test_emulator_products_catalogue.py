"""The catalogue of products."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_iflow.emulator.odata.service import ODataService
from pytest_iflow.emulator.products.catalogue import MODEL, catalogue


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
