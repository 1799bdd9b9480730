"""Addresses of entities."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata.addresses import entity_path
from pytest_iflow.emulator.odata.edm import Value
from pytest_iflow.emulator.odata.reader import Entity
from pytest_iflow.emulator.odata.selection import shape
from tests.emulator.odata.bookshop import MODEL


@pytest.mark.parametrize(
    ("entity_set", "values", "path"),
    [
        ("Books", {"Id": "a'b c/d"}, "Books('a''b%20c%2Fd')"),
        ("Shelves", {"Name": "A", "Floor": 0}, "Shelves(Name='A',Floor=0)"),
    ],
)
def test_key_is_quoted_in_the_address(entity_set: str, values: dict[str, Value], path: str) -> None:
    """Quotes are doubled, other characters percent-encoded; several parts have their names."""
    assert entity_path(Entity(shape(MODEL, MODEL.set(entity_set), None, None), values, {})) == path
