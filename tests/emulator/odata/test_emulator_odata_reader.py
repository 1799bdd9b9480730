"""Reading entities, page by page."""

from __future__ import annotations

import sqlite3
import threading

from pytest_iflow.emulator.odata.filter import TRUE, Sql
from pytest_iflow.emulator.odata.model import EntitySet, EntityType, Model, Property
from pytest_iflow.emulator.odata.query_options import read_selection
from pytest_iflow.emulator.odata.reader import PAGE, Content, Page, Reader
from tests.emulator.odata.bookshop import MODEL, ClosedAtLast, reader

NUMBERS = Model("n", (EntitySet("Numbers", EntityType("Number", ("Id",), (Property("Id"),))),))


def _pages(count: int, **options: str) -> Page:
    database = sqlite3.connect(":memory:", factory=ClosedAtLast, check_same_thread=False)
    database.execute("CREATE TABLE Numbers (Id)")
    database.executemany("INSERT INTO Numbers VALUES (?)", [(f"{each:05}",) for each in range(count)])
    wanted = {f"${name}": text for name, text in options.items()}
    numbers = NUMBERS.set("Numbers")
    return Reader(NUMBERS, database, threading.RLock()).page(read_selection(wanted, NUMBERS, numbers, TRUE))


def test_a_page_ends_at_a_thousand() -> None:
    """And says how many have gone out (wire-facts 5.1)."""
    page = _pages(PAGE + 1, inlinecount="allpages")
    assert (len(page.entities), page.count, page.delivered) == (PAGE, PAGE + 1, PAGE)


def test_exactly_a_thousand_are_the_last_page() -> None:
    """There is no link to another page."""
    page = _pages(PAGE)
    assert (len(page.entities), page.count, page.delivered) == (PAGE, None, None)


def test_next_page_goes_on_where_the_last_one_ended() -> None:
    """Also behind $skip, and $top counts over all pages."""
    page = _pages(3000, skip="10", top="1005", skiptoken="1000")
    assert [entity.values["Id"] for entity in page.entities] == ["01010", "01011", "01012", "01013", "01014"]
    assert page.delivered is None
    assert not _pages(3000, top="5", skiptoken="1000").entities


def test_content_is_bytes_with_a_type() -> None:
    """None where there is no entity."""
    books = MODEL.set("Books")
    assert reader().content(books, Sql('"s"."Id" = ?', ("b1",))) == Content(b"text of b1", "text/plain")
    assert reader().content(books, Sql("0")) is None


def test_expanding_nothing_asks_nothing() -> None:
    """Without entities there is no query for expanded ones."""
    books = MODEL.set("Books")
    assert reader().page(read_selection({"$expand": "Loan"}, MODEL, books, Sql("0"))) == Page([])
