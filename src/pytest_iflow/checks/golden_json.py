"""How JSON differs from a golden message, by the rules beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Any

from msgspec import Struct, field

from pytest_iflow.checks.alignment import Comparison, Rules
from pytest_iflow.checks.document import Document
from pytest_iflow.checks.golden_rules import Rule
from pytest_iflow.checks.golden_value import (
    NOTHING,
    Difference,
    Place,
    rule_of,
    ruled_identity,
    value_difference,
)
from pytest_iflow.checks.json_number import identity
from pytest_iflow.checks.jsonpath_search import compiled_jsonpath, matches
from pytest_iflow.checks.pairing import blocks, without_common_ends
from pytest_iflow.checks.quoting import as_text, json_path, quoted, shown, twin_note
from pytest_iflow.errors import ConfigurationError

_Place = tuple[str | int, ...]


def check_jsonpath(path: str) -> None:
    """Raise ConfigurationError for what is no JSONPath."""
    if not path.startswith("$"):
        raise ConfigurationError(
            f"{path!r} is no JSONPath, and the golden message is JSON",
            remedy="A JSONPath begins with $, such as $.Products.Product[0].Name or $..timestamp.",
        )
    compiled_jsonpath(path)


class _Ruled(Struct):
    """The rules for a value, and for those within it."""

    rules: list[Rule] = field(default_factory=list)
    within: dict[str | int, _Ruled] = field(default_factory=dict)


Side = tuple[Any, _Ruled | None]
"""A value of one of the messages, and the rules that the paths lead to there."""


class JsonGolden:
    """Compares one answer with a golden message; ``used`` are the rules that fit something in either."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._any_order = Comparison(Rules(True, True, lambda _: None))
        self.used: set[Rule] = set()

    def differences(self, golden: Document, found: Document) -> Iterator[Difference]:
        """Yield each difference with its JSONPath: numbers are equal by value, and 1 is not true."""
        sides = (golden.value, self.resolve(golden)), (found.value, self.resolve(found))
        if not self._rules and identity(golden.value) == identity(found.value):
            return
        yield from self._value((), *sides)

    def resolve(self, document: Document) -> _Ruled | None:
        """Find what the rules are about in a message; None where there is nothing."""
        root = _Ruled()
        for rule in self._rules:
            for match in matches(compiled_jsonpath(rule.path), document.value):
                self.used.add(rule)
                place = root
                for part in match.parts:
                    place = place.within.setdefault(part, _Ruled())
                place.rules.append(rule)
        return root if root.rules or root.within else None

    def _value(self, place: _Place, golden: Side, found: Side, note: str = "") -> Iterator[Difference]:
        """Yield the differences of two values; names and indexes lead to the ``place`` of both."""
        rules = rules_of(golden, found)
        expected, actual = golden[0], found[0]
        is_as_one = bool(rules) and any(rule_of(rules, kind) for kind in ("ignore", "mask"))
        if not is_as_one and isinstance(expected, dict) and isinstance(actual, dict):
            for name in {**expected, **actual}:
                twin = "" if name in expected else twin_note(name, expected)
                yield from self._value((*place, name), member_of(golden, name), member_of(found, name), twin)
        elif not is_as_one and isinstance(expected, list) and isinstance(actual, list):
            yield from self._items(place, items_of(golden), items_of(found), rule_of(rules, "any-order"))
        else:
            difference = value_difference(_place(place), rules, expected, actual, note)
            if difference:
                yield difference

    def _items(
        self, place: _Place, golden: list[Side], found: list[Side], any_order: Rule | None
    ) -> Iterator[Difference]:
        for one, other in self.pairs(golden, found, any_order):
            if other is not None:
                expected = (NOTHING, None) if one is None else golden[one]
                yield from self._value((*place, other), expected, found[other])
            elif one is not None and any_order is None:
                yield from self._value((*place, one), golden[one], (NOTHING, None))
            elif one is not None and any_order is not None:
                yield _lacking(place, golden[one], any_order)

    def pairs(
        self, golden: list[Side], found: list[Side], any_order: Rule | None
    ) -> Iterator[tuple[int | None, int | None]]:
        """Yield the indexes of items that belong together; None for what is not in the other message."""
        if any_order is None:
            return self._in_order(golden, found)
        if any_order.key is None:
            return self._unordered(golden, found)
        return _by_key(golden, found, any_order.key)

    def _in_order(self, golden: list[Side], found: list[Side]) -> Iterator[tuple[int | None, int | None]]:
        start, end = without_common_ends(golden, found, self.fits)
        middle = golden[start : len(golden) - end], found[start : len(found) - end]
        yield from ((index, index) for index in range(start))
        ours, theirs = ([*map(_identity, each)] for each in middle)
        for first, second, _ in blocks(ours, theirs, by_place=True):
            yield from zip_longest((start + index for index in first), (start + index for index in second))
        for index in range(end, 0, -1):
            yield len(golden) - index, len(found) - index

    def fits(self, golden: Side, found: Side) -> bool:
        """Tell whether two values do not differ."""
        return next(self._value((), golden, found), None) is None

    def _unordered(self, golden: list[Side], found: list[Side]) -> Iterator[tuple[int | None, int | None]]:
        """Pair items that do not differ; of the others, those that differ least."""

        def fits(one: Side, other: Side) -> bool:
            self._any_order.count_one()
            return self.fits(one, other)

        def differences(number: int, index: int) -> list[str]:
            self._any_order.count_one()
            return ["" for _ in self._value((), golden[number], found[index])]

        alignment = self._any_order.align(golden, found, fits, _identity)
        yield from self._any_order.pairs(alignment, differences)


def _by_key(golden: list[Side], found: list[Side], key: str) -> Iterator[tuple[int | None, int | None]]:
    """Pair items of the same key; those of one key stand in their order."""
    waiting: dict[Hashable, list[int]] = {}
    for index in range(len(found) - 1, -1, -1):
        waiting.setdefault(_key_of(found[index], key), []).append(index)
    for number, side in enumerate(golden):
        partners = waiting.get(_key_of(side, key))
        yield number, partners.pop() if partners else None
    yield from ((None, index) for index in sorted(chain.from_iterable(waiting.values())))


def _lacking(place: _Place, golden: Side, any_order: Rule) -> Difference:
    value = _key_of(golden, any_order.key) if any_order.key else None
    key = "" if value is None else f" with {any_order.key} {quoted(value)}"
    return Difference(_place(place), lambda: (f"an item{key}, {shown(golden[0])}", "none like it"))


def _place(keys: _Place) -> Place:
    return Place(lambda: json_path(keys), lambda: _path_of_all(keys))


def _path_of_all(keys: _Place) -> str:
    """Return the JSONPath to a place in every item of the arrays on the way; empty for the whole message."""
    path = "$" if keys else ""
    for key in keys:
        path = f"{path}[*]" if isinstance(key, int) else json_path((key,), path)
    return path


def rules_of(golden: Side, found: Side) -> list[Rule]:
    """Return the rules for a value, in whichever message their paths lead to it."""
    rules = golden[1].rules if golden[1] else []
    return rules if not found[1] else list(dict.fromkeys([*rules, *found[1].rules]))


def member_of(side: Side, name: str) -> Side:
    """Return a member of an object, or NOTHING, with its rules."""
    ruled = side[1].within.get(name) if side[1] else None
    return side[0].get(name, NOTHING), ruled


def items_of(side: Side) -> list[Side]:
    """Return the items of an array, each with its rules."""
    within = side[1].within if side[1] else {}
    return [(item, within.get(index)) for index, item in enumerate(side[0])]


def _key_of(side: Side, key: str) -> str | None:
    """Return the key of an item as a text; None where it has none."""
    item = side[0]
    if not key.startswith("$"):
        return as_text(item[key]) if isinstance(item, dict) and key in item else None
    values = matches(compiled_jsonpath(key), item) if isinstance(item, dict | list) else []
    return as_text(values[0].obj) if values else None


def _identity(side: Side) -> Hashable:
    """Return the same for values that do not differ by the rules."""
    value, ruled = side
    if ruled is None:
        return identity(value)
    if any(rule_of(ruled.rules, kind) for kind in ("ignore", "mask", "tolerance")):
        return "by rule"
    if isinstance(value, dict):
        members = ((name, member_of(side, name)) for name in value)
        return frozenset(
            (name, _identity(each))
            for name, each in members
            if not (each[1] and rule_of(each[1].rules, "ignore"))
        )
    if isinstance(value, list):
        items = tuple(map(_identity, items_of(side)))
        return frozenset(Counter(items).items()) if rule_of(ruled.rules, "any-order") else items
    return ruled_identity(ruled.rules, value)
