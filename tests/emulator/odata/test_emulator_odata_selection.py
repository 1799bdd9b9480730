"""$select and $expand."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.selection import shape
from tests.emulator.odata.bookshop import MODEL

BOOKS = MODEL.set("Books")


def test_selected_names_come_in_their_order() -> None:
    """Properties, and ways to others; key and complex parts are read beside them."""
    made = shape(MODEL, BOOKS, "Title, Place,Loan", None)
    assert (made.properties, made.deferred, made.expanded) == (["Title", "Place"], ["Loan"], {})
    assert made.columns() == ["Id", "Title", "Place/Shelf", "Place/Row"]


@pytest.mark.parametrize("select", [None, "", "*", "Title,*"])
def test_star_and_nothing_select_all(select: str | None) -> None:
    """Properties and links."""
    made = shape(MODEL, BOOKS, select, None)
    assert len(made.properties) == len(BOOKS.type.properties)
    assert made.deferred == ["Shelf", "Loan"]


def test_expanded_is_shown_within_and_narrowed_by_its_path() -> None:
    """Two levels; what is expanded need not be selected."""
    made = shape(MODEL, BOOKS, "Title,Shelf/Name", "Shelf/Books,Loan,Shelf")
    assert list(made.expanded) == ["Shelf", "Loan"]
    assert made.expanded["Shelf"].properties == ["Name"]
    assert list(made.expanded["Shelf"].expanded) == ["Books"]
    assert made.expanded["Loan"].properties == ["BookId", "Reader"]
    assert made.columns() == ["Id", "Title", "Place/Shelf"]


def test_expanded_and_selected_as_a_whole_stays_whole() -> None:
    """The name alone, or with a star, narrows nothing."""
    made = shape(MODEL, BOOKS, "Shelf,Shelf/Name,Loan/*", "Shelf,Loan")
    assert made.expanded["Shelf"].properties == ["Name", "Floor"]
    assert made.expanded["Loan"].properties == ["BookId", "Reader"]


@pytest.mark.parametrize(("select", "expand"), [("Nothing", None), ("Loan/Nothing", "Loan"), (None, "Title")])
def test_unknown_name_is_refused(select: str | None, expand: str | None) -> None:
    """At every level."""
    with pytest.raises(ODataError) as refused:
        shape(MODEL, BOOKS, select, expand)
    assert refused.value.status == 400
