"""What a resource path leads to: a set of entities, one of them, or a part of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.model import EntitySet, Model, Navigation, columns
from pytest_iflow.emulator.odata.property_path import ROOT_ALIAS
from pytest_iflow.emulator.odata.reader import Reader
from pytest_iflow.emulator.odata.resource_path import Segment
from pytest_iflow.emulator.odata.sql import TRUE, Sql, all_of

BAD_REQUEST = 400
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Target:
    """The entities of a set for which a condition holds; one at most if ``single``.

    ``part`` is ``$count``, ``$value`` or the name of a property behind it, with ``$value`` after the
    last if ``raw``. ``navigated`` if another entity led here.
    """

    entity_set: EntitySet
    condition: Sql = TRUE
    single: bool = False
    navigated: bool = False
    part: str | None = None
    raw: bool = False


def target(path: list[Segment], model: Model, reader: Reader) -> Target:
    """Follow a path of at least one segment; raises ODataError if it leads nowhere.

    Every entity on the way has to exist; the one at its end need not.
    """
    first, *rest = path
    here = _keyed(Target(model.set(first.name)), first)
    while rest and here.part is None:
        segment, *rest = rest
        here = _next(here, segment, model, reader)
    if rest and not (here.single and [each.name for each in rest] == ["$value"] and here.part != "$value"):
        raise _nowhere(rest[0])
    return replace(here, raw=bool(rest))


def _next(here: Target, segment: Segment, model: Model, reader: Reader) -> Target:
    name = segment.name
    navigation = here.entity_set.type.navigation(name) if here.single else None
    if navigation is not None:
        return _keyed(_through(here, navigation, model, reader), segment)
    is_part = segment.key is None and (
        name == "$count"
        if not here.single
        else here.entity_set.type.property(name) or (name == "$value" and here.entity_set.type.media)
    )
    if not is_part:
        raise _nowhere(segment)
    return replace(here, part=name)


def _through(here: Target, navigation: Navigation, model: Model, reader: Reader) -> Target:
    if not reader.count(here.entity_set, here.condition):
        raise missing()
    links = (
        Sql.of(
            "{0} = (SELECT {1} FROM {2} WHERE {3})",
            Sql.column(ROOT_ALIAS, theirs),
            Sql.column(ROOT_ALIAS, ours),
            Sql(f'"{here.entity_set.name}" AS "{ROOT_ALIAS}"'),
            here.condition,
        )
        for ours, theirs in navigation.on
    )
    found = model.set(navigation.target)
    return Target(found, all_of(links), single=not navigation.many, navigated=True)


def _keyed(here: Target, segment: Segment) -> Target:
    if segment.key is None:
        return here
    names = here.entity_set.type.key
    key = {name or names[0]: value for name, value in segment.key}
    if here.single or set(key) != set(names) or len(segment.key) != len(names):
        raise ODataError(BAD_REQUEST, f"The key of {segment.name} is made of {', '.join(names)}.")
    conditions = [here.condition]
    for name in names:
        wanted = Sql.of("{0} = {1}", Sql.column(ROOT_ALIAS, name), Sql.value(key[name]))
        if isinstance(key[name], str) is not (columns(here.entity_set.type)[name].type.kind == "string"):
            raise ODataError(BAD_REQUEST, f"The key {name} is of another type.")
        if key[name] != here.entity_set.any_key:
            conditions.append(wanted)
    return replace(here, condition=all_of(conditions), single=True)


def missing() -> ODataError:
    """Make the error for an entity that is not there; its text is assumed."""
    return ODataError(NOT_FOUND, "Requested entity could not be found.")


def _nowhere(segment: Segment) -> ODataError:
    return ODataError(NOT_FOUND, f"There is no '{segment.name}' at this place of the resource path.")
