"""Queues, by which a message mapping works: the values of a field, separated into contexts.

SAP's pages "Advanced User-Defined Functions" and "Processing an Input Queue" describe them. A structure field
has an empty value each time it appears. A context that holds nothing stands for a parent without the field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from lxml import etree

from pytest_iflow.iflow_engine.mapping.definition import Path, PathStep, SourceField

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class Suppress:
    """The value that says: this field and what is within it are not made."""


SUPPRESS: Final = Suppress()


class Nil(str):
    """The empty value of an element with ``xsi:nil``."""

    __slots__ = ()


NIL: Final = Nil()

Value = str | Suppress
Contexts = list[list[Value]]


class Queue:
    """The values of a field or function in their contexts."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts

    def values(self) -> list[Value]:
        """Return all values, whatever their context."""
        return [value for context in self.contexts for value in context]


class Endless:
    """What a function without a source makes: a value as often as one is asked for."""

    def __init__(self, make: Callable[[], Value]) -> None:
        self.make = make


AnyQueue = Queue | Endless


class SourceMessage:
    """The message that a mapping reads; what was looked up once is kept for the fields that follow."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._reached: dict[Path, list[etree._Element]] = {}
        self._children: dict[etree._Element, dict[str, list[etree._Element]]] = {}

    def queue(self, field: SourceField) -> Queue:
        """Return the values of a field, one context for each instance of its context field."""
        if self._root.tag != field.path[0].tag:
            return Queue([])
        inner = field.path[len(field.context) :]
        if not field.context:
            contexts = [
                _written([self._root], field) if not inner[1:] else self._values(self._root, inner[1:], field)
            ]
        else:
            contexts = [self._values(one, inner, field) for one in self._instances(field.context)]
        return Queue(contexts)

    def _instances(self, path: Path) -> list[etree._Element]:
        """Return the elements at a path from the root."""
        if len(path) == 1:
            return [self._root]
        if path not in self._reached:
            self._reached[path] = self._within(self._instances(path[:-1]), path[-1])
        return self._reached[path]

    def _within(self, elements: list[etree._Element], step: PathStep) -> list[etree._Element]:
        return [inner for one in elements for inner in self._by_tag(one).get(step.tag, ())]

    def _by_tag(self, element: etree._Element) -> dict[str, list[etree._Element]]:
        """Return the children of an element by their tags; made once for all fields."""
        found = self._children.get(element)
        if found is None:
            found = self._children[element] = {}
            for child in element.iterchildren("*"):
                found.setdefault(str(child.tag), []).append(child)
        return found

    def _values(self, element: etree._Element, path: Path, field: SourceField) -> list[Value]:
        elements = [element]
        for step in path:
            if step.attribute:
                return [value for one in elements if (value := one.get(step.tag)) is not None]
            elements = self._within(elements, step)
        return _written(elements, field)


def contexts_of(queue: AnyQueue, number: int) -> list[Value] | Endless:
    """Return a context by its number; a queue that has fewer gives its last one again (assumed)."""
    if isinstance(queue, Endless):
        return queue
    if not queue.contexts:
        return []
    return queue.contexts[min(number, len(queue.contexts) - 1)]


def aligned(queues: Sequence[AnyQueue]) -> Iterator[list[list[Value] | Endless]]:
    """Yield the contexts of several queues that belong together; nothing where all are endless."""
    count = max((len(one.contexts) for one in queues if isinstance(one, Queue)), default=0)
    for number in range(count):
        yield [contexts_of(one, number) for one in queues]


def taken(context: list[Value] | Endless, number: int) -> Value:
    """Return a value of a context by its number; the last one again where it has fewer (SAP's page)."""
    return context.make() if isinstance(context, Endless) else context[min(number, len(context) - 1)]


def _written(elements: list[etree._Element], field: SourceField) -> list[Value]:
    return [_value(one, field) for one in elements]


def _value(element: etree._Element, field: SourceField) -> str:
    if field.as_xml:
        return etree.tostring(element, encoding="unicode", with_tail=False)
    if element.get(_NIL) in ("true", "1"):
        return Nil()
    if any(isinstance(one.tag, str) for one in element):
        return ""
    return "".join(element.itertext(with_tail=True)) if len(element) else element.text or ""
