"""SOAP envelopes around what a feature sends."""

from __future__ import annotations

import pytest
from lxml import etree

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.runtime.soap import IDOC_NAMESPACE, SOAP_11, SOAP_12, SoapVersion, idoc_body, in_envelope

BOTH = pytest.mark.parametrize("version", [SOAP_11, SOAP_12])


@BOTH
def test_content_is_the_body_as_it_is_written(version: SoapVersion) -> None:
    """Without its XML declaration; headers go before it."""
    content = '\ufeff<?xml version="1.0" encoding="ISO-8859-1"?>\n<a  b = "ü">\n  1\n</a>'
    message = in_envelope(content, version, ["<h/>", "<i/>"])
    envelope = etree.fromstring(message.encode())
    assert '<a  b = "ü">\n  1\n</a></soap:Body>' in message
    assert [each.tag for each in envelope] == [
        f"{{{version.namespace}}}{each}" for each in ("Header", "Body")
    ]
    assert [each.tag for each in envelope[0]] == ["h", "i"]
    assert in_envelope("", version).endswith("<soap:Body></soap:Body></soap:Envelope>")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<a>", "is no well-formed XML: Opening and ending tag mismatch"),
        ("</soap:Body><a/>", "is no well-formed XML"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "is no well-formed XML"),
        ('<e:Envelope xmlns:e="urn:e"/>', "is an envelope already"),
    ],
)
def test_what_fits_into_no_envelope_is_refused(content: str, said: str) -> None:
    """Before it is sent."""
    with pytest.raises(ConfigurationError, match=said):
        in_envelope(content, SOAP_11)


def test_action_stands_where_its_version_has_it() -> None:
    """SOAPAction is always there, in quotes; SOAP 1.2 has a parameter."""
    assert SOAP_11.headers("") == {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'}
    assert SOAP_11.headers("urn:a")["SOAPAction"] == '"urn:a"'
    assert SOAP_12.headers("") == {"Content-Type": "application/soap+xml; charset=UTF-8"}
    assert SOAP_12.headers("urn:a")["Content-Type"].endswith('; action="urn:a"')


@pytest.mark.parametrize(
    ("content", "written"),
    [
        ("<ORDERS05><IDOC/></ORDERS05>", f'<ORDERS05 xmlns="{IDOC_NAMESPACE}"><IDOC/></ORDERS05>'),
        ("<!-- a -->\n<ORDERS05/>", f'<!-- a -->\n<ORDERS05 xmlns="{IDOC_NAMESPACE}"/>'),
        ('<ORDERS05 a="1">', f'<ORDERS05 xmlns="{IDOC_NAMESPACE}" a="1">'),
        ('<ORDERS05 xmlns="urn:own"/>', '<ORDERS05 xmlns="urn:own"/>'),
        ('<i:ORDERS05 xmlns:i="urn:own"/>', '<i:ORDERS05 xmlns:i="urn:own"/>'),
    ],
)
def test_idoc_gets_its_namespace_where_it_has_none(content: str, written: str) -> None:
    """The rest stays as it is."""
    assert idoc_body(f'<?xml version="1.0"?>{content}') == written


def test_idoc_that_is_flat_is_refused() -> None:
    """It is no XML; the error says how it is sent."""
    with pytest.raises(ConfigurationError, match="is no XML"):
        idoc_body("EDI_DC40  100")
