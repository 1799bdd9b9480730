"""Paths to properties."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata.edm import EdmType
from pytest_iflow.emulator.odata.property_path import PropertyPaths
from tests.emulator.odata.bookshop import MODEL

PATHS = PropertyPaths(MODEL, MODEL.set("Books"))


def test_own_property_is_a_column() -> None:
    """Also within a complex one."""
    found = PATHS.find("Place/Row")
    assert found is not None
    assert (found[0].text, found[1]) == ('"s"."Place/Row"', EdmType.INT32)


def test_property_of_one_other_entity_is_looked_up() -> None:
    """By the columns that link them."""
    found = PATHS.find("Loan/Reader")
    assert found is not None
    assert found[0].text == (
        '(SELECT "sLoan"."Reader" FROM "Loans" AS "sLoan" WHERE "sLoan"."BookId" = "s"."Id")'
    )


@pytest.mark.parametrize("path", ["", "Nothing", "Place", "Loan", "Loan/Nothing", "Shelf/Books/Id", "Id/x"])
def test_other_paths_lead_nowhere(path: str) -> None:
    """Unknown, not simple, or through many."""
    assert PATHS.find(path) is None
