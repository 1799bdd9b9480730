"""The product flows: by HTTPS as XML or as JSON, by SOAP, and behind an OData sender.

The chain is the one of the tutorial (wire-facts 1.1): JSON to XML, header from an XPath, OData V2 query.
The JSON flow adds the XML-to-JSON converter. One variant has CSRF protection on, which is the sender's
default (wire-facts 4.5), another one asks for a role of its own. Everything about the address of the OData
sender is assumed: wire-facts 4.1 did not find it.
"""

from __future__ import annotations

from importlib import resources
from urllib.parse import quote

from lxml import etree

from pytest_iflow.emulator.flows.converters import json_to_xml, parse_xml, xml_to_json
from pytest_iflow.emulator.flows.message import (
    Flow,
    FlowFailureError,
    Message,
    Reply,
    SoapFaultError,
    Surroundings,
)
from pytest_iflow.emulator.flows.receivers import ReceiverError, string_literal

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
READER = "ProductReader"
# What may stand in the query of a URL as it is. Other characters are quoted before they are sent on.
QUERY_CHARACTERS = "%=&$'()/,:;+!*@?~"
NAMESPACE = "urn:local-tenant:products"
ANSWERED = ("ProductId", "Name", "Category", "Price", "CurrencyCode")


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
    products = _products(message, surroundings)
    return Reply(etree.tostring(products, encoding="UTF-8", xml_declaration=False), "application/xml")


def product_details_json(message: Message, surroundings: Surroundings) -> Reply:
    """Answer with JSON, by the rules of the XML-to-JSON converter; the type is the one of wire-facts 4.2."""
    products = _products(message, surroundings)
    message.log.step("XmlToJsonConverter_1", "XML to JSON Converter")
    return Reply(xml_to_json(products), "application/json;charset=utf-8")


def _products(message: Message, surroundings: Surroundings) -> etree._Element:
    message.log.step("JsonToXmlConverter_1", "JSON to XML Converter")
    identifier = product_identifier(message.body)
    message.log.step("CallActivity_1", "Content Modifier")
    message.log.custom_header("productIdentifier", identifier)
    message.log.receiver = message.log.receiver or "WebShop"
    message.log.step("ServiceTask_1", "Request Reply")
    message.log.adapter_attribute("OData", "Address", surroundings.products.service_url)
    return query_products(identifier, surroundings)


def read_products(message: Message, surroundings: Surroundings) -> Reply:
    """Answer what the product service answers, with this flow's address in its links."""
    message.log.step("ServiceTask_1", "Request Reply")
    message.log.receiver = message.log.receiver or "WebShop"
    service = surroundings.products.service_url
    query = quote(message.query_string, safe=QUERY_CHARACTERS)
    try:
        answer = surroundings.products.read(
            quote(message.path, safe="/()',$"), query, message.header("accept")
        )
    except ReceiverError as error:
        raise FlowFailureError(f"org.apache.camel.CamelExecutionException: {error}") from error
    headers = dict(answer.headers)
    own = message.url.removesuffix(f"/{message.path}")
    return Reply(
        answer.body.replace(service.encode(), own.encode("utf-8", "replace")),
        headers["content-type"],
        answer.status,
        tuple(pair for pair in answer.headers if pair[0] == "dataserviceversion"),
    )


def get_product(message: Message, surroundings: Surroundings) -> Reply:
    """Answer ``GetProduct`` with ``GetProductResponse``; raises SoapFaultError for an unknown product."""
    message.log.step("CallActivity_1", "Content Modifier")
    request = parse_xml(message.body)
    if str(request.tag) != _name("GetProduct"):
        raise FlowFailureError(f"Message part {request.tag!s} was not recognized.")
    identifier = request.findtext(_name("ProductId")) or ""
    message.log.custom_header("productIdentifier", identifier)
    message.log.receiver = message.log.receiver or "WebShop"
    message.log.step("ServiceTask_1", "Request Reply")
    product = query_products(identifier, surroundings).find("Product")
    if product is None:
        raise SoapFaultError(
            "There is no such product.", _element("UnknownProduct", {"ProductId": identifier})
        )
    values = {name: product.findtext(name) or "" for name in ANSWERED}
    return Reply(_element("GetProductResponse", values), "text/xml")


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _element(local: str, values: dict[str, str]) -> bytes:
    element = etree.Element(_name(local), nsmap={"p": NAMESPACE})
    for name, value in values.items():
        etree.SubElement(element, _name(name)).text = value
    return etree.tostring(element)


FLOWS = (
    Flow("Product_Details", "Product Details", "/products/details", product_details),
    Flow("Product_Details_JSON", "Product Details JSON", "/products/details/json", product_details_json),
    Flow(
        "Product_Details_CSRF",
        "Product Details with CSRF protection",
        "/products/details/csrf",
        product_details,
        csrf_protected=True,
    ),
    Flow(
        "Product_Details_Role",
        "Product Details with a role of its own",
        "/products/details/role",
        product_details,
        role=READER,
    ),
    Flow(
        "Product_SOAP",
        "Products by SOAP",
        "/products",
        get_product,
        protocol="cxf",
        wsdl=resources.files(__package__).joinpath("product_soap.wsdl").read_text(encoding="utf-8"),
    ),
    Flow("Product_OData", "Products by OData", "/PRODUCTS/*", read_products, protocol="odata"),
)
