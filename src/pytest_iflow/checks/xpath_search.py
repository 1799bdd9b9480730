"""XPaths 1.0 as lxml evaluates them: compiled, and applied in bounded time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lxml import etree
from lxml.etree import _Element

from pytest_iflow.bounded.path_cost import is_dear_xpath
from pytest_iflow.bounded.xpath import search_xpath
from pytest_iflow.checks import bounded_search
from pytest_iflow.checks.quoting import visible
from pytest_iflow.errors import ConfigurationError


class TextNode(str):
    """A text that an XPath leads to; ``element`` is where it stands, ``attribute`` its name if it is one."""

    __slots__ = ("attribute", "element")
    element: _Element
    attribute: str | None

    @classmethod
    def of(cls, text: str, element: _Element, attribute: str | None) -> TextNode:
        """Return a text that knows its place."""
        node = cls(text)
        node.element, node.attribute = element, attribute
        return node


def evaluate(root: _Element, path: str, names: Mapping[str, str], *, with_origin: bool) -> Any:
    """Evaluate an XPath with prefixes; ``with_origin``: texts are each a ``TextNode``.

    Raises ``etree.XPathError`` or ``CallError`` for a path that means nothing in this message, CheckError
    for one that takes too long.
    """
    query = compiled_xpath(path, tuple(sorted(names.items())), with_origin=with_origin)
    if is_dear_xpath(root, path):
        return _search(root, path, names, with_origin=with_origin)
    result = query(root)
    return [_with_place(node) for node in result] if with_origin and isinstance(result, list) else result


def _with_place(node: Any) -> Any:
    """Return a text of lxml as one that knows its place: a tail stands in the parent of its element."""
    parent = None if isinstance(node, _Element | tuple) else node.getparent()
    if parent is None:
        return node
    return TextNode.of(
        node, parent.getparent() if node.is_tail else parent, node.attrname if node.is_attribute else None
    )


def _search(root: _Element, path: str, names: Mapping[str, str], *, with_origin: bool) -> Any:
    """Evaluate an XPath in bounded time; raises CheckError where that does not do."""
    top = root.getroottree().getroot()
    elements = list(top.iter())
    result = bounded_search.search(
        search_xpath,
        *(etree.tostring(top, encoding="utf-8", with_tail=False), elements.index(root), path, dict(names)),
        words=f"The message cannot be searched by the XPath {path}",
    )
    if not isinstance(result, list):
        return result
    return [_found_again(elements, *node, with_origin=with_origin) for node in result]


def _found_again(
    elements: list[_Element], index: int, kind: str, attribute: str, text: str, *, with_origin: bool
) -> Any:
    """Return the node of this process that another one has found in its copy of the message."""
    element = elements[index]
    if kind == "element":
        return element
    if kind == "namespace" or not with_origin:
        return text
    holder: _Element | None = element.getparent() if kind == "tail" else element
    return TextNode.of(text, element if holder is None else holder, attribute or None)


@lru_cache(maxsize=2048)
def compiled_xpath(
    path: str, prefixes: tuple[tuple[str, str], ...], *, with_origin: bool = False
) -> etree.XPath:
    """Compile an XPath; raises ConfigurationError with the place of what is wrong."""
    try:
        return etree.XPath(path, namespaces=dict(prefixes), smart_strings=with_origin)
    except (etree.XPathSyntaxError, ValueError) as error:
        last = error.error_log.last_error if isinstance(error, etree.XPathSyntaxError) else None
        raise ConfigurationError(
            f"{path!r} is not a valid XPath: {error}",
            where=f"before {place_in(path, last.column if last else 0).removeprefix('at ')}",
            remedy="Write it as XPath 1.0 has it: /Products/Product[1]/Name, //Product[@id='1'].",
        ) from None


def place_in(path: str, index: int) -> str:
    """Say where in a path something is."""
    behind = f', behind "{visible(path[:index])}"' if index else ""
    return f"at character {index + 1} of the path{behind}"
