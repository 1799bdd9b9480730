"""What a feature may expect of a value: each relation is one object that judges and says what it wants.

The values of XML, of headers and of texts are texts. Relations about numbers read them as numbers, those
about points in time as points in time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.instants import is_date, is_time
from pytest_iflow.checks.json_number import as_decimal, identity, plain
from pytest_iflow.checks.path import Found
from pytest_iflow.checks.quoting import as_text, cut, listed, shown, tell_apart, twin_note
from pytest_iflow.errors import CheckError
from pytest_iflow.lazy_pattern import lazy_pattern

_IS = ("is ", "is not ")
_UUID = lazy_pattern(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


class UnfitError(Exception):
    """A relation cannot be asked of a value, as "greater than" of a text; so its negation fails, too.

    The text says what the value is not, such as ``no number``.
    """


class Literal(Struct, frozen=True):
    """A value that a feature writes: a text in quotes, a number, ``true``, ``false`` or ``null``."""

    value: str | Decimal | bool | None

    def __str__(self) -> str:
        return plain(self.value) if isinstance(self.value, Decimal) else shown(self.value)


class Relation(Struct, frozen=True):
    """What is expected of a value.

    ``holds`` judges one; it raises ``UnfitError``. ``verbs`` and ``wanted`` say it in words, such as ``is ``,
    ``is not `` and ``greater than 5``. ``pair`` shows what is wanted and what was found where they are hard
    to tell apart, ``note`` adds to what was found. ``if_absent`` is whether it holds where there is no value;
    None where there has to be one.
    """

    wanted: str
    holds: Callable[[Found], bool]
    verbs: tuple[str, str] = _IS
    negated: bool = False
    pair: Callable[[Found], tuple[str, str]] | None = None
    note: Callable[[Found], str] | None = None
    if_absent: bool | None = None

    def unless(self, negated: bool) -> Relation:
        """Return the relation, or its contrary."""
        if not negated:
            return self
        absent = None if self.if_absent is None else not self.if_absent
        return replace(self, negated=not self.negated, if_absent=absent)

    def fails(self, found: Found) -> bool:
        """Tell whether the relation does not hold; in words ``failure`` says so."""
        try:
            return self.holds(found) is self.negated
        except UnfitError:
            return True

    def failure(self, found: Found) -> str | None:
        """Return what was found, in words, where the relation does not hold; None where it does."""
        try:
            if self.holds(found) is not self.negated:
                return None
        except UnfitError as error:
            return f"{shown(found.value)}, {error}"
        if self.negated:
            return shown(found.value)
        note = self.note(found) if self.note else ""
        return f"{self.pair(found)[1] if self.pair else shown(found.value)}{note}"

    def expectation(self, found: Found | None = None) -> str:
        """Return what is wanted, as it stands behind ``expected:``; of a value that was ``found``."""
        wanted = self.pair(found)[0] if found and self.pair and not self.negated else self.wanted
        if self.verbs is _IS:
            return f"not {wanted}" if self.negated else wanted
        return f"{self.verbs[self.negated]}{wanted}".rstrip()

    def statement(self, *, contrary: bool = False) -> str:
        """Return what the relation says of its value, or its contrary."""
        return f"{self.verbs[self.negated is not contrary]}{self.wanted}".rstrip()


def literal(wanted: Literal) -> Relation:
    """Equal to a literal: a text as the message writes the value, a number by value, others by type."""
    value = wanted.value
    if isinstance(value, Decimal):
        return Relation(str(wanted), lambda found: as_decimal(found.value) == value, pair=_number_pair(value))
    if isinstance(value, str):
        return Relation(
            str(wanted),
            lambda found: as_text(found.value) == value,
            pair=lambda found: tell_apart(value, found.value),
        )
    written = str(wanted)
    return Relation(
        written,
        lambda found: (
            found.value is value or (value is not None and found.is_text and found.value == written)
        ),
        note=lambda found: ", a text" if found.value == written else "",
    )


def text(wanted: str) -> Relation:
    """A text, and this one: 5 is not "5"."""
    return Relation(
        f"the text {shown(wanted)}",
        lambda found: found.value == wanted and isinstance(found.value, str),
        pair=lambda found: (
            ("the text " + tell_apart(wanted, found.value)[0], tell_apart(wanted, found.value)[1])
            if isinstance(found.value, str)
            else (f"the text {shown(wanted)}", f"{shown(found.value)}, {_kind_of(found)}")
        ),
    )


def number(wanted: Decimal) -> Relation:
    """A number, and this one: "5" is not 5. Values of XML and headers are read as numbers."""
    return Relation(
        f"the number {cut(plain(wanted))}",
        lambda found: _is_number(found) and as_decimal(found.value) == wanted,
        pair=_number_pair(wanted, "the number "),
        note=lambda found: ", a text" if as_decimal(found.value) == wanted else "",
    )


def one_of(wanted: Sequence[Literal]) -> Relation:
    """Equal to one of several literals."""
    each = [literal(one) for one in wanted]
    texts = [one.value for one in wanted if isinstance(one.value, str)]
    return Relation(
        f"one of {', '.join(map(str, wanted))}",
        lambda found: any(holds_for(one, found) for one in each),
        note=lambda found: twin_note(found.value, texts, "text") if isinstance(found.value, str) else "",
    )


def both(one: Relation, other: Relation) -> Relation:
    """What two relations expect."""
    return Relation(
        f"{one.expectation()} and {other.expectation()}",
        lambda found: one.failure(found) is None and other.failure(found) is None,
        note=lambda found: one.note(found) if one.note and one.failure(found) else "",
    )


def equals(other: Found, name: str) -> Relation:
    """Equal to another value, whose ``name`` is shown; beside a text of XML or of a header both are texts."""

    def holds(found: Found) -> bool:
        if found.is_text == other.is_text:
            return identity(found.value) == identity(other.value)
        one, two = as_decimal(found.value), as_decimal(other.value)
        return as_text(found.value) == as_text(other.value) or (one is not None and one == two)

    verbs = ("equals ", "does not equal ")
    return Relation(name, holds, verbs, pair=lambda found: tell_apart(other.value, found.value))


def of_kind(kind: str) -> Relation:
    """A value of a kind, one of ``KINDS``."""
    return Relation(with_article(kind), _KINDS[kind], note=lambda found: f", {_kind_of(found)}")


def with_article(kind: str) -> str:
    """Return a kind as a phrase names it: ``a number``, ``an integer``."""
    return f"{'an' if kind[0] in 'io' else 'a'} {kind}"


def empty() -> Relation:
    """A text without characters, an array without items, an object without members."""
    return Relation("empty", lambda found: found.value in ("", [], {}) and not found.has_elements)


def exists() -> Relation:
    """There is a value, be it null or empty."""
    return Relation("", lambda _: True, ("exists", "does not exist"), if_absent=False)


def of_message(
    wanted: str, verbs: tuple[str, str], differences: Callable[[Document], Sequence[object]]
) -> Relation:
    """A value that is a message of its own, such as an object or an element, without any difference.

    ``differences`` are shown as texts; it raises CheckError for a message that it cannot judge.
    """

    def found_in(found: Found) -> Sequence[object]:
        try:
            return differences(found.as_document("it"))
        except CheckError as error:
            raise UnfitError(error.what) from None

    return Relation(
        wanted,
        lambda found: not found_in(found),
        verbs,
        note=lambda found: listed([*map(str, found_in(found))]).replace("\n", "\n    "),
    )


def as_written(wanted: Literal) -> str:
    """Return a literal as the message would write it."""
    return wanted.value if isinstance(wanted.value, str) else str(wanted)


def holds_for(relation: Relation, found: Found) -> bool:
    """Tell whether a relation holds; it does not where it cannot be asked."""
    try:
        return relation.holds(found)
    except UnfitError:
        return False


def number_of(found: Found) -> Decimal:
    """Return a value as a number; raises ``UnfitError`` for what is none."""
    value = as_decimal(found.value)
    if value is None:
        raise UnfitError("no number")
    return value


def _number_pair(wanted: Decimal, before: str = "") -> Callable[[Found], tuple[str, str]]:
    """Show two numbers; they may both be cut before they differ."""

    def pair(found: Found) -> tuple[str, str]:
        expected, actual = cut(plain(wanted)), shown(found.value)
        if expected == actual.strip('"') and as_decimal(found.value) != wanted:
            expected, actual = tell_apart(plain(wanted), as_text(found.value))
        note = ", no number" if as_decimal(found.value) is None else ""
        return f"{before}{expected}", f"{actual}{note}"

    return pair


def _is_uuid(value: object) -> bool:
    return isinstance(value, str) and bool(_UUID.fullmatch(value)) and bool(UUID(value))


def _is_number(found: Found) -> bool:
    if found.is_text or not isinstance(found.value, str):
        return as_decimal(found.value) is not None
    return False


def _is_integer(found: Found) -> bool:
    value = as_decimal(found.value) if _is_number(found) else None
    return value is not None and value == value.to_integral_value()


def _is_boolean(found: Found) -> bool:
    return isinstance(found.value, bool) or (found.is_text and found.value in ("true", "false"))


_KINDS: dict[str, Callable[[Found], bool]] = {
    "number": _is_number,
    "integer": _is_integer,
    "boolean": _is_boolean,
    "date": lambda found: isinstance(found.value, str) and is_date(found.value),
    "time": lambda found: isinstance(found.value, str) and is_time(found.value),
    "uuid": lambda found: _is_uuid(found.value),
    "text": lambda found: isinstance(found.value, str) and not found.has_elements,
    "list": lambda found: isinstance(found.value, list),
    "object": lambda found: isinstance(found.value, dict) or found.has_elements,
}
KINDS = tuple(_KINDS)
"""The kinds of values that a feature can ask for."""


def _kind_of(found: Found) -> str:
    order = ("boolean", "integer", "number", "list", "object", "text")
    name = next((kind for kind in order if _KINDS[kind](found)), "")
    return with_article(name) if name else "null"
