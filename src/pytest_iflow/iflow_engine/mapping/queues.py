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


def source_queue(root: etree._Element, field: SourceField) -> Queue:
    """Return the values of a source field, one context for each instance of its context field."""
    depth = len(field.context)
    path, inner = field.path[:depth], field.path[depth:]
    if not _is(root, field.path[0]):
        return Queue([])
    if depth == 0:
        return Queue([[_value(root, field)]] if len(field.path) == 1 else [_values([root], inner[1:], field)])
    return Queue([_values([one], inner, field) for one in _reached([root], path[1:])])


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


def _reached(elements: list[etree._Element], path: Path) -> list[etree._Element]:
    for step in path:
        elements = [inner for one in elements for inner in one.iterchildren(_tag(step))]
    return elements


def _values(elements: list[etree._Element], path: Path, field: SourceField) -> list[Value]:
    if path and path[-1].attribute:
        name = _tag(path[-1])
        return [found for one in _reached(elements, path[:-1]) if (found := one.get(name)) is not None]
    return [_value(one, field) for one in _reached(elements, path)]


def _value(element: etree._Element, field: SourceField) -> str:
    if field.as_xml:
        return etree.tostring(element, encoding="unicode", with_tail=False)
    if element.get(_NIL) in ("true", "1"):
        return Nil()
    if any(isinstance(one.tag, str) for one in element):
        return ""
    return "".join(element.itertext(with_tail=True)) if len(element) else element.text or ""


def _is(element: etree._Element, step: PathStep) -> bool:
    return element.tag == _tag(step)


def _tag(step: PathStep) -> str:
    return f"{{{step.namespace}}}{step.name}" if step.namespace else step.name
