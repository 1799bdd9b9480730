"""Entities as JSON and as Atom."""

from __future__ import annotations

import threading

import pytest
from lxml import etree

from pytest_iflow.emulator.odata.edm import Value
from pytest_iflow.emulator.odata.formats import APP, ATOM, DATA, RELATED, entity_path
from pytest_iflow.emulator.odata.model import METADATA_NAMESPACE
from pytest_iflow.emulator.odata.query_options import read_shape
from pytest_iflow.emulator.odata.reader import Entity
from pytest_iflow.emulator.odata.service import ODataService
from tests.emulator.odata.bookshop import MODEL, ROOT, body, database, read, service


@pytest.mark.parametrize(
    ("entity_set", "values", "path"),
    [
        ("Books", {"Id": "a'b c/d"}, "Books('a''b%20c%2Fd')"),
        ("Shelves", {"Name": "A", "Floor": 0}, "Shelves(Name='A',Floor=0)"),
    ],
)
def test_key_is_quoted_in_the_address(entity_set: str, values: dict[str, Value], path: str) -> None:
    """Quotes are doubled, other characters percent-encoded; several parts have their names."""
    assert entity_path(Entity(read_shape(MODEL, MODEL.set(entity_set), None, None), values, {})) == path


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


def test_single_property_and_service_document_in_json() -> None:
    """Both below d."""
    assert read("Books('b1')/Price") == {"Price": "9.50"}
    assert read("Books('b1')/Place")["Place"]["Shelf"] == "A"
    assert read("") == {"EntitySets": ["Books", "Shelves", "Loans"]}


NAMES = {"a": ATOM, "m": METADATA_NAMESPACE, "d": DATA, "app": APP}


def _get(path: str, **options: str) -> etree._Element:
    answered = service().read(path, {f"${name}": text for name, text in options.items()}, "*/*")
    assert answered.headers[0] == ("content-type", "application/xml;charset=utf-8")
    return etree.fromstring(body(answered))


def _text(element: etree._Element, path: str) -> str:
    return str(element.xpath(f"string({path})", namespaces=NAMES))


def test_entry_has_typed_properties() -> None:
    """What is no string says its type, null says so, the content of a media entity is a link."""
    entry = _get("Books('b3')")
    properties = "/a:entry/m:properties"
    assert _text(entry, "/a:entry/a:id") == f"{ROOT}/Books('b3')"
    assert _text(entry, "/a:entry/a:content/@src") == f"{ROOT}/Books('b3')/$value"
    assert _text(entry, f"{properties}/d:Price") == "20.00"
    assert _text(entry, f"{properties}/d:Price/@m:type") == "Edm.Decimal"
    assert _text(entry, f"{properties}/d:Id/@m:type") == ""
    assert _text(entry, f"{properties}/d:Title/@m:null") == "true"
    assert _text(entry, f"{properties}/d:Place/d:Row") == "1"
    assert _text(entry, f"{properties}/d:Place/@m:type") == "shop.Place"


def test_feed_has_count_and_entries() -> None:
    """The count among all, the entries of the page; times without a zone."""
    feed = _get("Books", inlinecount="allpages", top="2", select="Published")
    assert _text(feed, "/a:feed/m:count") == "3"
    assert _text(feed, "count(/a:feed/a:entry)") == "2"
    assert _text(feed, "/a:feed/a:entry[2]//d:Published") == "2014-09-23T00:00:00.001"


def test_expanded_entities_stand_in_their_links() -> None:
    """A feed for many, an entry for one, nothing for none."""
    shelf = _get("Shelves(Name='A',Floor=0)", expand="Books/Loan")
    books = f"/a:entry/a:link[@rel='{RELATED}Books']/m:inline/a:feed/a:entry"
    assert _text(shelf, f"count({books})") == "2"
    assert _text(shelf, f"count({books}[1]/a:link[@title='Loan']/m:inline/*)") == "0"
    assert _text(shelf, f"{books}[2]/a:link[@title='Loan']/m:inline/a:entry//d:Reader") == "Kim"
    assert _text(shelf, f"{books}[1]/a:link[@title='Shelf']/@href") == f"{ROOT}/Books('b1')/Shelf"


def test_single_property_and_service_document_in_atom() -> None:
    """One element; one collection for each set."""
    assert _text(_get("Books('b1')/Title"), "/d:Title") == "Ada's Walk"
    assert _text(_get(""), "count(/app:service/app:workspace/app:collection)") == "3"


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    """A log may contain whatever a sender sent."""
    connection = database()
    connection.execute("UPDATE book SET title = ? WHERE id = 'b1'", ("a\x00b\x1fc\td",))
    answered = ODataService(ROOT, MODEL, connection, threading.RLock()).read("Books('b1')", {}, "*/*")
    assert _text(etree.fromstring(body(answered)), "//d:Title") == "a\ufffdb\ufffdc\td"
