"""A value of a golden message beside that of an answer: whether it differs by the rules, and how."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from pytest_iflow.checks.golden_rules import Kind, Rule
from pytest_iflow.checks.json_number import as_decimal, identity, plain
from pytest_iflow.checks.limits import near
from pytest_iflow.checks.path import Found
from pytest_iflow.checks.quoting import shown, tell_apart
from pytest_iflow.checks.relations import Relation, UnfitError
from pytest_iflow.checks.side_by_side import NO_VALUE, Row
from pytest_iflow.errors import CheckError

NOTHING: Any = object()
"""Stands where a message has no value."""


class Place(Struct, frozen=True):
    """A place in a message: ``text`` tells it, ``path`` is that of a rule ``ignore`` for it and all like it.

    The path has no numbers of items: where one item differs, others may as well. Empty where no rule can be.
    """

    text: Callable[[], str]
    path: Callable[[], str] = str


NOWHERE = Place(str)
"""For those who want to know only whether values differ."""


class Difference(Struct, frozen=True):
    """Where one difference is, and both sides in words; only what is shown is put into words.

    ``sides`` gives what is expected and what was found; ``NO_VALUE`` for none.
    """

    place: Place
    sides: Callable[[], tuple[str, str]]

    @property
    def row(self) -> Row:
        """Return it in words."""
        return Row(self.place.text(), *self.sides())

    def __str__(self) -> str:
        return str(self.row)


def ignorable_paths(differences: Iterable[Difference]) -> list[str]:
    """Return the paths of rules ``ignore`` with which nothing would differ; an empty one where none helps."""
    return list(dict.fromkeys(each.place.path() for each in differences))


class UnmatchedPatternError(CheckError):
    """A pattern could not be compared within its time: nothing else is compared."""


def rule_of(rules: Iterable[Rule], kind: Kind) -> Rule | None:
    """Return the first rule of a kind."""
    return next((rule for rule in rules if rule.kind == kind), None)


def value_difference(
    place: Place, rules: Sequence[Rule], golden: Any, found: Any, note: str = ""
) -> Difference | None:
    """Return how a value differs from the golden one; None where it does not, or where rules let it.

    Either may be ``NOTHING``. Raises UnmatchedPatternError for a pattern that takes too long.
    """
    if rule_of(rules, "ignore"):
        return None
    mask = rule_of(rules, "mask")
    if golden is NOTHING:
        return Difference(place, lambda: (NO_VALUE, f"{shown(found)}{note}"))
    if mask and mask.pattern:
        return _masked(place, mask.pattern, found)
    if found is NOTHING:
        return Difference(place, lambda: (shown(golden), f"{NO_VALUE}{note}"))
    return None if identity(golden) == identity(found) else _unequal(place, rules, golden, found)


def _unequal(place: Place, rules: Sequence[Rule], golden: Any, found: Any) -> Difference | None:
    wanted = as_decimal(golden) if rules else None
    if wanted is not None:
        if tolerance := rule_of(rules, "tolerance"):
            return _close(place, wanted, tolerance.by, found)
        if rule_of(rules, "numbers") and as_decimal(found) == wanted:
            return None
    return Difference(place, lambda: tell_apart(golden, found))


def _masked(place: Place, pattern: Relation, found: Any) -> Difference | None:
    wanted = f"a value that {pattern.expectation()}"
    if found is NOTHING:
        return Difference(place, lambda: (wanted, NO_VALUE))
    try:
        if pattern.holds(Found(found)):
            return None
    except UnfitError as error:
        raise UnmatchedPatternError(
            f"{place.text()}: {shown(found)}, {error}", remedy="Simplify the pattern of the rule mask."
        ) from None
    return Difference(place, lambda: (wanted, shown(found)))


def _close(place: Place, wanted: Decimal, by: Decimal, found: Any) -> Difference | None:
    relation = near(wanted, by)
    failure = relation.failure(Found(found))
    if failure is None:
        return None
    return Difference(place, lambda: (relation.expectation(), failure))


def ruled_identity(rules: Sequence[Rule], value: Any) -> Hashable:
    """Return the same for values that do not differ by the rules; for others it may be the same as well."""
    if not rules:
        return identity(value)
    if rule_of(rules, "mask") or rule_of(rules, "tolerance"):
        return "by rule"
    number = as_decimal(value) if rule_of(rules, "numbers") else None
    return identity(value) if number is None else ("number", plain(number.normalize()))
