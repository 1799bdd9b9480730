"""Atom."""

from __future__ import annotations

import threading

from lxml import etree

from pytest_iflow.emulator.odata.atom_format import APP, ATOM, DATA, RELATED
from pytest_iflow.emulator.odata.error import METADATA_NAMESPACE
from pytest_iflow.emulator.odata.service import ODataService
from tests.emulator.odata.bookshop import MODEL, ROOT, body, database, service

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


def test_single_property_and_service_document() -> None:
    """One element; one collection for each set."""
    assert _text(_get("Books('b1')/Title"), "/d:Title") == "Ada's Walk"
    assert _text(_get(""), "count(/app:service/app:workspace/app:collection)") == "3"


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    """A log may contain whatever a sender sent."""
    connection = database()
    connection.execute("UPDATE book SET title = ? WHERE id = 'b1'", ("a\x00b\x1fc\td",))
    answered = ODataService(ROOT, MODEL, connection, threading.RLock()).read("Books('b1')", {}, "*/*")
    assert _text(etree.fromstring(body(answered)), "//d:Title") == "a\ufffdb\ufffdc\td"
