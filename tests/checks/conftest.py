"""A product in the form that the web shop's flow answers with (wire-facts 1.2), figures free to choose."""

from __future__ import annotations

from collections.abc import Callable

import pytest

ProductsXml = Callable[..., bytes]

_ELEMENTS = {
    "WeightUnit": "KG",
    "CategoryName": "Scanners",
    "DimensionHeight": "0.05",
    "DimensionUnit": "m",
    "CurrencyCode": "EUR",
    "ProductId": "HT-1080",
    "ShortDescription": "Scans photos & more",
    "Name": "Photo Scan",
    "Category": "Scanners",
    "LongDescription": "Scans photos & more",
    "QuantityUnit": "EA",
    "Weight": "2.3",
    "DimensionWidth": "0.34",
    "Price": "51.0",
    "PictureUrl": "HT-1080.jpg",
    "DimensionDepth": "0.48",
    "SupplierId": "100000041",
}


@pytest.fixture
def products_xml() -> ProductsXml:
    """Write an answer with one product for each given set of changes; None leaves an element out."""

    def write(*changes: dict[str, str | None]) -> bytes:
        products = []
        for change in changes or ({},):
            elements = {**_ELEMENTS, **change}.items()
            lines = [
                f"<{name}>{text.replace('&', '&amp;')}</{name}>"
                for name, text in elements
                if text is not None
            ]
            products.append("<Product>\n      " + "\n      ".join(lines) + "\n    </Product>")
        body = "\n    ".join(products)
        return f"<?xml version='1.0' encoding='UTF-8'?>\n<Products>\n    {body}\n</Products>".encode()

    return write
