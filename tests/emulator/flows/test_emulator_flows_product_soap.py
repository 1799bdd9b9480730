"""The product flow as a SOAP service, over the wire."""

from __future__ import annotations

import pytest
import requests
from lxml import etree

from tests.emulator.emulator_process import Emulator

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
