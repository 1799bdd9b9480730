"""System query options."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.query_options import checked, selection
from pytest_iflow.emulator.odata.sql import TRUE, Sql
from tests.emulator.odata.bookshop import MODEL

BOOKS = MODEL.set("Books")


def test_no_options_select_everything_by_key() -> None:
    """All properties, all rows."""
    made = selection({}, MODEL, BOOKS, TRUE)
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
    made = selection(options, MODEL, BOOKS, Sql("within"))
    assert made.condition == Sql('(within AND ("s"."Price" > ?))', (5,))
    assert made.order.text == '"s"."Price" , "s"."Title" desc, "s"."Id" desc'
    assert (made.top, made.skip, made.delivered, made.count) == (3, 1, 1000, True)


def test_options_without_effect_are_left_out() -> None:
    """Those that the set ignores; the caller's own stay as they are."""
    shelves = MODEL.set("Shelves")
    assert checked({"$inlinecount": "nonsense", "sap-client": "1"}, shelves) == {"sap-client": "1"}


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
    """Not supported is something else than wrong."""
    with pytest.raises(ODataError) as refused:
        selection(checked(options, BOOKS), MODEL, BOOKS, TRUE)
    assert refused.value.status == status


def test_refused_option_is_answered_as_the_set_says() -> None:
    """Status and text are data of the set."""
    with pytest.raises(ODataError, match="no filter"):
        checked({"$filter": "true"}, MODEL.set("Shelves"))
