"""The orders that OData reads and changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_iflow.emulator.flows.order_store import OrderStore
from pytest_iflow.emulator.odata.service import ODataCall

ROOT = "https://rt/gw/odata/SAP/ORDERS;v=1"
JSON = "application/json"
DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
ATOM = (
    f'<entry xmlns="http://www.w3.org/2005/Atom" xmlns:d="{DATA}" xmlns:m="{DATA}/metadata">'
    '<content type="application/xml"><m:properties><d:OrderId>9</d:OrderId><d:Amount>1.5</d:Amount>'
    '<d:Paid>true</d:Paid><d:Customer m:null="true"/></m:properties></content></entry>'
)


@pytest.fixture
def store() -> OrderStore:
    """The orders of the beginning."""
    return OrderStore()


def ask(
    store: OrderStore, method: str, path: str, body: object = None, accept: str = JSON, kind: str = JSON
) -> tuple[int, Any]:
    """Return the status, and the answer parsed where it is JSON."""
    sent = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
    wire = store.answer(ODataCall(method, path, {}, accept, sent, kind), ROOT).wire
    content = bytes(wire.body)  # type: ignore[arg-type] # no iterable of chunks
    return wire.status, json.loads(content) if content[:1] == b"{" else content.decode()


def order(store: OrderStore, number: str) -> Any:
    """Return an order without its metadata."""
    content = ask(store, "GET", f"Orders('{number}')")[1]["d"]
    return {name: value for name, value in content.items() if name != "__metadata"}


def test_an_order_is_created_changed_replaced_and_deleted(store: OrderStore) -> None:
    """201 with the entity and its address, 204 afterwards; PUT empties what it does not name."""
    call = ODataCall(
        "POST", "Orders", {}, JSON, b'{"OrderId": "O\'1", "Amount": "2.50", "Quantity": 3}', JSON
    )
    answered = store.answer(call, ROOT)
    assert (answered.wire.status, answered.key) == (201, "O'1")
    assert dict(answered.wire.headers)["location"] == f"{ROOT}/Orders('O''1')"
    assert json.loads(bytes(answered.wire.body))["d"]["Amount"] == "2.50"  # type: ignore[arg-type] # the same
    for method in ("PATCH", "MERGE"):
        assert ask(store, method, "Orders('O''1')", {"Customer": method}) == (204, "")
        changed = order(store, "O''1")
        assert (changed["Customer"], changed["Amount"], changed["Quantity"]) == (method, "2.50", 3)
        assert (changed["Currency"], changed["Paid"]) == (None, None)
    assert ask(store, "PUT", "Orders('O''1')", {"Paid": True})[0] == 204
    assert (order(store, "O''1")["Paid"], order(store, "O''1")["Amount"]) == (True, None)
    assert ask(store, "DELETE", "Orders('O''1')")[0] == 204
    assert ask(store, "GET", "Orders('O''1')")[0] == 404


def test_an_entity_may_be_atom(store: OrderStore) -> None:
    """And is answered so, where JSON is not asked for."""
    status, text = ask(store, "POST", "Orders", ATOM, "*/*", "application/atom+xml")
    assert status == 201
    assert '<d:Amount m:type="Edm.Decimal">1.50</d:Amount>' in text
    assert order(store, "9")["Paid"] is True


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("POST", "Orders", "{", 400, "An exception of type 'MalformedJsonException' occurred."),
        ("POST", "Orders", "[]", 400, "The request body is no entity."),
        ("POST", "Orders", {"Amount": 1}, 400, "The key OrderId has no value."),
        ("POST", "Orders", {"OrderId": "4711"}, 409, "An entity with the key '4711' exists already."),
        ("POST", "Orders", {"OrderId": "1", "Colour": "red"}, 400, "Invalid property 'Colour'."),
        ("POST", "Orders", {"OrderId": 1}, 400, "Invalid value for property 'OrderId'."),
        ("POST", "Orders", {"OrderId": "1", "Amount": "much"}, 400, "Invalid value for property 'Amount'."),
        ("POST", "Orders('4711')", {}, 405, "The method POST is not allowed here."),
        ("POST", "Others", {}, 404, "Could not find an entity set or function import for 'Others'."),
        ("PATCH", "Orders", {}, 405, "The method PATCH is not allowed here."),
        ("PATCH", "Orders('1')", {"Amount": 1}, 404, "Requested entity could not be found."),
        ("PATCH", "Orders(1)", {"Amount": 1}, 400, "The key of Orders is a string."),
        ("DELETE", "Orders('1')", None, 404, "Requested entity could not be found."),
        ("DELETE", "Orders('4711')/Amount", None, 501, "Only entities of a set can be changed."),
    ],
)
def test_what_cannot_be_changed_is_an_odata_error(
    store: OrderStore, method: str, path: str, body: object, status: int, text: str
) -> None:
    """In JSON, as the caller accepts."""
    answered, content = ask(store, method, path, body)
    assert (answered, content["error"]["message"]["value"]) == (status, text)


def test_error_is_xml_for_whoever_does_not_accept_json(store: OrderStore) -> None:
    """With code and message."""
    status, text = ask(store, "DELETE", "Orders('1')", accept="*/*")
    assert status == 404
    assert (
        '<code>Not Found</code><message xml:lang="en">Requested entity could not be found.</message>' in text
    )


def test_orders_of_the_beginning_return(store: OrderStore) -> None:
    """When the tenant is reset."""
    ask(store, "DELETE", "Orders('4711')")
    store.clear()
    assert order(store, "4711")["Customer"] == "Jürgen & Söhne"
