"""Where a path finds nothing, the error says what is near."""

from __future__ import annotations

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.vicinity import vicinity

JSON = b'{"Products": {"Product": [{"Id": "1", "Price": "51.0"}], "n": 1, "none": {}}}'
XML = b'<Products n="1"><Product id="7"><Id>1</Id><Price>51.0</Price></Product><none/></Products>'


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("$.Products.Product[0].Prise", "; $.Products.Product[0] has Id, Price; did you mean Price?"),
        ("$.Products.Product[*].Prise.x", "; $.Products.Product[0] has Id, Price; did you mean Price?"),
        ("$.Products.Product[3].Price", "; $.Products.Product is an array of 1 item(s)"),
        ("$.Products.Product.Price", "; $.Products.Product is an array of 1 item(s)"),
        ("$.Products.n.x", "; $.Products.n is the value 1"),
        ("$.Products.none.x", "; $.Products.none has no members"),
        ("$.Products[0]", "; $.Products is an object, not an array; it has Product, n, none"),
        ("$..Prise", "; $ has Products"),
    ],
)
def test_near_a_jsonpath(path: str, text: str) -> None:
    """The last step that exists, and what it holds."""
    assert vicinity(parse_document(JSON, None), path) == text


def test_a_jsonpath_near_an_xml_element_that_stands_alone() -> None:
    """Without a schema the conversion knows of no array: the error says so."""
    found = vicinity(parse_document(XML, None), "$.Products.Product[0].Price")
    assert found == "; $.Products.Product is an object, not an array; it has @id, Id, Price"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/Products/Product/Prise", "; /Products/Product has @id, Id, Price; did you mean Price?"),
        ("/Products/Product/Prise/text()", "; /Products/Product has @id, Id, Price; did you mean Price?"),
        ("/Products/Product[Id='a/b']/Price", "; /Products has @n, Product, none"),
        ("/Products/Product/@ix", "; /Products/Product has @id, Id, Price; did you mean @id?"),
        ("/Products//x", "; /Products has @n, Product, none"),
        ("/Products/none/x", "; /Products/none has no members"),
        ("//x", "; the root element is Products"),
        ("/x", "; the root element is Products"),
    ],
)
def test_near_an_xpath(path: str, text: str) -> None:
    """The last step that exists, and what it holds."""
    assert vicinity(parse_document(XML, None), path) == text


@pytest.mark.parametrize("path", ["/Products/Product", "/p:Products/Product"])
def test_a_default_namespace_is_told(path: str) -> None:
    """The usual reason why an XPath that looks right finds nothing."""
    document = parse_document(
        b'<Products xmlns="urn:shop" xmlns:p="urn:shop"><Product/></Products>', "application/xml"
    )
    assert "(in the namespace urn:shop: write *[local-name()='NAME'])" in vicinity(document, path)


def test_nothing_is_near_in_a_message_that_is_found_by_its_root() -> None:
    """Only a path without steps has no parent."""
    assert vicinity(parse_document(JSON, None), "$") == ""
