"""The system query options of a request for products, as a selection of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_iflow.emulator.odata_error import ODataError
from pytest_iflow.emulator.products.catalogue import KEY, PROPERTIES, Property, Selection
from pytest_iflow.emulator.products.filter import Condition, FilterError, compile_filter

SUPPORTED = frozenset({"$filter", "$select", "$orderby", "$top", "$skip", "$format"})
BAD_REQUEST = 400
NOT_IMPLEMENTED = 501


def selection(options: Mapping[str, str]) -> Selection:
    """Translate query options; raises ODataError for one that is unknown or malformed.

    Options without ``$`` are the caller's own and ignored, as OData has it.
    """
    for name in options:
        if name.startswith("$") and name not in SUPPORTED:
            raise ODataError(NOT_IMPLEMENTED, f"The query option {name} is not supported.")
    condition = _condition(options.get("$filter"))
    return Selection(
        properties=selected(options.get("$select")),
        where=condition.sql,
        parameters=condition.parameters,
        order_by=_order(options.get("$orderby")),
        limit=_count(options, "$top", default=-1),
        offset=_count(options, "$skip", default=0),
    )


def selected(names: str | None) -> list[Property]:
    """Return the properties of ``$select`` in its order; all without one, or with ``*``."""
    if names is None or names.strip() == "*":
        return list(PROPERTIES.values())
    return [_property(name) for name in names.split(",")]


def _condition(text: str | None) -> Condition:
    if text is None:
        return Condition("1")
    try:
        return compile_filter(text)
    except FilterError as error:
        raise ODataError(BAD_REQUEST, f"Invalid $filter: {error}") from error


def _order(text: str | None) -> str:
    if text is None:
        return KEY.column
    terms = []
    for term in text.split(","):
        name, _, direction = term.strip().partition(" ")
        if direction.strip() not in {"", "asc", "desc"}:
            raise ODataError(BAD_REQUEST, "A direction in $orderby is neither asc nor desc.")
        terms.append(f"{_property(name).column} {direction.strip()}")
    return ", ".join([*terms, KEY.column])


def _count(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name)
    if text is None:
        return default
    # Nine digits are plenty, and fit into an integer of the database.
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - said above
        raise ODataError(BAD_REQUEST, f"{name} is not a count.")
    return int(text)


def _property(name: str) -> Property:
    found = PROPERTIES.get(name.strip())
    if found is None:
        raise ODataError(BAD_REQUEST, "The entity type Product has no property of a name that is used.")
    return found
