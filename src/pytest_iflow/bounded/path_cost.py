"""What a path may cost: whether its time may grow faster than the message in which it is looked for.

A path is reckoned by its text, from above: most that seem to be dear are not. What seems to be dear in a
large message is searched for in bounded time (``checks.bounded_search``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml.etree import _Element

from pytest_iflow.lazy_pattern import lazy_pattern

XPATH_TOKEN = lazy_pattern(
    r"""(?P<literal>"[^"]*"|'[^']*')|(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<name>[^\W\d][\w.-]*(?::(?!:)(?:[^\W\d][\w.-]*|\*))?)|(?P<symbol>::|//|\.\.|!=|<=|>=|\S)""",
    re.VERBOSE,
)
_CHEAP_AXES = frozenset({"child", "attribute", "self", "descendant", "descendant-or-self"})
_JSONPATH_TOKEN = lazy_pattern(
    r"""(?P<literal>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\.\.|match\(|search\(|\S"""
)

_REPETITION = lazy_pattern(r"[*+]|\{\d*,")
"""In a regular expression: two of them may take long in one text, and one of a group."""
_OF_GROUP = lazy_pattern(r"\)(?:[*+]|\{\d*,)")

_MOST_OF_XPATH = 50_000_000
"""Nodes that libxml2 may visit: it takes less than a second, most often far less."""
_MOST_OF_JSONPATH = 500_000
"""Values that the library for JSONPath may visit in a second."""
_BEYOND_ALL = 40
"""For a path whose time has nothing to do with the size of a message."""


def is_dear_xpath(root: _Element, path: str) -> bool:
    """Whether an XPath may take long in a message."""
    degree = _xpath_degree(path)
    return degree > 0 and _is_beyond(root.getroottree().iter(), degree, _MOST_OF_XPATH)


def is_dear_jsonpath(value: Any, path: str) -> bool:
    """Whether a JSONPath may take long in a value of JSON."""
    degree = _jsonpath_degree(path)
    return degree > 0 and _is_beyond(_values_in(value), degree, _MOST_OF_JSONPATH)


def _is_beyond(nodes: Iterable[Any], degree: int, most: int) -> bool:
    """Whether there are more nodes than may be visited once for each of the others, ``degree`` times over."""
    allowed = int(most ** (1 / (1 + degree)))
    return next(islice(nodes, allowed, None), None) is not None


def _values_in(value: Any) -> Iterator[Any]:
    """Yield a value and all in it, however deep."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        yield True
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


@lru_cache(maxsize=2048)
def _xpath_degree(path: str) -> int:
    """How often an XPath may go through the message for each node of it; 0 for once in all.

    Conditions on children and attributes count once together: libxml2 may compare what it found with itself.
    """
    tokens = [token[0] for token in XPATH_TOKEN.finditer(path)]
    degree, depth, descents, has_condition = 0, 0, 0, False
    before = ""
    for index, each in enumerate(tokens):
        behind = tokens[index + 1] if index + 1 < len(tokens) else ""
        if each == "[":
            degree += depth > 0
            depth += 1
            has_condition = has_condition or not behind.isdigit()
        elif each == "]":
            depth -= 1
        elif each == "//" or (behind == "::" and each.startswith("descendant")):
            descents += 1
            degree += depth > 0 or descents > 1
        elif each in {"..", "|"} or (behind == "::" and each not in _CHEAP_AXES):
            degree += 1
        elif each == "/" and depth > 0 and not (before[-1:].isalnum() or before in {")", "]", "."}):
            degree += 1  # from the root, for each node
        before = each
    return degree + has_condition


@lru_cache(maxsize=2048)
def _jsonpath_degree(path: str) -> int:
    """The same for a JSONPath: filters that look at members of an item are cheap."""
    tokens = [token[0] for token in _JSONPATH_TOKEN.finditer(path) if token["literal"] is None]
    degree, depth, descents = 0, 0, 0
    filters: list[int] = []
    for index, each in enumerate(tokens):
        if each in {"match(", "search("} and (len(_REPETITION.findall(path)) > 1 or _OF_GROUP.search(path)):
            return _BEYOND_ALL
        if each == "[":
            depth += 1
            if tokens[index + 1 : index + 2] == ["?"]:
                degree += bool(filters)
                filters.append(depth)
        elif each == "]":
            if filters and filters[-1] == depth:
                filters.pop()
            depth -= 1
        elif each == "..":
            descents += 1
            degree += bool(filters) or descents > 1
        elif each in {"$", "*"} and filters:
            degree += 1
    return degree
