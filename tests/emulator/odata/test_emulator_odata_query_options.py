"""Query options as a selection."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata.filter import TRUE, Sql
from pytest_iflow.emulator.odata.model import ODataError
from pytest_iflow.emulator.odata.query_options import check_options, read_selection, read_shape
from tests.emulator.odata.bookshop import MODEL

BOOKS = MODEL.set("Books")


def test_selected_names_come_in_their_order() -> None:
    """Properties and links are shown; the columns of key and complex parts are read, too."""
    made = read_shape(MODEL, BOOKS, "Title, Place,Loan", None)
    assert (made.properties, made.deferred, made.expanded) == (["Title", "Place"], ["Loan"], {})
    assert made.columns() == ["Id", "Title", "Place/Shelf", "Place/Row"]


@pytest.mark.parametrize("select", [None, "", "*", "Title,*"])
def test_star_and_nothing_select_all(select: str | None) -> None:
    """Properties and links."""
    made = read_shape(MODEL, BOOKS, select, None)
    assert len(made.properties) == len(BOOKS.type.properties)
    assert made.deferred == ["Shelf", "Loan"]


def test_expanded_is_shown_within_and_narrowed_by_its_path() -> None:
    """Two levels; what is expanded need not be selected."""
    made = read_shape(MODEL, BOOKS, "Title,Shelf/Name", "Shelf/Books,Loan,Shelf")
    assert list(made.expanded) == ["Shelf", "Loan"]
    assert made.expanded["Shelf"].properties == ["Name"]
    assert list(made.expanded["Shelf"].expanded) == ["Books"]
    assert made.expanded["Loan"].properties == ["BookId", "Reader"]
    assert made.columns() == ["Id", "Title", "Place/Shelf"]


def test_expanded_and_selected_as_a_whole_stays_whole() -> None:
    """The name alone, or with a star, narrows nothing."""
    made = read_shape(MODEL, BOOKS, "Shelf,Shelf/Name,Loan/*", "Shelf,Loan")
    assert made.expanded["Shelf"].properties == ["Name", "Floor"]
    assert made.expanded["Loan"].properties == ["BookId", "Reader"]


@pytest.mark.parametrize(("select", "expand"), [("Nothing", None), ("Loan/Nothing", "Loan"), (None, "Title")])
def test_unknown_name_is_refused(select: str | None, expand: str | None) -> None:
    """It is refused at every level of an expansion."""
    with pytest.raises(ODataError) as refused:
        read_shape(MODEL, BOOKS, select, expand)
    assert refused.value.status == 400


BOOKS = MODEL.set("Books")


def test_no_options_select_everything_by_key() -> None:
    """All properties, all rows."""
    made = read_selection({}, MODEL, BOOKS, TRUE)
    assert (made.condition, made.top, made.skip, made.delivered, made.count) == (TRUE, None, 0, 0, False)
    assert made.order.text == '"s"."Id" , "s"."Id" '
    assert made.shape.properties == [each.name for each in BOOKS.type.properties]


def test_all_options_together() -> None:
    """Each finds its place; the key makes the order complete, in the direction of the last term."""
    options = {
        "$filter": "Price gt 5",
        "$orderby": "Price,Title desc",
        "$top": "3",
        "$skip": "1",
        "$skiptoken": "1000",
        "$inlinecount": "allpages",
    }
    made = read_selection(options, MODEL, BOOKS, Sql("within"))
    assert made.condition == Sql('(within AND ("s"."Price" > ?))', (5,))
    assert made.order.text == '"s"."Price" , "s"."Title" desc, "s"."Id" desc'
    assert (made.top, made.skip, made.delivered, made.count) == (3, 1, 1000, True)


def test_options_without_effect_are_left_out() -> None:
    """Those that the set ignores; the caller's own stay as they are."""
    shelves = MODEL.set("Shelves")
    assert check_options({"$inlinecount": "nonsense", "sap-client": "1"}, shelves) == {"sap-client": "1"}


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"$apply": "x"}, 501),
        ({"$inlinecount": "some"}, 400),
        ({"$format": "yaml"}, 400),
        ({"$filter": "nonsense"}, 400),
        ({"$select": "Nothing"}, 400),
        ({"$expand": "Title"}, 400),
        ({"$orderby": "Nothing"}, 400),
        ({"$orderby": "Price down"}, 400),
        ({"$orderby": "Price; DROP TABLE Books"}, 400),
        ({"$top": "-1"}, 400),
        ({"$top": "²"}, 400),
        ({"$skip": "1" * 30}, 400),
        ({"$skiptoken": "x"}, 400),
    ],
)
def test_option_that_is_unknown_or_malformed(options: dict[str, str], status: int) -> None:
    """An unknown option is a 501, a wrong value a 400."""
    with pytest.raises(ODataError) as refused:
        read_selection(check_options(options, BOOKS), MODEL, BOOKS, TRUE)
    assert refused.value.status == status


def test_refused_option_is_answered_as_the_set_says() -> None:
    """Status and text are data of the set."""
    with pytest.raises(ODataError, match="no filter"):
        check_options({"$filter": "true"}, MODEL.set("Shelves"))
