"""The catalogue of products."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from pytest_iflow.emulator.products.catalogue import PROPERTIES, Catalogue, Selection


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    """A catalogue of its own for each test."""
    with contextlib.closing(Catalogue()) as opened:
        yield opened


def test_catalogue_holds_the_106_products(catalogue: Catalogue) -> None:
    """The lowest id is AD-1000 (wire-facts 1.4)."""
    rows = catalogue.select(Selection([PROPERTIES["ProductId"]]))
    assert len(rows) == 106
    assert rows[0] == {"ProductId": "AD-1000"}


def test_product_as_sap_prints_it(catalogue: Catalogue) -> None:
    """HT-1080 has the values of wire-facts 1.2, with the scale that decimals have today."""
    (product,) = catalogue.select(Selection(list(PROPERTIES.values()), "ProductId = ?", ("HT-1080",)))
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


def test_no_value_is_empty_or_padded(catalogue: Catalogue) -> None:
    """Every product has every property."""
    values = [
        value for row in catalogue.select(Selection(list(PROPERTIES.values()))) for value in row.values()
    ]
    assert all(value and value == value.strip() for value in values)


def test_suppliers_take_turns(catalogue: Catalogue) -> None:
    """Ten suppliers share the products evenly, and HT-1081 is the recorded one's."""
    rows = catalogue.select(Selection([PROPERTIES["ProductId"], PROPERTIES["SupplierId"]]))
    suppliers = {row["ProductId"]: row["SupplierId"] for row in rows}
    assert suppliers["HT-1081"] == "100000049"
    assert len(set(suppliers.values())) == 10


def test_selection_is_ordered_and_cut(catalogue: Catalogue) -> None:
    """The three most expensive but the first."""
    wanted = Selection([PROPERTIES["ProductId"]], order_by="Price desc", limit=2, offset=1)
    assert catalogue.select(wanted) == [{"ProductId": "HT-1501"}, {"ProductId": "HT-1500"}]
