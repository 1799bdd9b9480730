"""How a JSON value differs from an expected one with markers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from pytest_iflow.checks.alignment import Comparison, Rules
from pytest_iflow.checks.json_number import as_decimal, identity
from pytest_iflow.checks.markers import Marker
from pytest_iflow.checks.path import Found
from pytest_iflow.checks.quoting import json_path, shown, twin_note
from pytest_iflow.checks.relations import Literal, Relation, literal, number, text
from pytest_iflow.checks.side_by_side import NO_VALUE, Row

_Place = tuple[str | int, ...]

_COMPARED = 2_000
"""Surplus names among which one that looks like a missing one is looked for."""


class JsonComparison(Comparison):
    """Compares values of JSON; ``is_text`` for those of XML, all of which are texts.

    ``start`` is the path of the value that is compared.
    """

    def __init__(self, rules: Rules, *, is_text: bool, start: str) -> None:
        super().__init__(rules)
        self._is_text = is_text
        self._start = start

    def _path(self, place: _Place) -> str:
        return json_path(place, self._start)

    def value(self, expected: Any, found: Any, place: _Place) -> Iterator[Row]:
        """Yield each difference, with its path."""
        if type(expected) is type(found) is str and expected == found and "${" not in expected:
            return
        self.count_one()
        marker = self.marker(expected)
        if marker is None and isinstance(expected, dict) and isinstance(found, dict):
            yield from self._members(expected, found, place)
        elif marker is None and isinstance(expected, list) and (self._is_text or isinstance(found, list)):
            # An element of XML that stands alone is no array.
            yield from self._items(expected, found if isinstance(found, list) else [found], place)
        else:
            relation = marker.relation if marker else self._exactly(expected)
            value = Found(found, is_text=self._is_text and isinstance(found, str))
            failure = relation.failure(value)
            if failure is not None:
                yield Row(self._path(place), relation.expectation(value), failure)

    def _exactly(self, expected: Any) -> Relation:
        if isinstance(expected, str):
            wanted = self.read(expected)
            return text(wanted) if isinstance(wanted, str) else wanted.relation
        if isinstance(expected, bool) or expected is None:
            return literal(Literal(expected))
        exact = as_decimal(expected)
        if isinstance(exact, Decimal):
            return number(exact)
        return Relation(shown(expected), lambda _: False)

    def _members(self, expected: dict[str, Any], found: dict[str, Any], place: _Place) -> Iterator[Row]:
        for name, wanted in expected.items():
            marker = self.marker(wanted)
            there = (*place, name)
            if name in found:
                if marker and marker.is_absent:
                    yield Row(self._path(there), NO_VALUE, shown(found[name]))
                else:
                    yield from self.value(wanted, found[name], there)
            elif not _may_be_missing(marker or self._each_in(wanted)):
                said = marker.relation.expectation() if marker else shown(wanted)
                surplus = islice((each for each in found if each not in expected), _COMPARED)
                twin = next(filter(None, (twin_note(name, [each]) for each in surplus)), "")
                yield Row(self._path(there), said, f"{NO_VALUE}{twin}")
        if self.rules.is_whole:
            for name in (each for each in found if each not in expected):
                yield Row(self._path((*place, name)), NO_VALUE, shown(found[name]))

    def _each_in(self, expected: Any) -> Marker | None:
        """Return the marker of a list whose pattern is expected of each item; None for all else."""
        is_pair = isinstance(expected, list) and len(expected) == 2  # noqa: PLR2004, marker and pattern
        marker = self.marker(expected[0]) if is_pair else None
        return marker if marker and marker.is_each else None

    def _items(self, expected: list[Any], found: list[Any], place: _Place) -> Iterator[Row]:
        if each := self._each_in(expected):
            if not found and not each.is_optional:
                yield Row(self._path(place), "items", "none")
            for index, item in enumerate(found):
                yield from self.value(expected[1], item, (*place, index))
            return

        def differences(number: int, index: int) -> list[Row]:
            return list(self.value(expected[number], found[index], (*place, index)))

        def fits(one: Any, other: Any) -> bool:
            return next(self.value(one, other, ()), None) is None

        alignment = self.align(expected, found, fits, identity)
        for one, other in self.pairs(alignment, differences):
            if other is None:
                wanted = shown(expected[one or 0])
                yield Row(self._path(place), f"the item {wanted}", "none like it")
            elif one is None:
                yield Row(self._path((*place, other)), NO_VALUE, shown(found[other]))
            else:
                said = differences(one, other)
                yield from said or [
                    Row(self._path((*place, other)), "after the items before it", "before them")
                ]


def _may_be_missing(marker: Marker | None) -> bool:
    return marker is not None and (marker.is_absent or marker.is_optional)
