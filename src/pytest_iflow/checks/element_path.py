"""Paths of elements, by names without prefixes: as a tester writes them, whatever the namespaces are."""

from __future__ import annotations

from collections import Counter

from lxml.etree import QName, _Element


def element_path(element: _Element) -> str:
    """Return the XPath of an element by names without prefixes: ``/Order/Item[2]/Price``."""
    steps: list[str] = []
    while True:
        name, parent = QName(element).localname, element.getparent()
        if parent is None:
            return f"/{'/'.join([name, *reversed(steps)])}"
        before = sum(1 for _ in element.itersiblings(f"{{*}}{name}", preceding=True))
        is_one_of_several = before or next(element.itersiblings(f"{{*}}{name}"), None) is not None
        steps.append(f"{name}[{before + 1}]" if is_one_of_several else name)
        element = parent


class ElementPaths:
    """The same for many elements of a message: siblings are counted once."""

    def __init__(self) -> None:
        self._numbers: dict[_Element, dict[_Element, int]] = {}

    def __call__(self, element: _Element) -> str:
        """Return the XPath of an element, as ``element_path``."""
        steps: list[str] = []
        while (parent := element.getparent()) is not None:
            if parent not in self._numbers:
                self._numbers[parent] = _numbers_of(parent)
            number = self._numbers[parent][element]
            steps.append(f"{_local_name(element)}[{number}]" if number else _local_name(element))
            element = parent
        return f"/{'/'.join([_local_name(element), *reversed(steps)])}"


def _numbers_of(parent: _Element) -> dict[_Element, int]:
    """Return the number of each child among those of its name, from 1; 0 where it is the only one."""
    totals = Counter(map(_local_name, parent))
    counts: Counter[str] = Counter()
    numbers = {}
    for child in parent:
        name = _local_name(child)
        counts[name] += 1
        numbers[child] = counts[name] if totals[name] > 1 else 0
    return numbers


def _local_name(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]
