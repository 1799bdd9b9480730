"""Tests that do nothing: what pytest itself costs."""

from pathlib import Path

import pytest

PRODUCTS = Path("products.txt").read_text(encoding="utf-8").split()


@pytest.mark.parametrize("product", PRODUCTS)
def test_product(product):
    assert product
