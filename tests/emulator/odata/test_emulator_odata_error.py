"""Errors in the form of OData V2."""

from __future__ import annotations

import json

from lxml import etree

from pytest_iflow.emulator.odata.error import METADATA_NAMESPACE, ODataError


def test_json_form() -> None:
    """Code, language and text where OData V2 has them; the status serves as code if there is no other."""
    assert json.loads(ODataError(404, "Not “here”").as_json()) == {
        "error": {"code": "404", "message": {"lang": "en", "value": "Not “here”"}}
    }


def test_xml_form() -> None:
    """The same in XML, with the text escaped."""
    error = etree.fromstring(ODataError(400, "a < b & c", code="X1").as_xml())
    names = {"m": METADATA_NAMESPACE}
    assert error.xpath("string(/m:error/m:code)", namespaces=names) == "X1"
    assert error.xpath("string(/m:error/m:message)", namespaces=names) == "a < b & c"
