"""XML of a bundle: parsed without entities, without the network, within bounds."""

from __future__ import annotations

from lxml import etree

from pytest_iflow.iflow_model.files import BundleError


def parse_xml(data: bytes, where: str) -> etree._Element:
    """Return the root element; raises BundleError where it is no XML, or has a document type.

    Entities are declared in a document type only: without one there is nothing that could be expanded.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BundleError(f"this is no well-formed XML: {error}", where=where) from None
    if root.getroottree().docinfo.doctype:
        raise BundleError(
            "the XML has a document type (DOCTYPE), which no export has",
            where=where,
            remedy="remove it; its entities are not read",
        )
    return root


def plain_text(text: str) -> str:
    """Return the text that stands in XML as ``text``; what is no text of XML stays as it is."""
    if "&" not in text:
        return text
    try:
        root = parse_xml(f"<x>{text}</x>".encode(), "a text")
    except BundleError:
        return text
    return text if len(root) else root.text or ""


def rows(text: str) -> list[dict[str, str]] | None:
    """Return the rows of a table that stands in a property, None where the text is none.

    Each row is a cell's text by the cell's id. In the rows of a timer the first cell is the name and the
    second one the value: those come as one row. Headers and properties of a content modifier have the cells
    ``Action``, ``Type``, ``Value``, ``Default``, ``Name`` and ``Datatype``.
    """
    if not text.lstrip().startswith("<row"):
        return [] if not text.strip() else None
    try:
        root = parse_xml(f"<rows>{text}</rows>".encode(), "a table")
    except BundleError:
        return None
    found: list[dict[str, str]] = []
    pairs: dict[str, str] = {}
    for row in root.iterfind("row"):
        cells = [("".join(map(str, cell.itertext())), cell.get("id")) for cell in row.iterfind("cell")]
        if cells and cells[0][1] is None:
            pairs[cells[0][0]] = cells[1][0] if len(cells) > 1 else ""
        else:
            found.append({str(name): value for value, name in cells})
    return [*found, pairs] if pairs else found
