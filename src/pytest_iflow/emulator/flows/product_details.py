"""The product flows: the details of one product from the OData service, as XML or as JSON.

The chain is the one of the tutorial (wire-facts 1.1): JSON to XML, header from an XPath, OData V2
query. The second flow adds the XML-to-JSON converter.
"""

from __future__ import annotations

from lxml import etree

from pytest_iflow.emulator.flows.converters import json_to_xml, xml_to_json
from pytest_iflow.emulator.flows.message import (
    Flow,
    FlowFailureError,
    Message,
    Reply,
    Surroundings,
)
from pytest_iflow.emulator.flows.odata_receiver import ReceiverError, string_literal

# In the order in which the adapter prints them (wire-facts 1.2).
PROPERTIES = (
    "WeightUnit",
    "CategoryName",
    "DimensionHeight",
    "DimensionUnit",
    "CurrencyCode",
    "ProductId",
    "ShortDescription",
    "Name",
    "Category",
    "LongDescription",
    "QuantityUnit",
    "Weight",
    "DimensionWidth",
    "Price",
    "PictureUrl",
    "DimensionDepth",
    "SupplierId",
)
MISSING_HEADER = "Header/Property value not found for the parameter ${header.productIdentifier}."
ADAPTER_EXCEPTION = "com.sap.it.rt.adapter.http.api.exception.HttpResponseException"


def product_identifier(body: bytes) -> str:
    """Return the header that the content modifier sets: the string value of ``//productIdentifier``.

    By XPath's rules that is the first of several, and the text of whatever stands in it (assumed for
    anything but a string).
    """
    return str(json_to_xml(body).xpath("string(//productIdentifier)"))


def query_products(identifier: str, surroundings: Surroundings) -> etree._Element:
    """Query the products with an id; the answer is ``Products`` with a ``Product`` each, maybe none.

    Raises FlowFailureError: an empty identifier is what is left of a missing one (wire-facts 1.3).
    """
    if not identifier:
        raise FlowFailureError(MISSING_HEADER, ADAPTER_EXCEPTION)
    options = {"$select": ",".join(PROPERTIES), "$filter": f"ProductId eq {string_literal(identifier)}"}
    try:
        entities = surroundings.products.query("Products", options)
    except ReceiverError as error:
        raise FlowFailureError(f"{ADAPTER_EXCEPTION}: {error}") from error
    products = etree.Element("Products")
    for entity in entities:
        product = etree.SubElement(products, "Product")
        for name in PROPERTIES:
            etree.SubElement(product, name).text = entity[name]
    return products


def product_details(message: Message, surroundings: Surroundings) -> Reply:
    """Answer with XML; that it comes as ``application/xml`` follows the variant of wire-facts 1.1."""
    products = query_products(product_identifier(message.body), surroundings)
    return Reply(etree.tostring(products, encoding="UTF-8", xml_declaration=False), "application/xml")


def product_details_json(message: Message, surroundings: Surroundings) -> Reply:
    """Answer with JSON, by the rules of the XML-to-JSON converter."""
    products = query_products(product_identifier(message.body), surroundings)
    return Reply(xml_to_json(products), "application/json")


FLOWS = (
    Flow("Product_Details", "/products/details", product_details),
    Flow("Product_Details_JSON", "/products/details/json", product_details_json),
)
