"""The other process of a bounded search: it reads one search from standard input, and writes what it found.

It imports what the search needs, and nothing else.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from itertools import islice
from typing import Any

Node = tuple[int, str, str, str]
"""A node of XML that was found: the index of its element in document order, what it is of that (``element``,
``text``, ``tail``, ``attribute``), the name of the attribute, and the text.
"""


def search_xpath(xml: bytes, index: int, path: str, names: dict[str, str]) -> Any:
    """Evaluate an XPath at the element with ``index``; a list of nodes is one of ``Node``."""
    from lxml import etree

    root = etree.fromstring(xml, etree.XMLParser(huge_tree=True, resolve_entities=False, no_network=True))
    elements = list(root.iter())
    result: Any = etree.XPath(path, namespaces=names)(elements[index])
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


def search_jsonpath(value: Any, path: str, most: int) -> list[tuple[int | str, ...]]:
    """Return the places in a value that a JSONPath leads to, at most so many."""
    from jsonpath import JSONPathEnvironment

    found = JSONPathEnvironment(strict=True).compile(path).finditer(value)
    return [match.parts for match in islice(found, most)]


def search_pattern(pattern: str, text: str) -> bool:
    """Tell whether a regular expression of ECMA-262 is found in a text."""
    from pytest_iflow.checks.ecma_pattern import find

    return find(pattern, text)


def main() -> None:
    """Call the function of this module that is named, with its arguments; write whether and what it gave."""
    name, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301, from the process that started this one
    search: Callable[..., Any] = {
        each.__name__: each for each in (search_xpath, search_jsonpath, search_pattern)
    }[name]
    try:
        answer = pickle.dumps((True, search(*arguments)))
    except Exception as error:  # noqa: BLE001, whatever it is, the other process says it
        answer = pickle.dumps((False, (type(error).__name__, str(error))))
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
