"""Which expected item belongs to which of those that are there: in their order, or in any."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import chain
from typing import Any

from msgspec import Struct

from pytest_iflow.checks.markers import Marker, ReadRelation, read_marker
from pytest_iflow.checks.pairing import Fits, without_common_ends

MOST_COMPARISONS = 500_000
"""Of values with each other: beyond these it is given up."""

_NEAREST = 30
"""Items that are looked at for the one that differs least from an expected one."""


class TooManyItemsError(Exception):
    """There are too many items to compare them with each other."""


class Alignment(Struct, frozen=True):
    """Indexes of expected items without a partner, and of items that are there without one."""

    missing: tuple[int, ...]
    surplus: tuple[int, ...]


def in_order(expected: Sequence[Any], found: Sequence[Any], fits: Fits) -> Alignment:
    """Find each expected item behind the one before; others may stand between them."""
    missing: list[int] = []
    taken: set[int] = set()
    position = 0
    for number, item in enumerate(expected):
        partner = next((index for index in range(position, len(found)) if fits(item, found[index])), None)
        if partner is None:
            missing.append(number)
        else:
            taken.add(partner)
            position = partner + 1
    return Alignment(tuple(missing), tuple(index for index in range(len(found)) if index not in taken))


def in_any_order(
    expected: Sequence[Any], found: Sequence[Any], fits: Fits, key: Callable[[Any], Hashable] | None = None
) -> Alignment:
    """Find a partner of its own for as many expected items as possible.

    ``key`` is the same for equal items: those are looked at first.

    By augmenting paths (H. W. Kuhn, 1955), since an item may fit several.
    """
    known: dict[tuple[int, int], bool] = {}
    equal: dict[Hashable, list[int]] = {}
    for index, item in enumerate(found if key else ()):
        equal.setdefault(key(item) if key else None, []).append(index)
    owner: dict[int, int] = {}

    def is_fitting(number: int, index: int) -> bool:
        if (number, index) not in known:
            known[number, index] = fits(expected[number], found[index])
        return known[number, index]

    def find_partner(start: int) -> bool:
        came_from: dict[int, int | None] = {}
        waiting: list[tuple[int, int | None]] = [(start, None)]
        while waiting:
            number, through = waiting.pop()
            likely = equal.get(key(expected[number]), []) if key else [number] if number < len(found) else []
            for index in chain(likely, range(len(found))):
                if index in came_from or not is_fitting(number, index):
                    continue
                came_from[index] = through
                if index in owner:
                    waiting.append((owner[index], index))
                    continue
                end: int | None = index
                while end is not None:
                    before = came_from[end]
                    owner[end] = start if before is None else owner[before]
                    end = before
                return True
        return False

    missing = tuple(number for number in range(len(expected)) if not find_partner(number))
    return Alignment(missing, tuple(index for index in range(len(found)) if index not in owner))


class Rules(Struct, frozen=True):
    """How an expected message is compared.

    ``is_whole``: nothing else may be there. ``is_any_order``: items may stand in any order.
    """

    is_whole: bool
    is_any_order: bool
    read_relation: ReadRelation


class Comparison:
    """What the comparisons of JSON and of XML have in common."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._known: dict[str, Marker | str] = {}
        self._left = MOST_COMPARISONS
        self._is_counting = False

    def count_one(self) -> None:
        """Note that two values are compared; raises TooManyItemsError where that is done too often."""
        self._left -= 1
        if self._left < 0:
            raise TooManyItemsError

    def marker(self, written: Any) -> Marker | None:
        """Return the marker that stands in place of a value."""
        found = self.read(written) if isinstance(written, str) else None
        return found if isinstance(found, Marker) else None

    def read(self, written: str) -> Marker | str:
        """Return a marker, or the text that is meant."""
        if written not in self._known:
            self._known[written] = read_marker(written, self.rules.read_relation)
        return self._known[written]

    def align(
        self,
        expected: Sequence[Any],
        found: Sequence[Any],
        fits: Fits,
        key: Callable[[Any], Hashable] | None = None,
    ) -> Alignment:
        """Find the partner of each expected item, as the rules say."""
        if self.rules.is_any_order:
            return in_any_order(expected, found, fits, key)
        if not self.rules.is_whole:
            return in_order(expected, found, fits)
        start, end = without_common_ends(expected, found, fits)
        return Alignment(tuple(range(start, len(expected) - end)), tuple(range(start, len(found) - end)))

    def pairs(
        self, alignment: Alignment, differences: Callable[[int, int], Sequence[object]]
    ) -> Iterator[tuple[int | None, int | None]]:
        """Yield each missing item with the surplus one that it is told apart from: the nearest, or the next.

        None stands for an item without the other.
        """
        surplus = list(alignment.surplus)
        is_by_place = len(surplus) == len(alignment.missing) and not self.rules.is_any_order
        for number in alignment.missing:
            if not surplus:
                yield number, None
            elif self._is_counting or is_by_place:
                yield number, surplus.pop(0)
            else:
                near = self._nearest(number, surplus[:_NEAREST], differences)
                surplus.remove(near)
                yield number, near
        if self.rules.is_whole:
            yield from ((None, index) for index in surplus)

    def _nearest(
        self, number: int, candidates: Sequence[int], differences: Callable[[int, int], Sequence[object]]
    ) -> int:
        self._is_counting = True  # or items within items would be compared with all others again and again
        try:
            return min(candidates, key=lambda index: len(differences(number, index)))
        finally:
            self._is_counting = False
