"""Products in JSON and Atom."""

from __future__ import annotations

import json

from lxml import etree

from pytest_iflow.emulator.odata_error import METADATA_NAMESPACE
from pytest_iflow.emulator.products.representation import (
    ATOM,
    DATA,
    entity_uri,
    entry_as_atom,
    entry_as_json,
    feed_as_atom,
    feed_as_json,
)

SERVICE = "http://h/s.svc"
PRODUCT = {"Name": 'a "b" & ü', "Price": "1.500"}
NAMES = {"a": ATOM, "m": METADATA_NAMESPACE, "d": DATA}
METADATA = {
    "id": "http://h/s.svc/Products('HT-1')",
    "uri": "http://h/s.svc/Products('HT-1')",
    "type": "com.sap.espm.model.Product",
}


def test_feed_in_json() -> None:
    """The envelope d.results, with metadata before the properties."""
    body = json.loads(feed_as_json(SERVICE, [("HT-1", PRODUCT)]))
    assert body == {"d": {"results": [{"__metadata": METADATA, **PRODUCT}]}}


def test_entry_in_json() -> None:
    """One product stands right below d."""
    assert json.loads(entry_as_json(SERVICE, "HT-1", PRODUCT)) == {"d": {"__metadata": METADATA, **PRODUCT}}


def test_feed_in_atom() -> None:
    """An entry for each product, its properties typed where they are no strings."""
    feed = etree.fromstring(feed_as_atom(SERVICE, [("HT-1", PRODUCT), ("HT-2", PRODUCT)]))
    assert feed.xpath("count(/a:feed/a:entry)", namespaces=NAMES) == 2
    properties = "/a:feed/a:entry[1]/a:content/m:properties/"
    assert feed.xpath(f"string({properties}d:Name)", namespaces=NAMES) == PRODUCT["Name"]
    assert feed.xpath(f"string({properties}d:Price/@m:type)", namespaces=NAMES) == "Edm.Decimal"
    assert feed.xpath(f"count({properties}d:Name/@m:type)", namespaces=NAMES) == 0


def test_entry_in_atom() -> None:
    """Its id is its address."""
    entry = etree.fromstring(entry_as_atom(SERVICE, "HT-1", PRODUCT))
    assert entry.xpath("string(/a:entry/a:id)", namespaces=NAMES) == METADATA["id"]


def test_key_is_quoted_in_the_address() -> None:
    """Quotes are doubled, other characters percent-encoded."""
    assert entity_uri(SERVICE, "a'b c/d") == "http://h/s.svc/Products('a''b%20c%2Fd')"
