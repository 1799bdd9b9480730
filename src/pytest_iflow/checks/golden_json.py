"""The differences between two JSON messages."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from pytest_iflow.checks.json_number import as_decimal
from pytest_iflow.checks.lookalikes import told_apart, twin_note
from pytest_iflow.checks.quoting import json_path, shown

_NOTHING = object()
_Place = tuple[str | int, ...]


def json_differences(golden: Any, found: Any) -> list[str]:
    """List each difference with its JSONPath: numbers are equal by value, and 1 is not true."""
    return [] if _identity(golden) == _identity(found) else list(_differences((), golden, found))


def _differences(place: _Place, golden: Any, found: Any) -> Iterator[str]:
    if isinstance(golden, dict) and isinstance(found, dict):
        for name in {**golden, **found}:
            note = "" if name in golden else twin_note(name, golden)
            pair = golden.get(name, _NOTHING), found.get(name, _NOTHING)
            yield from (f"{line}{note}" for line in _differences((*place, name), *pair))
    elif isinstance(golden, list) and isinstance(found, list):
        yield from _item_differences(place, golden, found)
    elif golden is _NOTHING:
        yield f"{json_path(place)}: not expected, found {shown(found)}"
    elif found is _NOTHING:
        yield f"{json_path(place)}: expected {shown(golden)}, found nothing"
    elif _identity(golden) != _identity(found):
        expected, actual = told_apart(golden, found)
        yield f"{json_path(place)}: expected {expected}, found {actual}"


def _item_differences(place: _Place, golden: list[Any], found: list[Any]) -> Iterator[str]:
    if len(golden) == len(found):
        for index, pair in enumerate(zip(golden, found, strict=True)):
            yield from _differences((*place, index), *pair)
        return
    matcher = SequenceMatcher(None, [*map(_identity, golden)], [*map(_identity, found)])
    for kind, start, end, found_start, found_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        pairs = zip_longest(golden[start:end], found[found_start:found_end], fillvalue=_NOTHING)
        for number, (expected, actual) in enumerate(pairs):
            index = start + number if actual is _NOTHING else found_start + number
            yield from _differences((*place, index), expected, actual)


def _identity(value: Any) -> Hashable:
    """What makes a value the one that it is: 51, 51.0 and 51.000 are one number."""
    if isinstance(value, dict):
        return frozenset((name, _identity(member)) for name, member in value.items())
    if isinstance(value, list):
        return tuple(map(_identity, value))
    if value is None or isinstance(value, str | bool):
        return type(value), value
    number = value if type(value) is int else as_decimal(value)
    return "number", str(value) if number is None else number
