"""The engine as a whole."""

from __future__ import annotations

import json
import threading
from http import HTTPStatus

import pytest

from pytest_iflow.emulator.odata.service import ODataService
from tests.emulator.odata.bookshop import MODEL, ROOT, body, database, ids, read, service

JSON = "application/json"


@pytest.mark.parametrize(
    ("path", "accept", "status", "content"),
    [
        ("Books/$count", JSON, 200, b"3"),
        ("Books('b1')/$value", "*/*", 200, b"text of b1"),
        ("Books('b1')/Title/$value", JSON, 200, b"Ada's Walk"),
        ("Books('b1')/InPrint/$value", JSON, 200, b"true"),
        ("Books('b1')/Loan", JSON, 204, b""),
        ("Books('b2')/Shelf/Name/$value", JSON, 200, b"A"),
    ],
)
def test_plain_answers(path: str, accept: str, status: int, content: bytes) -> None:
    """Counts, contents and raw values; 204 where a navigation ends at nothing."""
    answered = service().read(path, {}, accept)
    assert (answered.status, body(answered)) == (status, content)


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("Books('b9')", 404, "Requested entity could not be found."),
        ("Books('b9')/$value", 404, "Requested entity could not be found."),
        ("Books('b1')/$value", 406, "The content is not served as JSON."),
        ("Books('b3')/Title/$value", 404, "The property Title has no value."),
        ("Books('b3')/Place/$value", 404, "The property Place has no value."),
        ("Shelves/$count", 501, "no counting"),
        ("Loans", 500, "only from books"),
        ("$batch", 501, "Batch requests are not supported."),
    ],
)
def test_refusals(path: str, status: int, text: str) -> None:
    """Status and text, in JSON for who accepts it."""
    answered = service().read(path, {}, JSON)
    assert answered.status == status
    assert json.loads(body(answered))["error"] == {
        "code": HTTPStatus(status).phrase,
        "message": {"lang": "en", "value": text},
    }


def test_errors_are_xml_by_default() -> None:
    """Whatever is wrong (wire-facts 5.1)."""
    answered = service().read("Nothing", {}, "*/*")
    assert answered.headers[0] == ("content-type", "application/xml;charset=utf-8")
    assert b"<code>Not Found</code>" in body(answered)


def test_format_outweighs_accept() -> None:
    """This holds for JSON and for XML."""
    assert body(service().read("Books", {"$format": "json"}, "*/*")).startswith(b"{")
    assert body(service().read("Books", {"$format": "atom"}, JSON)).startswith(b"<?xml")


@pytest.mark.parametrize(
    ("accept", "status", "kind"),
    [
        ("text/csv", 406, "application/xml"),
        ("application/zip, image/*", 406, "application/xml"),
        ("text/html, application/json;q=0", 406, "application/xml"),
        ("text/html, */*;q=0.8", 200, "application/xml"),
        ("", 200, "application/xml"),
        ("application/json;odata=verbose", 200, "application/json"),
        ("application/json;q=0.2, application/xml", 200, "application/xml"),
        ("application/xml;q=0.2, application/json", 200, "application/json"),
    ],
)
def test_best_type_that_is_accepted_is_served(accept: str, status: int, kind: str) -> None:
    """And nothing else; a content is what it is, whatever is accepted."""
    answered = service().read("Books", {}, accept)
    assert (answered.status, dict(answered.headers)["content-type"].partition(";")[0]) == (status, kind)
    assert service().read("Books/$count", {}, accept).status == 200


def test_format_that_does_not_exist_is_refused_in_the_one_that_is_accepted() -> None:
    """400 in JSON, 400 in XML."""
    for accept, start in ((JSON, b'{"error"'), ("*/*", b"<?xml")):
        refused = service().read("Books", {"$format": "csv"}, accept)
        assert refused.status == 400
        assert body(refused).startswith(start)


def test_order_skip_and_top() -> None:
    """Ties are resolved by the key; a path may be ordered by."""
    assert ids(orderby="Price desc", top="2") == ["b3", "b2"]
    assert ids(orderby="Loan/Reader desc,Id", skip="1") == ["b1", "b3"]


def test_lists_behind_a_navigation_ignore_what_the_model_says() -> None:
    """The option $skip has no effect there; filters have."""
    assert ids("Shelves(Name='A',Floor=0)/Books", skip="1", filter="Pages gt 10") == ["b1", "b2"]


def test_a_key_may_stand_for_whatever_there_is() -> None:
    """The version "active" does."""
    assert read("Shelves(Name='any',Floor=1)")["Name"] == "B"


def test_link_to_the_next_page_keeps_the_options() -> None:
    """Following it gives what is left, until there is no link."""
    connection = database()
    row = "'&', 1, 1, 1, 1, 1, 'A', 1"
    connection.executemany(
        f"INSERT INTO book VALUES (?, {row})",  # noqa: S608 - the text above
        [(f"n{number:04}",) for number in range(1500)],
    )
    books = ODataService(ROOT, MODEL, connection, threading.RLock())
    options = {"$filter": "Title eq '&'", "$select": "Id"}
    first = json.loads(body(books.read("Books", options, JSON)))["d"]
    assert first["__next"] == (f"{ROOT}/Books?$filter=Title%20eq%20%27%26%27&$select=Id&$skiptoken=1000")
    rest = json.loads(body(books.read("Books", options | {"$skiptoken": "1000"}, JSON)))["d"]
    assert len(rest["results"]) == 500
    assert rest["results"][0]["Id"] == "n1000"
    assert "__next" not in rest
    in_atom = body(books.read("Books", options, "*/*"))
    assert b'<link rel="next" href="' in in_atom


def test_metadata_is_xml_for_everyone() -> None:
    """A caller that asks for JSON gets XML, too."""
    assert b"<edmx:Edmx" in body(service().read("$metadata", {}, JSON))
