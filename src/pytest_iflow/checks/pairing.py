"""Which items of two lists belong together where both keep their order, as a diff of lines tells it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain
from operator import eq
from typing import Any, TypeVar

Fits = Callable[[Any, Any], bool]
"""Whether an item that is there is the expected one."""

_Item = TypeVar("_Item")

_FEW_COMPARISONS = 250_000
"""Of the items of two lists: so many take a fraction of a second, be they as they may."""


def without_common_ends(expected: Sequence[Any], found: Sequence[Any], fits: Fits) -> tuple[int, int]:
    """Return how many items fit at the beginning, and how many at the end of both."""
    shorter = min(len(expected), len(found))
    start = 0
    while start < shorter and fits(expected[start], found[start]):
        start += 1
    end = 0
    while end < shorter - start and fits(expected[-1 - end], found[-1 - end]):
        end += 1
    return start, end


def in_pairs(
    golden: Sequence[_Item],
    found: Sequence[_Item],
    fits: Callable[[_Item, _Item], bool],
    identity: Callable[[_Item], Hashable],
    name: Callable[[_Item], Hashable],
    *,
    with_ends: bool = True,
) -> Iterator[tuple[_Item | None, _Item | None]]:
    """Pair the items of two messages in their order: equal ones first, then those of one name between them.

    None stands for what is not in the other message. Items of one ``identity`` are equal. Those at both ends
    that fit need none, and are left out unless ``with_ends``.
    """
    start, end = without_common_ends(golden, found, fits)
    if with_ends:
        yield from zip(golden[:start], found[:start], strict=True)
    ours, theirs = golden[start : len(golden) - end], found[start : len(found) - end]
    by_place = [*map(name, ours)] == [*map(name, theirs)]
    for one, other, is_equal in blocks([*map(identity, ours)], [*map(identity, theirs)], by_place=by_place):
        first, second = [ours[index] for index in one], [theirs[index] for index in other]
        if is_equal:
            yield from zip(first, second, strict=True)
        else:
            yield from _by_name(first, second, name)
    if with_ends:
        yield from zip(golden[len(golden) - end :], found[len(found) - end :], strict=True)


def _by_name(
    golden: Sequence[_Item], found: Sequence[_Item], name: Callable[[_Item], Hashable]
) -> Iterator[tuple[_Item | None, _Item | None]]:
    for one, other, is_equal in blocks([*map(name, golden)], [*map(name, found)], by_place=False):
        if is_equal:
            yield from ((golden[index], found[partner]) for index, partner in zip(one, other, strict=True))
        else:
            yield from ((golden[index], None) for index in one)
            yield from ((None, found[index]) for index in other)


Block = tuple[range, range, bool]
"""Indexes in two lists that belong together, and whether the items there are equal."""


def blocks(one: Sequence[Hashable], other: Sequence[Hashable], *, by_place: bool) -> list[Block]:
    """Split two lists into blocks that are equal and blocks that differ, in bounded time.

    With ``by_place`` lists of one length are one block where no more items differ place by place than
    otherwise.
    """
    found: list[Block] = []
    at = other_at = 0
    for index, partner in chain(equal_pairs(one, other), [(len(one), len(other))]):
        if index > at or partner > other_at:
            found.append((range(at, index), range(other_at, partner), False))
        if index < len(one):
            found.append((range(index, index + 1), range(partner, partner + 1), True))
        at, other_at = index + 1, partner + 1
    if by_place and len(one) == len(other):
        moved = sum(max(len(first), len(second)) for first, second, is_equal in found if not is_equal)
        if sum(item != partner for item, partner in zip(one, other, strict=True)) <= moved:
            return [(range(len(one)), range(len(other)), False)]
    return found


def equal_pairs(
    one: Sequence[Hashable], other: Sequence[Hashable], times: int = 3
) -> Iterator[tuple[int, int]]:
    """Yield the indexes of items that are equal, both growing.

    What both begin and end with is equal. Long lists are split at items that are in both only once (as
    patience diff does), so many times at most.
    """
    start, end = without_common_ends(one, other, eq)
    yield from zip(range(start), range(start), strict=True)
    last, other_last = len(one) - end, len(other) - end
    for index, partner in _within_ends(one[start:last], other[start:other_last], times):
        yield start + index, start + partner
    yield from zip(range(last, len(one)), range(other_last, len(other)), strict=True)


def _within_ends(one: Sequence[Hashable], other: Sequence[Hashable], times: int) -> Iterator[tuple[int, int]]:
    if len(one) * len(other) <= _FEW_COMPARISONS:
        for first, second, size in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
            yield from zip(range(first, first + size), range(second, second + size), strict=True)
    elif times:
        at = other_at = 0
        for index, partner in chain(_anchors(one, other), [(len(one), len(other))]):
            for first, second in equal_pairs(one[at:index], other[other_at:partner], times - 1):
                yield at + first, other_at + second
            if index < len(one):
                yield index, partner
            at, other_at = index + 1, partner + 1


def _anchors(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return as many items that are in both lists only once as stand in the same order in both."""
    count, other_count = Counter(one), Counter(other)
    places = {item: index for index, item in enumerate(other)}
    once = [
        (index, places[item]) for index, item in enumerate(one) if count[item] == 1 and other_count[item] == 1
    ]
    lowest: list[int] = []
    ends: list[int] = []
    before: list[int | None] = []
    for number, (_, partner) in enumerate(once):
        length = bisect_left(lowest, partner)
        before.append(ends[length - 1] if length else None)
        lowest[length : length + 1] = [partner]
        ends[length : length + 1] = [number]
    chosen: list[tuple[int, int]] = []
    last = ends[-1] if ends else None
    while last is not None:
        chosen.append(once[last])
        last = before[last]
    return chosen[::-1]
