"""The entity model and its errors."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from pytest_iflow.emulator.odata.model import METADATA_NAMESPACE, ODataError, Refusal, columns
from tests.emulator.odata.bookshop import BOOK, MODEL


def test_json_form() -> None:
    """Code, language and text where OData V2 has them; the phrase of the status is the code."""
    assert json.loads(ODataError(404, "Not “here”").as_json()) == {
        "error": {"code": "Not Found", "message": {"lang": "en", "value": "Not “here”"}}
    }


def test_xml_form() -> None:
    """The same in XML, with the text escaped."""
    error = etree.fromstring(ODataError(400, "a < b & c").as_xml())
    names = {"m": METADATA_NAMESPACE}
    assert error.xpath("string(/m:error/m:code)", namespaces=names) == "Bad Request"
    assert error.xpath("string(/m:error/m:message)", namespaces=names) == "a < b & c"


def test_columns_are_the_simple_properties_by_path() -> None:
    """Those of a complex one below its name."""
    assert list(columns(BOOK))[-2:] == ["Place/Shelf", "Place/Row"]


def test_unknown_set_is_told_as_the_tenant_tells_it() -> None:
    """404 (wire-facts 5.1)."""
    with pytest.raises(ODataError, match="or function import for 'X'") as refused:
        MODEL.set("X")
    assert refused.value.status == 404


def test_refusal_becomes_an_error() -> None:
    """With its status and text."""
    error = Refusal(501, "no").error()
    assert (error.status, error.text) == (501, "no")
