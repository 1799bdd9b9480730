"""What to read of an entity set: the query options of a request, understood."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.model import ComplexProperty, EntitySet, Model
from pytest_iflow.emulator.odata.sql import TRUE, Sql

BAD_REQUEST = 400


@dataclass(slots=True)
class Shape:
    """Which parts of an entity are shown: properties, ways to others, and others within it."""

    entity_set: EntitySet
    properties: list[str]
    deferred: list[str]
    expanded: dict[str, Shape] = field(default_factory=dict)

    def columns(self) -> list[str]:
        """Return the columns that showing an entity takes: what is shown, its key, the links."""
        entity_type = self.entity_set.type
        needed: dict[str, None] = dict.fromkeys(entity_type.key)
        for name in self.properties:
            shown = entity_type.property(name)
            inner = shown.properties if isinstance(shown, ComplexProperty) else None
            needed |= dict.fromkeys([f"{name}/{each.name}" for each in inner] if inner else [name])
        for name in self.expanded:
            navigation = entity_type.navigation(name)
            needed |= dict.fromkeys(ours for ours, _ in navigation.on) if navigation else {}
        return list(needed)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entities are wanted, in which order and shape. ``top`` None stands for all.

    ``delivered`` entities of them have gone out on earlier pages of the server's.
    """

    shape: Shape
    condition: Sql = TRUE
    order: Sql = TRUE
    top: int | None = None
    skip: int = 0
    delivered: int = 0
    count: bool = False

    @property
    def entity_set(self) -> EntitySet:
        """The set that is read."""
        return self.shape.entity_set


def shape(model: Model, entity_set: EntitySet, select: str | None, expand: str | None) -> Shape:
    """Read ``$select`` and ``$expand``; raises ODataError for a name that the model does not have.

    What is expanded is shown, selected or not (assumed).
    """
    root = _everything(entity_set)
    for path in _paths(expand):
        node = root
        for name in path:
            node = _expanded(model, node, name)
    selected = _paths(select)
    if selected and ["*"] not in selected:
        _narrow(root, selected)
    return root


def _everything(entity_set: EntitySet) -> Shape:
    entity_type = entity_set.type
    return Shape(
        entity_set,
        [each.name for each in entity_type.properties],
        [each.name for each in entity_type.navigations],
    )


def _paths(text: str | None) -> list[list[str]]:
    return [path.strip().split("/") for path in text.split(",")] if text else []


def _expanded(model: Model, node: Shape, name: str) -> Shape:
    navigation = node.entity_set.type.navigation(name)
    if navigation is None:
        raise _unknown(node, "navigation property")
    if name not in node.expanded:
        node.expanded[name] = _everything(model.set(navigation.target))
        node.deferred.remove(name)
    return node.expanded[name]


def _narrow(node: Shape, selected: list[list[str]]) -> None:
    inner: dict[str, list[list[str]]] = {}
    properties: dict[str, None] = {}
    deferred: list[str] = []
    for name, *rest in selected:
        if name in node.expanded:
            inner.setdefault(name, []).append(rest)
        elif node.entity_set.type.property(name):
            properties[name] = None
        elif node.entity_set.type.navigation(name):
            deferred.append(name)
        else:
            raise _unknown(node, "property")
    node.properties = list(properties)
    node.deferred = deferred
    for name, paths in inner.items():
        if [] not in paths and ["*"] not in paths:
            _narrow(node.expanded[name], paths)


def _unknown(node: Shape, what: str) -> ODataError:
    text = f"The entity type {node.entity_set.type.name} has no {what} of a name that is used."
    return ODataError(BAD_REQUEST, text)
