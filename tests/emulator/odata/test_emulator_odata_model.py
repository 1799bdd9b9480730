"""The entity model."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.model import Refusal, columns
from tests.emulator.odata.bookshop import BOOK, MODEL


def test_columns_are_the_simple_properties_by_path() -> None:
    """Those of a complex one below its name."""
    assert list(columns(BOOK))[-2:] == ["Place/Shelf", "Place/Row"]


def test_unknown_set_is_told_as_the_tenant_tells_it() -> None:
    """404 (wire-facts 5.1)."""
    with pytest.raises(ODataError, match="or function import for 'X'") as refused:
        MODEL.set("X")
    assert refused.value.status == 404


def test_refusal_becomes_an_error() -> None:
    """With its status and text."""
    error = Refusal(501, "no").error()
    assert (error.status, error.text) == (501, "no")
