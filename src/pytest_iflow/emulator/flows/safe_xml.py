"""XML from a caller, parsed without following anything that it names."""

from __future__ import annotations

from lxml import etree


class NotXmlError(Exception):
    """A body that is no well-formed XML; the text says why."""


def parse_xml(body: bytes) -> etree._Element:
    """Return the root element; raises NotXmlError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise NotXmlError(str(error)) from error
