"""The product flows."""

from __future__ import annotations

import re
import threading

import pytest
from lxml import etree

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.message import Message
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver
from pytest_iflow.emulator.flows.product_details import product_details, product_identifier, query_products
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
