"""What an answer says of its own failure."""

from __future__ import annotations

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.fault import error_text, soap_fault

IN_11 = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
    "<faultcode>s:Server</faultcode><faultstring>No such\n product.</faultstring>"
    "<detail><id>4711</id></detail></s:Fault></s:Body></s:Envelope>"
)
IN_12 = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault>'
    '<s:Code><s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text xml:lang="en">Gone.</s:Text></s:Reason>'
    "</s:Fault></s:Body></s:Envelope>"
)
ERROR_IN_XML = (
    '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><code>404</code>'
    '<message xml:lang="en">Not there.</message></error>'
)


def test_soap_fault_is_told_by_its_body() -> None:
    """Not by a word in it."""
    for body, expected in (
        (IN_11, True),
        (IN_12, True),
        ("<Fault/>", False),
        (IN_11.replace("Fault", "Ok"), False),
        ("{}", False),
    ):
        assert (soap_fault(parse_document(body.encode(), None)) is not None) is expected


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (IN_11, "text/xml", "SOAP fault s:Server: No such product. (4711)"),
        (IN_12, "application/soap+xml", "SOAP fault s:Receiver: Gone."),
        (
            '{"error":{"code":"7","message":{"lang":"en","value":"No.\\n"}}}',
            "application/json",
            "OData error 7: No.",
        ),
        ('{"error":{"code":"7","message":"In V4."}}', "application/json", "OData error 7: In V4."),
        (
            '{"error":{"code":null,"message":{"value":null}}}',
            "application/json",
            "OData error without a text",
        ),
        (ERROR_IN_XML, "application/xml", "OData error 404: Not there."),
        ('{"error":"none"}', "application/json", None),
        ("[1]", "application/json", None),
        ("<a/>", "application/xml", None),
        ("<html></html>", "text/html", None),
        ("", "text/plain", None),
    ],
)
def test_failure_is_told_on_one_line(body: str, kind: str, said: str | None) -> None:
    """Code, reason and detail of SOAP 1.1 and 1.2; code and message of OData."""
    assert error_text(body.encode(), kind) == said
