"""The target message is made, field by field, of the queues of a mapping and the structure of the target.

SAP's pages "Mapping Fields Within a Context" and "Runtime Procedure": a field is made as often as its queue
has values in the context that belongs to its parent, at most as often as the structure allows; a structure
field that has to occur is made even without a mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.mapping.definition import Expression, MessageMapping, TargetField
from pytest_iflow.iflow_engine.mapping.queues import AnyQueue, Endless, Nil, Queue, Suppress, Value
from pytest_iflow.iflow_engine.mapping.structure import Declared, StructureError
from pytest_iflow.iflow_engine.mapping.values import MAPPING_ERROR

_XSI = "http://www.w3.org/2001/XMLSchema-instance"


class TargetNode:
    """A target field with those within it, in the order of the structure."""

    def __init__(self, name: str, text: str, declared: Declared | None, *, required: bool = False) -> None:
        self.name = name
        self.text = text
        self.declared = declared
        self.required = required
        self.expression: Expression | None = None
        self.children: list[TargetNode] = []
        self.attributes: list[TargetNode] = []

    @property
    def mapped(self) -> bool:
        """Whether anything is mapped to the field or to what is within it."""
        return self.expression is not None or any(one.mapped for one in self.children + self.attributes)


def target_of(mapping: MessageMapping, root: Declared) -> TargetNode:
    """Return the tree of the target fields; raises StructureError for one that the structure has not."""
    tree = _Tree(root)
    for field in mapping.fields:
        tree.add(field)
    return tree.ordered()


class _Tree:
    def __init__(self, root: Declared) -> None:
        self._root = TargetNode(root.name, f"/{root.name.rpartition('}')[2]}", root)
        self._nodes: dict[tuple[int, str, bool, int], TargetNode] = {}
        self._copies: dict[int, int] = {}

    def add(self, field: TargetField) -> None:
        """Add a field and those around it."""
        if field.path[0].tag != self._root.name or field.path[0].attribute:
            raise StructureError(f"the target field {field.text}, which the structure has not")
        node = self._root
        for depth in range(1, len(field.path)):
            node = self._inner(node, field, depth)
        node.expression = field.expression

    def ordered(self) -> TargetNode:
        """Return the root, all children in the order of the structure, copies after each other."""
        for node in [self._root, *self._nodes.values()]:
            if node.children and node.declared is not None:
                order = {name: place for place, name in enumerate(node.declared.children)}
                node.children.sort(key=lambda one, order=order: (order[one.name], self._copies[id(one)]))  # type: ignore[misc]
        return self._root

    def _inner(self, node: TargetNode, field: TargetField, depth: int) -> TargetNode:
        step = field.path[depth]
        key = (id(node), step.tag, step.attribute, step.place)
        if key in self._nodes:
            return self._nodes[key]
        name, within = step.tag, node.declared
        text = "/".join(["", *field.text.strip("/").split("/")[: depth + 1]])
        if within is None or name not in (within.attributes if step.attribute else within.children):
            raise StructureError(f"the target field {text}, which the structure has not")
        if step.attribute:
            made = TargetNode(name, text, None, required=within.attributes[name])
            node.attributes.append(made)
        else:
            made = TargetNode(name, text, within.children[name])
            node.children.append(made)
            self._copies[id(made)] = step.place
        self._nodes[key] = made
        return made


class Target:
    """One run: how far each queue is read."""

    def __init__(self, queue_of: Callable[[Expression], AnyQueue], check: Callable[[], None]) -> None:
        self._queue_of = queue_of
        self._check = check
        self._read: dict[int, int] = {}

    def made(self, root: TargetNode, prefixes: Mapping[str, str]) -> etree._Element:
        """Return the target message; raises StepError where a field that has to be there has no value."""
        spaces = {prefix: space for prefix, space in prefixes.items() if prefix and space}
        holder = etree.Element("holder", nsmap={**spaces, "xsi": _XSI})
        self._make(root, holder)
        if len(holder) == 0:
            raise _no_value(root)
        document = etree.Element(holder[0].tag, dict(holder[0].attrib), nsmap=dict(holder.nsmap))
        document.text = holder[0].text
        document[:] = holder[0][:]
        etree.cleanup_namespaces(document)
        return document

    def _make(self, node: TargetNode, parent: etree._Element) -> None:
        declared = node.declared
        least, most = (declared.least, declared.most) if declared else (0, 1)
        if node.expression is None:
            automatic = least if least == most and node.mapped else 0
            values: list[Value] = [""] * automatic
        else:
            values = self._context(node)
        made = 0
        for value in values:
            self._check()
            if isinstance(value, Suppress) or (most is not None and made >= most):
                self._skip_within(node)
                continue
            made += 1
            self._element(node, parent, value)
        if node.expression is not None and made < least:
            raise _no_value(node)

    def _element(self, node: TargetNode, parent: etree._Element, value: str) -> None:
        element = etree.SubElement(parent, node.name)
        if isinstance(value, Nil):
            element.set(f"{{{_XSI}}}nil", "true")
        for attribute in node.attributes:
            found = [one for one in self._context(attribute) if not isinstance(one, Suppress)]
            if found:
                _write(lambda: element.set(attribute.name, found[0]), attribute)  # noqa: B023, called at once
            elif attribute.required:
                raise _no_value(attribute)
        if node.declared is not None and node.declared.children:
            for child in node.children:
                self._make(child, element)
        elif value:
            _write(lambda: setattr(element, "text", value), node)

    def _context(self, node: TargetNode) -> list[Value]:
        """Return the context that belongs to the parent at hand; an empty one after the last (assumed)."""
        if node.expression is None:
            return []
        queue = self._queue_of(node.expression)
        if isinstance(queue, Endless):
            return [queue.make()]
        place = self._read.get(id(node), 0)
        self._read[id(node)] = place + 1
        return queue.contexts[place] if place < len(queue.contexts) else []

    def _skip_within(self, node: TargetNode) -> None:
        """Go past the contexts of what is within a field that is not made."""
        for child in [*node.children, *node.attributes]:
            if child.expression is None:
                least = child.declared.least if child.declared else 0
                for _ in range(least if child.declared and least == child.declared.most else 0):
                    self._skip_within(child)
            elif isinstance(self._queue_of(child.expression), Queue):
                for _ in self._context(child):
                    self._skip_within(child)
            else:
                self._skip_within(child)


def _write(write: Callable[[], None], node: TargetNode) -> None:
    try:
        write()
    except ValueError as error:
        raise StepError(
            f"the value of {node.text} cannot be written in XML: {error}", MAPPING_ERROR
        ) from error


def _no_value(node: TargetNode) -> StepError:
    return StepError(
        f"Cannot create target element {node.text}. Values missing in queue context. The target structure "
        "requires a value for this element, but the mapping of the target field makes none",
        MAPPING_ERROR,
    )
