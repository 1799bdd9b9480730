"""The system query options of a request, as a selection of an entity set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from pytest_iflow.emulator.odata.edm import LiteralError, tokenize
from pytest_iflow.emulator.odata.filter import TRUE, FilterError, PropertyPaths, Sql, all_of, compile_filter
from pytest_iflow.emulator.odata.model import ComplexProperty, EntitySet, Model, ODataError

SYSTEM_OPTIONS = "$filter $select $expand $orderby $top $skip $skiptoken $inlinecount $format"
SUPPORTED = frozenset(SYSTEM_OPTIONS.split())
FORMATS = ("json", "atom", "xml")


def string_parameter(options: Mapping[str, str], name: str) -> str:
    """Return a parameter of a function, which is a literal: ``'text'``; raises ODataError."""
    try:
        literal, _ = tokenize(options.get(name, ""))
    except (LiteralError, ValueError) as error:
        raise ODataError(HTTPStatus.BAD_REQUEST, f"The parameter {name} is missing or no string.") from error
    return str(literal.value)


@dataclass(slots=True)
class Shape:
    """Which parts of an entity are shown: properties, links to other entities, and expanded entities."""

    entity_set: EntitySet
    properties: list[str]
    deferred: list[str]
    expanded: dict[str, Shape] = field(default_factory=dict)

    def columns(self) -> list[str]:
        """Return the columns to read: those of what is shown, of the key, and of the links."""
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

    ``delivered`` of them were sent on earlier pages.
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


def read_shape(model: Model, entity_set: EntitySet, select: str | None, expand: str | None) -> Shape:
    """Read ``$select`` and ``$expand``; raises ODataError for a name that the model does not have.

    Expanded entities are shown whether they are selected or not (assumed).
    """
    root = _full_shape(entity_set)
    for path in _split_paths(expand):
        node = root
        for name in path:
            node = _expanded(model, node, name)
    selected = _split_paths(select)
    if selected and ["*"] not in selected:
        _narrow(root, selected)
    return root


def _full_shape(entity_set: EntitySet) -> Shape:
    entity_type = entity_set.type
    return Shape(
        entity_set,
        [each.name for each in entity_type.properties],
        [each.name for each in entity_type.navigations],
    )


def _split_paths(text: str | None) -> list[list[str]]:
    return [path.strip().split("/") for path in text.split(",")] if text else []


def _expanded(model: Model, node: Shape, name: str) -> Shape:
    navigation = node.entity_set.type.navigation(name)
    if navigation is None:
        raise _unknown(node, "navigation property")
    if name not in node.expanded:
        node.expanded[name] = _full_shape(model.set(navigation.target))
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
    return ODataError(HTTPStatus.BAD_REQUEST, text)


def check_options(
    options: Mapping[str, str], entity_set: EntitySet, *, single: bool = False, counted: bool = False
) -> dict[str, str]:
    """Return the options that have an effect on a set; raises ODataError for one that is not served.

    A ``single`` entity of the set takes other options than a list; where it is ``counted`` only a filter
    is left, as SAP's OpenAPI has it.

    Options without ``$`` are the caller's own and not looked at, as OData has it.
    """
    ignored = frozenset[str]() if single else entity_set.ignored
    effective = {name: text for name, text in options.items() if name not in ignored}
    served = entity_set.entity_options if single else entity_set.options
    served = SUPPORTED if served is None else served
    if counted:
        served = served & {"$filter"}
    for name in effective:
        if name in entity_set.refused:
            raise entity_set.refused[name].error()
        if name.startswith("$") and name not in served:
            raise ODataError(HTTPStatus.NOT_IMPLEMENTED, f"The query option {name} is not supported.")
    order = effective.get("$orderby")
    if order is not None and entity_set.orders is not None and order not in entity_set.orders:
        raise ODataError(HTTPStatus.NOT_IMPLEMENTED, f"The order {order} is not supported.")
    if effective.get("$inlinecount", "none") not in {"allpages", "none"}:
        raise ODataError(HTTPStatus.BAD_REQUEST, "$inlinecount is neither allpages nor none.")
    if effective.get("$format", "json") not in FORMATS:
        raise ODataError(HTTPStatus.BAD_REQUEST, f"$format is none of {', '.join(FORMATS)}.")
    return effective


def read_selection(options: Mapping[str, str], model: Model, entity_set: EntitySet, within: Sql) -> Selection:
    """Translate the options of a request for those entities that are ``within``; raises ODataError."""
    paths = PropertyPaths(model, entity_set)
    return Selection(
        shape=read_shape(model, entity_set, options.get("$select"), options.get("$expand")),
        condition=filter_condition(options, paths, within),
        order=_order(options.get("$orderby"), paths),
        top=_count(options["$top"], "$top") if "$top" in options else None,
        skip=_count(options.get("$skip", "0"), "$skip"),
        delivered=_count(options.get("$skiptoken", "0"), "$skiptoken"),
        count=options.get("$inlinecount") == "allpages",
    )


def filter_condition(options: Mapping[str, str], paths: PropertyPaths, within: Sql) -> Sql:
    """Return what ``$filter`` leaves of the entities that are ``within``; raises ODataError."""
    if "$filter" not in options:
        return within
    try:
        wanted = compile_filter(options["$filter"], paths)
    except FilterError as error:
        raise ODataError(HTTPStatus.BAD_REQUEST, f"Invalid $filter: {error}") from error
    return all_of((within, wanted))


def _order(text: str | None, paths: PropertyPaths) -> Sql:
    entity_set = paths.entity_set
    terms: list[Sql] = []
    direction = ""
    for term in (text or entity_set.order or entity_set.type.key[0]).split(","):
        path, _, direction = (part.strip() for part in term.strip().partition(" "))
        if direction not in {"", "asc", "desc"}:
            raise ODataError(HTTPStatus.BAD_REQUEST, "A direction in $orderby is neither asc nor desc.")
        found = paths.find(path)
        if found is None:
            raise ODataError(
                HTTPStatus.BAD_REQUEST, "$orderby names a property that the entity type does not have."
            )
        terms.append(Sql.of(f"{{0}} {direction}", found[0]))
    # The key makes every order complete; in the same direction, so that one index can serve both.
    terms += [Sql(f"{Sql.column(paths.alias, key).text} {direction}") for key in entity_set.type.key]
    return Sql.of(", ".join(f"{{{number}}}" for number in range(len(terms))), *terms)


def _count(text: str, name: str) -> int:
    # Nine digits are plenty, and fit into an integer of the database.
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - said above
        raise ODataError(HTTPStatus.BAD_REQUEST, f"{name} is not a count.")
    return int(text)
