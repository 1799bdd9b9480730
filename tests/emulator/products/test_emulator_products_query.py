"""System query options."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.odata_error import ODataError
from pytest_iflow.emulator.products.catalogue import PROPERTIES, Selection
from pytest_iflow.emulator.products.query import selection


def test_no_options_select_everything_by_key() -> None:
    """All properties, all rows; an option without $ is the caller's own."""
    assert selection({"sap-client": "100"}) == Selection(list(PROPERTIES.values()))


def test_all_options_together() -> None:
    """Each finds its place in the selection; the key makes every order complete."""
    options = {
        "$filter": "Price gt 5",
        "$select": "Name, Price",
        "$orderby": "Price desc,Name",
        "$top": "3",
        "$skip": "1",
        "$format": "json",
    }
    assert selection(options) == Selection(
        [PROPERTIES["Name"], PROPERTIES["Price"]],
        where="(Price > ?)",
        parameters=(5.0,),
        order_by="Price desc, Name , ProductId",
        limit=3,
        offset=1,
    )


def test_star_selects_all() -> None:
    """As without $select."""
    assert selection({"$select": "*"}) == selection({})


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"$inlinecount": "allpages"}, 501),
        ({"$filter": "nonsense"}, 400),
        ({"$select": "Nothing"}, 400),
        ({"$orderby": "Nothing"}, 400),
        ({"$orderby": "Price down"}, 400),
        ({"$orderby": "Price; DROP TABLE Products"}, 400),
        ({"$top": "-1"}, 400),
        ({"$top": "many"}, 400),
        ({"$top": "²"}, 400),
        ({"$skip": "1" * 30}, 400),
    ],
)
def test_option_that_is_unknown_or_malformed(options: dict[str, str], status: int) -> None:
    """Not supported is something else than wrong."""
    with pytest.raises(ODataError) as refused:
        selection(options)
    assert refused.value.status == status
