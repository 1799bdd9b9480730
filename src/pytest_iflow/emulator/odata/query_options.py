"""The system query options of a request, as a selection of an entity set."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.filter import FilterError, compile_filter
from pytest_iflow.emulator.odata.model import EntitySet, Model
from pytest_iflow.emulator.odata.property_path import PropertyPaths
from pytest_iflow.emulator.odata.selection import Selection, shape
from pytest_iflow.emulator.odata.sql import Sql, all_of

SUPPORTED = frozenset(
    {
        "$filter",
        "$select",
        "$expand",
        "$orderby",
        "$top",
        "$skip",
        "$skiptoken",
        "$inlinecount",
        "$format",
    }
)
FORMATS = ("json", "atom", "xml")
BAD_REQUEST = 400
NOT_IMPLEMENTED = 501


def checked(options: Mapping[str, str], entity_set: EntitySet) -> dict[str, str]:
    """Return the options that have an effect on a set; raises ODataError for one that is not served.

    Options without ``$`` are the caller's own and not looked at, as OData has it.
    """
    effective = {name: text for name, text in options.items() if name not in entity_set.ignored}
    for name in effective:
        if name in entity_set.refused:
            raise entity_set.refused[name].error()
        if name.startswith("$") and name not in SUPPORTED:
            raise ODataError(NOT_IMPLEMENTED, f"The query option {name} is not supported.")
    if effective.get("$inlinecount", "none") not in {"allpages", "none"}:
        raise ODataError(BAD_REQUEST, "$inlinecount is neither allpages nor none.")
    if effective.get("$format", "json") not in FORMATS:
        raise ODataError(BAD_REQUEST, f"$format is none of {', '.join(FORMATS)}.")
    return effective


def selection(options: Mapping[str, str], model: Model, entity_set: EntitySet, within: Sql) -> Selection:
    """Translate the options of a request for those entities that are ``within``; raises ODataError."""
    paths = PropertyPaths(model, entity_set)
    return Selection(
        shape=shape(model, entity_set, options.get("$select"), options.get("$expand")),
        condition=condition(options, paths, within),
        order=_order(options.get("$orderby"), paths),
        top=_count(options["$top"], "$top") if "$top" in options else None,
        skip=_count(options.get("$skip", "0"), "$skip"),
        delivered=_count(options.get("$skiptoken", "0"), "$skiptoken"),
        count=options.get("$inlinecount") == "allpages",
    )


def condition(options: Mapping[str, str], paths: PropertyPaths, within: Sql) -> Sql:
    """Return what ``$filter`` leaves of the entities that are ``within``; raises ODataError."""
    if "$filter" not in options:
        return within
    try:
        wanted = compile_filter(options["$filter"], paths)
    except FilterError as error:
        raise ODataError(BAD_REQUEST, f"Invalid $filter: {error}") from error
    return all_of((within, wanted))


def _order(text: str | None, paths: PropertyPaths) -> Sql:
    entity_set = paths.entity_set
    terms: list[Sql] = []
    direction = ""
    for term in (text or entity_set.order or entity_set.type.key[0]).split(","):
        path, _, direction = (part.strip() for part in term.strip().partition(" "))
        if direction not in {"", "asc", "desc"}:
            raise ODataError(BAD_REQUEST, "A direction in $orderby is neither asc nor desc.")
        found = paths.find(path)
        if found is None:
            raise ODataError(BAD_REQUEST, "$orderby names a property that the entity type does not have.")
        terms.append(Sql.of(f"{{0}} {direction}", found[0]))
    # The key makes every order complete; in the same direction, so that one index can serve both.
    terms += [Sql(f"{Sql.column(paths.alias, key).text} {direction}") for key in entity_set.type.key]
    return Sql.of(", ".join(f"{{{number}}}" for number in range(len(terms))), *terms)


def _count(text: str, name: str) -> int:
    # Nine digits are plenty, and fit into an integer of the database.
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - said above
        raise ODataError(BAD_REQUEST, f"{name} is not a count.")
    return int(text)
