"""Products on the wire: verbose JSON and Atom, the two formats of OData V2."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import quote

from lxml import etree

from pytest_iflow.emulator.odata_error import METADATA_NAMESPACE
from pytest_iflow.emulator.products.catalogue import KEY, PROPERTIES

ATOM = "http://www.w3.org/2005/Atom"
DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
SCHEME = "http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"
# Assumed: the metadata document of the service is not on record.
ENTITY_TYPE = "com.sap.espm.model.Product"

Product = dict[str, str]


def entity_uri(service: str, key: str) -> str:
    """Return the address of one product below the service's root."""
    return f"{service}/Products('{quote(key.replace(chr(39), chr(39) * 2), safe=chr(39))}')"


def feed_as_json(service: str, products: list[tuple[str, Product]]) -> bytes:
    """Render products, each with its key: ``{"d":{"results":[…]}}``; decimals are strings."""
    return _json({"results": [_with_metadata(service, key, product) for key, product in products]})


def entry_as_json(service: str, key: str, product: Product) -> bytes:
    """Render one product: ``{"d":{…}}``."""
    return _json(_with_metadata(service, key, product))


def feed_as_atom(service: str, products: list[tuple[str, Product]]) -> bytes:
    """Render products, each with its key, as an Atom feed."""
    feed = etree.Element(_atom("feed"), nsmap={None: ATOM, "m": METADATA_NAMESPACE, "d": DATA})
    _head(feed, f"{service}/Products", "Products")
    feed.extend(_entry(service, key, product) for key, product in products)
    return _xml(feed)


def entry_as_atom(service: str, key: str, product: Product) -> bytes:
    """Render one product as an Atom entry."""
    return _xml(_entry(service, key, product))


def _json(content: object) -> bytes:
    return json.dumps({"d": content}, ensure_ascii=False, separators=(",", ":")).encode()


def _with_metadata(service: str, key: str, product: Product) -> dict[str, object]:
    uri = entity_uri(service, key)
    return {"__metadata": {"id": uri, "uri": uri, "type": ENTITY_TYPE}, **product}


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _head(element: etree._Element, identifier: str, title: str) -> None:
    etree.SubElement(element, _atom("id")).text = identifier
    etree.SubElement(element, _atom("title"), type="text").text = title
    etree.SubElement(element, _atom("updated")).text = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _entry(service: str, key: str, product: Product) -> etree._Element:
    entry = etree.Element(_atom("entry"), nsmap={None: ATOM, "m": METADATA_NAMESPACE, "d": DATA})
    _head(entry, entity_uri(service, key), f"Products('{key}')")
    etree.SubElement(entry, _atom("category"), term=ENTITY_TYPE, scheme=SCHEME)
    content = etree.SubElement(entry, _atom("content"), type="application/xml")
    properties = etree.SubElement(content, f"{{{METADATA_NAMESPACE}}}properties")
    for name, value in product.items():
        element = etree.SubElement(properties, f"{{{DATA}}}{name}")
        element.text = value
        if name != KEY.name and PROPERTIES[name].scale is not None:
            element.set(f"{{{METADATA_NAMESPACE}}}type", "Edm.Decimal")
    return entry


def _xml(element: etree._Element) -> bytes:
    return etree.tostring(element, encoding="utf-8", xml_declaration=True)
