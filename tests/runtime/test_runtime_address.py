"""Addresses as paths of the runtime."""

from __future__ import annotations

import pytest

from pytest_iflow.runtime.address import runtime_path


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/orders", "/http/orders"),
        ("/http/orders", "/http/orders"),
        ("/cxf/orders", "/cxf/orders"),
        ("/httporders", "/http/httporders"),
        ("", "/http"),
    ],
)
def test_an_address_without_protocol_is_https(address: str, path: str) -> None:
    """The Monitor shows it without."""
    assert runtime_path(address) == path
