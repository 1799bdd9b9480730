"""Resource paths: ``Logs('1')/Attachments/$count`` read, and followed to what they lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from http import HTTPStatus

from pytest_iflow.emulator.odata.edm import EdmType, LiteralError, Long, Token, Value, tokenize
from pytest_iflow.emulator.odata.filter import ROOT_ALIAS, TRUE, Sql, all_of
from pytest_iflow.emulator.odata.model import EntitySet, Model, Navigation, ODataError, columns
from pytest_iflow.emulator.odata.reader import Reader

SEGMENT = re.compile(r"(?P<name>\$?\w+)(?:\((?P<key>(?:[^'()]|'(?:[^']|'')*')*)\))?(?:/|$)")


@dataclass(frozen=True, slots=True)
class Segment:
    """A name with its key: None without brackets, pairs of name and value with them.

    A key of one value without a name has None for the name.
    """

    name: str
    key: tuple[tuple[str | None, Value], ...] | None


def read_segments(path: str) -> list[Segment]:
    """Cut a path that is percent-decoded already, so that a slash in a key is one; raises ODataError."""
    found: list[Segment] = []
    position = 0
    while position < len(path):
        match = SEGMENT.match(path, position)
        if match is None:
            raise ODataError(
                HTTPStatus.NOT_FOUND, f"The resource path is malformed at position {position + 1}."
            )
        key = match.group("key")
        found.append(Segment(match.group("name"), None if key is None else _key(key)))
        position = match.end()
    return found


def _key(text: str) -> tuple[tuple[str | None, Value], ...]:
    try:
        parts = tokenize(text)[:-1]
    except LiteralError as error:
        raise ODataError(HTTPStatus.BAD_REQUEST, f"Invalid key: {error}") from error
    if len(parts) == 1 and _is_literal(parts[0]):
        return ((None, parts[0].value),)
    return tuple(_pair(parts[start : start + 4]) for start in range(0, len(parts), 4))


def _pair(parts: list[Token]) -> tuple[str, Value]:
    # Name, equals sign, literal, and a comma unless it is the last pair.
    shape = ["literal" if _is_literal(each) else each.text for each in parts]
    if shape[1:] not in (["=", "literal"], ["=", "literal", ","]) or parts[0].kind != "word":
        raise ODataError(HTTPStatus.BAD_REQUEST, "Invalid key: pairs of name and value are expected.")
    return parts[0].text, parts[2].value


def _is_literal(token: Token) -> bool:
    return token.kind not in {"word", "mark", "end"}


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


def resolve(path: list[Segment], model: Model, reader: Reader) -> Target:
    """Follow a path of at least one segment; raises ODataError if it leads nowhere.

    Every entity on the way has to exist; the one at its end need not.
    """
    first, *rest = path
    here = _keyed(Target(model.set(first.name)), first)
    while rest and here.part is None:
        segment, *rest = rest
        here = _next(here, segment, model, reader)
    if rest and not (here.single and [each.name for each in rest] == ["$value"] and here.part != "$value"):
        raise _no_such_part(rest[0])
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
        raise _no_such_part(segment)
    return replace(here, part=name)


def _through(here: Target, navigation: Navigation, model: Model, reader: Reader) -> Target:
    if navigation.refusal:
        raise navigation.refusal.error()
    if not reader.count(here.entity_set, here.condition):
        raise entity_not_found(here.entity_set)
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
        return _newest(here)
    names = here.entity_set.type.key
    key = {name or names[0]: value for name, value in segment.key}
    if here.single or set(key) != set(names) or len(segment.key) != len(names):
        raise ODataError(HTTPStatus.BAD_REQUEST, f"The key of {segment.name} is made of {', '.join(names)}.")
    conditions = [here.condition]
    for name in names:
        wanted = Sql.of("{0} = {1}", Sql.column(ROOT_ALIAS, name), Sql.value(key[name]))
        if not _fits(columns(here.entity_set.type)[name].type, key[name]):
            raise ODataError(HTTPStatus.BAD_REQUEST, f"The key {name} is of another type.")
        if (name, key[name]) not in here.entity_set.any_keys:
            conditions.append(wanted)
    found = replace(here, condition=all_of(conditions), single=True)
    return found if len(conditions) > len(names) else _newest(found)


def _fits(edm_type: EdmType, value: Value) -> bool:
    """Tell whether a literal is of a type; that of Edm.Int64 ends in an ``L`` (observed, wire-facts 5.2)."""
    if edm_type is EdmType.INT64:
        return isinstance(value, Long)
    return isinstance(value, str) is (edm_type.kind == "string")


def _newest(here: Target) -> Target:
    """Leave out older versions, where the set has versions."""
    if here.entity_set.newest is None:
        return here
    column = Sql.column(ROOT_ALIAS, here.entity_set.newest)
    return replace(here, condition=all_of((here.condition, column)))


def entity_not_found(entity_set: EntitySet) -> ODataError:
    """Make the error for an entity of a set that is not there."""
    return ODataError(HTTPStatus.NOT_FOUND, entity_set.missing)


def _no_such_part(segment: Segment) -> ODataError:
    return ODataError(
        HTTPStatus.NOT_FOUND, f"There is no '{segment.name}' at this place of the resource path."
    )
