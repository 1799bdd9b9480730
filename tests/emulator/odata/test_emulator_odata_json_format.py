"""Verbose JSON."""

from __future__ import annotations

from tests.emulator.odata.bookshop import ROOT, read

METADATA = {
    "id": f"{ROOT}/Books('b2')",
    "uri": f"{ROOT}/Books('b2')",
    "type": "shop.Book",
    "content_type": "application/octet-stream",
    "media_src": f"{ROOT}/Books('b2')/$value",
}


def test_entry_with_every_type() -> None:
    """Exact numbers as strings, times as /Date(ms)/, complex within, links deferred."""
    assert read("Books('b2')") == {
        "__metadata": METADATA,
        "Id": "b2",
        "Title": "Bridges",
        "Price": "20.00",
        "Pages": 300,
        "Sold": "5",
        "InPrint": False,
        "Published": "/Date(1411430400001)/",
        "Place": {"__metadata": {"type": "shop.Place"}, "Shelf": "A", "Row": 2},
        "Shelf": {"__deferred": {"uri": f"{ROOT}/Books('b2')/Shelf"}},
        "Loan": {"__deferred": {"uri": f"{ROOT}/Books('b2')/Loan"}},
    }


def test_feed_with_count() -> None:
    """The count is a string (wire-facts 5.1)."""
    feed = read("Books", inlinecount="allpages", top="1", select="Id", filter="Pages gt 100")
    assert feed["__count"] == "2"
    assert [list(book) for book in feed["results"]] == [["__metadata", "Id"]]


def test_expanded_entities_stand_within() -> None:
    """Many under results, one by itself, none as null."""
    shelf = read("Shelves(Name='A',Floor=0)", expand="Books/Loan", select="Name,Books/Id")
    at_home, lent = shelf["Books"]["results"]
    assert (at_home["Id"], at_home["Loan"]) == ("b1", None)
    assert lent["Loan"]["Reader"] == "Kim"


def test_single_property_and_service_document() -> None:
    """Both below d."""
    assert read("Books('b1')/Price") == {"Price": "9.50"}
    assert read("Books('b1')/Place")["Place"]["Shelf"] == "A"
    assert read("") == {"EntitySets": ["Books", "Shelves", "Loans"]}
