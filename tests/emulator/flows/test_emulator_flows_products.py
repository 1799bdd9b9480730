"""The product flows."""

from __future__ import annotations

import re
import threading

import pytest
import requests
from lxml import etree

from pytest_iflow.emulator.flows.message import FlowFailureError, Message, Surroundings
from pytest_iflow.emulator.flows.products import (
    product_details,
    product_identifier,
    query_products,
    read_products,
)
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from tests.emulator.emulator_process import Emulator

HT_1080 = (
    "<Products><Product><WeightUnit>KG</WeightUnit><CategoryName>Scanners</CategoryName>"
    "<DimensionHeight>0.0500</DimensionHeight><DimensionUnit>m</DimensionUnit>"
    "<CurrencyCode>EUR</CurrencyCode><ProductId>HT-1080</ProductId>"
    "<ShortDescription>Flat scanner for photos and letters.</ShortDescription>"
    "<Name>Photo Scan</Name><Category>Scanners</Category>"
    "<LongDescription>Flat scanner for photos and letters.</LongDescription>"
    "<QuantityUnit>EA</QuantityUnit><Weight>2.300</Weight><DimensionWidth>0.3400</DimensionWidth>"
    "<Price>51.000</Price><PictureUrl>HT-1080.jpg</PictureUrl><DimensionDepth>0.4800</DimensionDepth>"
    "<SupplierId>100000041</SupplierId></Product></Products>"
)


def test_product_as_xml(emulator: Emulator) -> None:
    """Properties in the order of wire-facts 1.2."""
    answer = emulator.call("/products/details", '{"productIdentifier": "HT-1080"}')
    assert (answer.status_code, answer.text) == (200, HT_1080)


def test_product_as_json(emulator: Emulator) -> None:
    """The same product by the rules of the converter: root kept, values strings."""
    answer = emulator.call("/products/details/json", '{"productIdentifier": "HT-1080"}')
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    expected = {element.tag: element.text for element in etree.fromstring(HT_1080)[0]}
    assert answer.json() == {"Products": {"Product": expected}}
    assert answer.text.startswith('{"Products":{"Product":{"WeightUnit":"KG","CategoryName":"Scanners",')


@pytest.mark.parametrize(
    ("address", "body"), [("/products/details", "<Products/>"), ("/products/details/json", '{"Products":""}')]
)
@pytest.mark.parametrize("identifier", ["XX-0000", "ht-1080", "' or ProductId ne '", "&$top=5", "ü"])
def test_unknown_product_is_an_empty_success(
    emulator: Emulator, address: str, body: str, identifier: str
) -> None:
    """200 and nothing in it; no identifier can break out of the filter."""
    answer = emulator.request(
        "POST",
        f"{emulator.runtime}/http{address}",
        json={"productIdentifier": identifier},
        headers={"Authorization": f"Bearer {emulator.token()}"},
    )
    assert (answer.status_code, answer.text) == (200, body)


@pytest.mark.parametrize("body", ["{}", '{"productIdentifier": null}', '{"productIdentifier": ""}'])
def test_missing_identifier_fails_the_message(emulator: Emulator, body: str) -> None:
    """500 with the reported text (wire-facts 1.3)."""
    answer = emulator.call("/products/details", body)
    assert answer.status_code == 500
    assert re.fullmatch(
        r"An internal server error occured: Header/Property value not found for the parameter "
        r"\$\{header\.productIdentifier\}\.\nThe MPL ID for the failed message is : AG[\w-]{26}\n\n",
        answer.text,
    )


def test_broken_json_fails_the_message(emulator: Emulator) -> None:
    """500 with the converter's complaint."""
    answer = emulator.call("/products/details/json", "productIdentifier=HT-1080")
    assert answer.status_code == 500
    assert answer.text.startswith(
        "An internal server error occured: org.apache.camel.CamelException: Invalid JSON input structure. "
        "A JSONObject text must begin with '{' at 1 [character 2 line 1]\nThe MPL ID "
    )


@pytest.mark.parametrize(
    ("body", "identifier"),
    [
        (b'{"productIdentifier": 1080}', "1080"),
        (b'{"productIdentifier": ["HT-1", "HT-2"]}', "HT-1"),
        (b'{"productIdentifier": {"a": "HT-", "b": 1}}', "HT-1"),
        (b'{"order": {"productIdentifier": "HT-1"}}', "HT-1"),
        (b'{"productIdentifier": false}', "false"),
        (b'{"productIdentifier": []}', ""),
    ],
)
def test_identifier_is_what_the_xpath_gives(body: bytes, identifier: str) -> None:
    """The string value of the first element of the name, wherever it stands."""
    assert product_identifier(body) == identifier


def test_receiver_that_fails_fails_the_message() -> None:
    """What the receiver says is the cause."""
    nobody = Surroundings(ODataReceiver("http://127.0.0.1:1/s.svc", timeout=5), threading.Event())
    with pytest.raises(FlowFailureError, match="HttpResponseException: ConnectionRefusedError"):
        query_products("HT-1", nobody)


def test_log_names_the_product_and_the_steps() -> None:
    """The chain of the tutorial, the identifier as a custom header, the receiver's address."""
    message = Message("POST", {}, {}, b'{"productIdentifier": "HT-1"}')
    nobody = Surroundings(ODataReceiver("http://127.0.0.1:1/s.svc", timeout=5), threading.Event())
    with pytest.raises(FlowFailureError):
        product_details(message, nobody)
    log = message.log.record("FAILED", "no answer")
    assert log.custom_headers == (("productIdentifier", "HT-1"),)
    assert log.receiver == "WebShop"
    assert [each.value for each in log.adapter_attributes] == ["http://127.0.0.1:1/s.svc"]
    assert [each.activity for each in log.run_steps] == [
        "JSON to XML Converter",
        "Content Modifier",
        "Request Reply",
    ]
    assert log.last_error_step == "ServiceTask_1"


ROOT = "/gw/odata/SAP/PRODUCTS"


def _get(emulator: Emulator, resource: str, accept: str = "application/json") -> requests.Response:
    headers = {"Authorization": f"Bearer {emulator.token()}", "Accept": accept}
    return emulator.request("GET", f"{emulator.runtime}{ROOT}{resource}", headers=headers)


def test_query_passes_through(emulator: Emulator) -> None:
    """Filter, selection and format; links lead to the flow and not to the service behind it."""
    answer = _get(emulator, "/Products?$filter=ProductId eq 'HT-1080'&$select=ProductId,Price")
    (product,) = answer.json()["d"]["results"]
    assert (product["ProductId"], product["Price"]) == ("HT-1080", "51.000")
    assert product["__metadata"]["uri"] == f"{emulator.runtime}{ROOT}/Products('HT-1080')"


def test_entity_is_read_by_its_key_as_atom(emulator: Emulator) -> None:
    """The default of OData V2."""
    answer = _get(emulator, "/Products('HT-1080')", accept="*/*")
    assert answer.status_code == 200
    assert "<d:ProductId>HT-1080</d:ProductId>" in answer.text


@pytest.mark.parametrize(
    ("resource", "status"), [("/Nothing", 404), ("/Products?$filter=ö", 400), ("/Products('ü x')", 404)]
)
def test_refusals_pass_through(emulator: Emulator, resource: str, status: int) -> None:
    """The message itself is processed well."""
    answer = _get(emulator, resource)
    assert answer.status_code == status
    assert "error" in answer.json()


def test_service_that_is_down_fails_the_message() -> None:
    """There is no answer to pass on."""
    nobody = Surroundings(ODataReceiver("http://127.0.0.1:1/s.svc", timeout=5), threading.Event())
    with pytest.raises(FlowFailureError, match="CamelExecutionException: ConnectionRefusedError"):
        read_products(Message("GET", {}, {}, b"", "Products"), nobody)


SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
PRODUCTS = "urn:local-tenant:products"
BOTH = pytest.mark.parametrize(
    ("namespace", "content_type"),
    [(SOAP_11, "text/xml;charset=UTF-8"), (SOAP_12, "application/soap+xml;charset=UTF-8")],
)


def _call(emulator: Emulator, namespace: str, payload: str, **options: str) -> requests.Response:
    envelope = f'<s:Envelope xmlns:s="{namespace}"><s:Body>{payload}</s:Body></s:Envelope>'
    return emulator.request(
        options.get("method", "POST"),
        f"{emulator.runtime}/cxf/products{options.get('query', '')}",
        data=envelope.encode(),
        headers={"Authorization": f"Bearer {emulator.token()}", "Content-Type": "text/xml"},
    )


def _get_product(identifier: str) -> str:
    return f'<GetProduct xmlns="{PRODUCTS}"><ProductId>{identifier}</ProductId></GetProduct>'


@BOTH
def test_product_is_answered_in_an_envelope(emulator: Emulator, namespace: str, content_type: str) -> None:
    """With the headers of any success."""
    answer = _call(emulator, namespace, _get_product("HT-1080"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert "sap_messageprocessinglogid" in answer.headers
    response = etree.fromstring(answer.content).find(f".//{{{PRODUCTS}}}GetProductResponse")
    assert response is not None
    assert [child.text for child in response] == ["HT-1080", "Photo Scan", "Scanners", "51.000", "EUR"]


@BOTH
def test_unknown_product_is_the_declared_fault(emulator: Emulator, namespace: str, content_type: str) -> None:
    """500, the detail names the product."""
    answer = _call(emulator, namespace, _get_product("XX-1"))
    assert (answer.status_code, answer.headers["content-type"]) == (500, content_type)
    assert etree.fromstring(answer.content).findtext(f".//{{{PRODUCTS}}}ProductId") == "XX-1"


def test_other_operation_is_a_fault_with_the_id_of_the_message(emulator: Emulator) -> None:
    """The text of an HTTPS sender, in a fault."""
    answer = _call(emulator, SOAP_11, "<Other/>")
    assert answer.status_code == 500
    assert "Message part Other was not recognized.\nThe MPL ID for the failed message is : AG" in answer.text


def test_wsdl_names_this_tenant(emulator: Emulator) -> None:
    """Whoever is known may read it; it is no message."""
    before = emulator.counters()["calls"]
    answer = _call(emulator, SOAP_11, "", method="GET", query="?wsdl")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml;charset=UTF-8")
    assert answer.text.count(f'location="{emulator.runtime}/cxf/products"') == 2
    assert emulator.counters()["calls"] == before
    assert emulator.request("GET", f"{emulator.runtime}/cxf/products?wsdl").status_code == 401
