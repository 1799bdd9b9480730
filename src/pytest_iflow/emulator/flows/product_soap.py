"""The product flow as a SOAP service: payload in, payload out, a declared fault for an unknown product."""

from __future__ import annotations

from importlib import resources

from lxml import etree

from pytest_iflow.emulator.flows.failure import FlowFailureError, SoapFaultError
from pytest_iflow.emulator.flows.flow import Flow, Surroundings
from pytest_iflow.emulator.flows.message import Message, Reply
from pytest_iflow.emulator.flows.product_details import query_products
from pytest_iflow.emulator.flows.safe_xml import parse_xml

NAMESPACE = "urn:local-tenant:products"
ANSWERED = ("ProductId", "Name", "Category", "Price", "CurrencyCode")


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
    Flow(
        "Product_SOAP",
        "Products by SOAP",
        "/products",
        get_product,
        protocol="cxf",
        wsdl=resources.files(__package__).joinpath("product_soap.wsdl").read_text(encoding="utf-8"),
    ),
)
