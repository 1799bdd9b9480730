"""An XPath 1.0 that another process looks for in its copy of a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Node = tuple[int, str, str, str]
"""A node of XML that was found: the index of its element in document order, what it is of that (``element``,
``text``, ``tail``, ``attribute``), the name of the attribute, and the text.
"""


def search_xpath(
    xml: bytes, index: int, path: str, names: Mapping[str, str], values: Mapping[str, str] | None = None
) -> Any:
    """Evaluate an XPath at the element with ``index``; a list of nodes is one of ``Node``.

    ``names`` are its prefixes, ``values`` those of its variables.
    """
    from lxml import etree

    root = etree.fromstring(xml, etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True))
    elements = list(root.iter())
    result: Any = etree.XPath(path, namespaces=dict(names))(elements[index], **(values or {}))
    if not isinstance(result, list):
        return result
    numbers = {element: number for number, element in enumerate(elements)}
    return [_node(each, numbers) for each in result]


def _node(found: Any, numbers: dict[Any, int]) -> Node:
    if not isinstance(found, str):
        # A namespace is a pair of texts, and stands nowhere.
        return (numbers[found], "element", "", "") if found in numbers else (0, "namespace", "", str(found))
    text: Any = found
    kind = "attribute" if text.is_attribute else "tail" if text.is_tail else "text"
    return numbers[text.getparent()], kind, text.attrname or "", str(text)
