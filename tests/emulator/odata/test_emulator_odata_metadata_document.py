"""The metadata document."""

from __future__ import annotations

from lxml import etree

from pytest_iflow.emulator.odata.metadata_document import EDM, metadata_document
from pytest_iflow.emulator.odata.model import METADATA_NAMESPACE
from tests.emulator.odata.bookshop import MODEL

DOCUMENT = etree.fromstring(metadata_document(MODEL))


def _find(path: str) -> list[str]:
    return [str(each) for each in DOCUMENT.xpath(path, namespaces={"e": EDM, "m": METADATA_NAMESPACE})]


def test_types_have_keys_properties_and_facets() -> None:
    """A key is not null, a decimal has its scale, a media type its stream."""
    book = "//e:EntityType[@Name='Book']"
    assert _find(f"{book}/@m:HasStream") == ["true"]
    assert _find(f"{book}/e:Key/e:PropertyRef/@Name") == ["Id"]
    assert _find(f"{book}/e:Property[@Nullable='false']/@Name") == ["Id", "Place"]
    assert _find(f"{book}/e:Property[@Name='Price']/@Scale") == ["2"]
    assert _find("//e:ComplexType[@Name='Place']/e:Property/@Type") == ["Edm.String", "Edm.Int32"]


def test_each_navigation_has_its_association() -> None:
    """With both ends, and a set of associations between the sets."""
    association = "//e:Association[@Name='Shelf_Books']/e:End"
    assert _find(f"{association}/@Type") == ["shop.Shelf", "shop.Book"]
    assert _find(f"{association}/@Multiplicity") == ["1", "*"]
    assert _find("//e:Association[@Name='Book_Loan']/e:End/@Multiplicity") == ["1", "0..1"]
    assert _find("//e:AssociationSet[@Name='Shelf_BooksSet']/e:End/@EntitySet") == ["Shelves", "Books"]


def test_container_has_sets_and_functions() -> None:
    """A function says its method and parameters."""
    assert _find("//e:EntitySet/@Name") == ["Books", "Shelves", "Loans"]
    assert _find("//e:FunctionImport/@m:HttpMethod") == ["POST"]
    assert _find("//e:FunctionImport[@Name='Lend']/e:Parameter/@Name") == ["Book"]
