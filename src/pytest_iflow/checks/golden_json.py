"""How JSON differs from a golden message, by the rules beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from pytest_iflow.checks.alignment import Comparison, Rules, without_common_ends
from pytest_iflow.checks.document import Document
from pytest_iflow.checks.golden_rules import Rule
from pytest_iflow.checks.golden_value import NOTHING, Difference, rule_of, ruled_identity, value_difference
from pytest_iflow.checks.json_number import identity
from pytest_iflow.checks.path import compiled_jsonpath, matches
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


@dataclass(slots=True)
class _Ruled:
    """The rules for a value, and for those within it."""

    rules: list[Rule] = field(default_factory=list)
    within: dict[str | int, _Ruled] = field(default_factory=dict)


_Side = tuple[Any, _Ruled | None]
"""A value of one of the messages, and the rules that the paths lead to there."""


class JsonGolden:
    """Compares one answer with a golden message; ``used`` are the rules that fit something in either."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._any_order = Comparison(Rules(True, True, lambda _: None))
        self.used: set[Rule] = set()

    def differences(self, golden: Document, found: Document) -> Iterator[Difference]:
        """Yield each difference with its JSONPath: numbers are equal by value, and 1 is not true."""
        sides = (golden.value, self._ruled(golden)), (found.value, self._ruled(found))
        if not self._rules and identity(golden.value) == identity(found.value):
            return
        yield from self._value((), *sides)

    def _ruled(self, document: Document) -> _Ruled | None:
        root = _Ruled()
        for rule in self._rules:
            for match in matches(compiled_jsonpath(rule.path), document.value):
                self.used.add(rule)
                place = root
                for part in match.parts:
                    place = place.within.setdefault(part, _Ruled())
                place.rules.append(rule)
        return root if root.rules or root.within else None

    def _value(self, place: _Place, golden: _Side, found: _Side, note: str = "") -> Iterator[Difference]:
        """Yield the differences of two values; names and indexes lead to the ``place`` of both."""
        rules = _rules(golden, found)
        expected, actual = golden[0], found[0]
        is_as_one = bool(rules) and any(rule_of(rules, kind) for kind in ("ignore", "mask"))
        if not is_as_one and isinstance(expected, dict) and isinstance(actual, dict):
            for name in {**expected, **actual}:
                twin = "" if name in expected else twin_note(name, expected)
                yield from self._value((*place, name), _member(golden, name), _member(found, name), twin)
        elif not is_as_one and isinstance(expected, list) and isinstance(actual, list):
            rule = rule_of(rules, "any-order")
            compare = self._items if rule is None else self._keyed if rule.key else self._unordered
            yield from compare(place, _items(golden), _items(found), rule.key if rule and rule.key else "")
        else:
            difference = value_difference(lambda: json_path(place), rules, expected, actual, note)
            if difference:
                yield difference

    def _items(
        self, place: _Place, golden: list[_Side], found: list[_Side], _key: str
    ) -> Iterator[Difference]:
        if len(golden) == len(found):
            for index, pair in enumerate(zip(golden, found, strict=True)):
                yield from self._value((*place, index), *pair)
            return
        start, end = without_common_ends(golden, found, self._fits)
        golden, found = golden[start : len(golden) - end], found[start : len(found) - end]
        matcher = SequenceMatcher(None, [*map(_identity, golden)], [*map(_identity, found)])
        for kind, first, last, found_first, found_last in matcher.get_opcodes():
            if kind == "equal":
                continue
            pairs = zip_longest(golden[first:last], found[found_first:found_last], fillvalue=(NOTHING, None))
            for number, (expected, actual) in enumerate(pairs):
                index = start + number + (first if actual[0] is NOTHING else found_first)
                yield from self._value((*place, index), expected, actual)

    def _fits(self, golden: _Side, found: _Side) -> bool:
        return next(self._value((), golden, found), None) is None

    def _keyed(
        self, place: _Place, golden: list[_Side], found: list[_Side], key: str
    ) -> Iterator[Difference]:
        """Pair items of the same key; those of one key stand in their order."""
        waiting: dict[Hashable, list[int]] = {}
        for index, side in enumerate(found):
            waiting.setdefault(_key_of(side, key), []).append(index)
        for indexes in waiting.values():
            indexes.reverse()
        for side in golden:
            wanted = _key_of(side, key)
            if partners := waiting.get(wanted):
                index = partners.pop()
                yield from self._value((*place, index), side, found[index])
            else:
                yield _lacking(place, side[0], "" if wanted is None else f" with {key} {quoted(str(wanted))}")
        for index in sorted(index for indexes in waiting.values() for index in indexes):
            yield from self._value((*place, index), (NOTHING, None), found[index])

    def _unordered(
        self, place: _Place, golden: list[_Side], found: list[_Side], _key: str
    ) -> Iterator[Difference]:
        """Pair items that do not differ; of the others, those that differ least."""

        def fits(one: _Side, other: _Side) -> bool:
            self._any_order.count_one()
            return self._fits(one, other)

        def differences(number: int, index: int) -> list[Difference]:
            self._any_order.count_one()
            return list(self._value((*place, index), golden[number], found[index]))

        alignment = self._any_order.align(golden, found, fits, _identity)
        told = self._any_order.pairs(alignment, lambda *pair: [*map(str, differences(*pair))])
        for number, index in told:
            if number is not None and index is not None:
                yield from differences(number, index)
            elif number is not None:
                yield _lacking(place, golden[number][0], "")
            elif index is not None:
                yield from self._value((*place, index), (NOTHING, None), found[index])


def _lacking(place: _Place, golden: Any, key: str) -> Difference:
    return Difference(
        lambda: json_path(place), lambda: f"expected an item{key}, {shown(golden)}, found none like it"
    )


def _rules(golden: _Side, found: _Side) -> list[Rule]:
    rules = golden[1].rules if golden[1] else []
    return rules if not found[1] else list(dict.fromkeys([*rules, *found[1].rules]))


def _member(side: _Side, name: str) -> _Side:
    ruled = side[1].within.get(name) if side[1] else None
    return side[0].get(name, NOTHING), ruled


def _items(side: _Side) -> list[_Side]:
    within = side[1].within if side[1] else {}
    return [(item, within.get(index)) for index, item in enumerate(side[0])]


def _key_of(side: _Side, key: str) -> Hashable:
    """Return the key of an item as a text; None where it has none."""
    item = side[0]
    if not key.startswith("$"):
        return as_text(item[key]) if isinstance(item, dict) and key in item else None
    values = matches(compiled_jsonpath(key), item) if isinstance(item, dict | list) else []
    return as_text(values[0].obj) if values else None


def _identity(side: _Side) -> Hashable:
    """Return the same for values that do not differ by the rules."""
    value, ruled = side
    if ruled is None:
        return identity(value)
    if any(rule_of(ruled.rules, kind) for kind in ("ignore", "mask", "tolerance")):
        return "by rule"
    if isinstance(value, dict):
        members = ((name, _member(side, name)) for name in value)
        return frozenset(
            (name, _identity(each))
            for name, each in members
            if not (each[1] and rule_of(each[1].rules, "ignore"))
        )
    if isinstance(value, list):
        items = tuple(map(_identity, _items(side)))
        return frozenset(Counter(items).items()) if rule_of(ruled.rules, "any-order") else items
    return ruled_identity(ruled.rules, value)
