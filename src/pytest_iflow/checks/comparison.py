"""Judges values by relations: all that is wrong, each with its place, what is wanted and what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.json_number import WIDE, as_decimal, as_json_number
from pytest_iflow.checks.path import Found, found_at, several_at, vicinity
from pytest_iflow.checks.quoting import (
    LISTED_ENTRIES,
    as_text,
    cut,
    listed,
    shown,
    twin_note,
)
from pytest_iflow.checks.relations import Literal as WrittenValue
from pytest_iflow.checks.relations import Relation, as_written
from pytest_iflow.checks.time_limits import schema_time, shared_pattern_time
from pytest_iflow.errors import CheckError
from pytest_iflow.transport.charset import decode, is_declared

Quantifier = Literal["the", "every", "some", "no", "any"]
"""How many of the values at a path a feature speaks of.

``any`` is for what may be there several times under one name: one is enough, and none where it is not to be.
"""


class Reading(Struct, frozen=True):
    """The values that a feature speaks of, as a message has them.

    ``name`` is what errors call one of them. ``nearest`` says what is there instead where there is none.
    ``sentence`` says it in one line, such as ``the response status is 200 OK``, where that is always short.
    """

    name: str
    found: Sequence[Found]
    quantifier: Quantifier = "the"
    nearest: Callable[[], str] = str
    sentence: str = ""

    @property
    def plural(self) -> str:
        """What errors call several of them."""
        return self.name.replace("value at ", "values at ", 1)

    @classmethod
    def at(cls, document: Document, path: str, quantifier: Quantifier = "the") -> Reading:
        """Read the values at a path; of one array its items are meant, but by ``the``.

        Raises what ``found_at`` does.
        """
        find = found_at if quantifier == "the" else several_at
        subject = document.subject.removeprefix("The ")
        found = find(document, path)
        name = f"{subject} value at {path}{_twice(document, found)}"
        return cls(name, found, quantifier, lambda: vicinity(document, path))

    def single(self, expectation: str = "one value", *, may_be_several: bool = False) -> Found:
        """Return the one value; raises CheckError where there is none, or several.

        ``may_be_several`` says that the step could speak of every or some value as well.
        """
        if len(self.found) == 1:
            return self.found[0]
        if not self.found:
            raise self.absent(expectation)
        raise CheckError(
            f"There are {len(self.found)} {self.plural}, and one is expected"
            f"{_lines(expectation)}{_each(self.found)}",
            remedy=(_SEVERAL if may_be_several else _NARROW) if "value at " in self.name else None,
        )

    def absent(self, expectation: str) -> CheckError:
        """Return the error that there is no value."""
        nearest = self.nearest()
        error = CheckError(
            f"There is no {self.name}{_lines(expectation, 'nothing')}"
            + (f"\n  nearest:    {nearest}" if nearest else "")
        )
        error.rows = [(self.name, expectation, "nothing")]
        return error


_NARROW = "Narrow the path down, for example by an index: [0] in JSONPath, [1] in XPath."
_SEVERAL = f'Say "every" or "some" in place of "the", or n{_NARROW[1:]}'


@schema_time()
@shared_pattern_time()
def expect(reading: Reading, relation: Relation) -> None:
    """Raise CheckError unless a relation holds for what a feature speaks of.

    ``every`` and ``some`` fail where there is no value, ``no`` does not.
    """
    if reading.quantifier == "any":
        several: Quantifier = "every" if relation.negated else "some"
        reading = replace(reading, quantifier="the" if len(reading.found) < 2 else several)  # noqa: PLR2004
    if relation.if_absent is not None:
        _expect_presence(reading, relation)
    elif reading.quantifier == "the":
        found = reading.single(relation.expectation(), may_be_several=True)
        failure = relation.failure(found)
        if failure is not None:
            raise _unlike(reading, relation, relation.expectation(found), failure)
    else:
        _expect_of_several(reading, relation)


def _unlike(reading: Reading, relation: Relation, wanted: str, failure: str) -> CheckError:
    """Return the error that the one value is not what is wanted."""
    if reading.sentence:
        error = CheckError(f"{reading.sentence}, expected {wanted}")
    else:
        statement = relation.statement(contrary=True)
        error = CheckError(f"The {reading.name} {statement}{_lines(wanted, failure)}")
    error.rows = [(reading.name, wanted, failure)]
    return error


def _expect_presence(reading: Reading, relation: Relation) -> None:
    is_wanted = (relation.if_absent is False) is (reading.quantifier != "no")
    if computed := next((each for each in reading.found if each.is_computed), None):
        what = f"The {reading.name} is computed, so there is one for every message"
        lines = _lines(relation.expectation(), shown(computed.value))
        raise CheckError(what + lines, remedy='say what it has to be, such as "is true" or "is at least 1"')
    if is_wanted and not reading.found:
        raise reading.absent("a value")
    if reading.found and not is_wanted:
        article = "an" if reading.name[0] in "aio" else "a"
        raise CheckError(f"There is {article} {reading.name}{_lines('nothing')}{_each(reading.found)}")


def _expect_of_several(reading: Reading, relation: Relation) -> None:
    """Judge each value; ``no`` value is so where every one is not."""
    judged = relation.unless(reading.quantifier == "no")
    if not reading.found and reading.quantifier != "no":
        raise reading.absent(judged.expectation())
    said = f"{reading.name} {relation.statement()}"
    failures = [each for each in reading.found if judged.fails(each)]
    _require_enough(reading, failures, judged.failure, said, judged.expectation())


@shared_pattern_time()
def expect_in_each(
    reading: Reading, path: str, other: str, relation_to: Callable[[Found], Relation], words: str
) -> None:
    """Raise CheckError unless, within each of several, the value at a path holds beside the one at another.

    ``relation_to`` makes the relation of that other one; ``words`` are its, such as ``is at least``.
    """
    if not reading.found and reading.quantifier != "no":
        raise reading.absent(f"{path} {words} {other}")

    def failure_of(each: Found) -> str | None:
        part = each.as_document(f"The {reading.name}")
        found = {place: Reading.at(part, place).found for place in (path, other)}
        if any(len(values) != 1 for values in found.values()):
            counts = (f"{_count(values)} at {place}" for place, values in found.items())
            return None if reading.quantifier == "no" else f"it has {' and '.join(counts)}"
        relation = relation_to(found[other][0]).unless(reading.quantifier == "no")
        failure = relation.failure(found[path][0])
        return failure and f"{path} is {failure}, and {other} is {shown(found[other][0].value)}"

    said = f"{reading.name} has a {path} that {words} its {other}"
    failures = [each for each in reading.found if failure_of(each) is not None]
    _require_enough(reading, failures, failure_of, said, f"{path} {words} {other}")


def _require_enough(
    reading: Reading,
    failures: Sequence[Found],
    failure_of: Callable[[Found], str | None],
    said: str,
    expectation: str,
) -> None:
    """Raise CheckError where too many of several values fail; of many only the first are put into words."""
    if not failures or (reading.quantifier == "some" and len(failures) < len(reading.found)):
        return
    words = {"every": "Not every", "some": "No", "no": "Some"}[reading.quantifier]
    count = f"{len(failures)} of {len(reading.found)}"
    what = {"every": f"{count} fail", "some": f"none of {len(reading.found)}", "no": count}[
        reading.quantifier
    ]
    raise CheckError(f"{words} {said}: {what}{_lines(expectation)}{_each(failures, failure_of)}")


def expect_number_of(document: Document, path: str, relation: Relation) -> None:
    """Raise CheckError unless as many values as ``relation`` says are at ``path``."""
    found = several_at(document, path)
    if relation.failure(Found(len(found))) is None:
        return
    values = _each(found)
    if not found and (nearest := vicinity(document, path)):
        values = f"\n  nearest:    {nearest}"
    raise CheckError(
        f"{document.subject} has {_count(found)} at {path}, expected {relation.expectation()}{values}"
    )


def _count(values: Sequence[Found]) -> str:
    return f"{len(values) or 'no'} value{'' if len(values) == 1 else 's'}"


def sum_of(reading: Reading) -> Found:
    """Add the values that a feature speaks of; raises CheckError where one is no number."""
    numbers = [as_decimal(each.value) for each in reading.found]
    wrong = [each for each, number in zip(reading.found, numbers, strict=True) if number is None]
    if wrong:
        raise CheckError(f"Not every {reading.name} is a number, so there is no sum{_each(wrong)}")
    total = reduce(WIDE.add, (each for each in numbers if each is not None), Decimal(0))
    return Found(as_json_number(total), is_computed=True)


def expect_same(reading: Reading, wanted: Sequence[WrittenValue], *, ordered: bool) -> None:
    """Raise CheckError unless the values, each as text, are these: in their order, or in any."""
    texts = [as_written(each) for each in wanted]
    found = [as_text(each.value) for each in reading.found]
    if (found == texts) if ordered else (sorted(found) == sorted(texts)):
        return
    order = "" if ordered else " in any order"
    rest, missing = [*zip(found, reading.found, strict=True)], []
    for text, each in zip(texts, wanted, strict=True):
        partner = next((one for one in rest if one[0] == text), None)
        if partner is None:
            missing.append((text, each))
        else:
            rest.remove(partner)
    lines = [f"\n  missing:    {each}" for _, each in missing[:10]]
    absent = [text for text, _ in missing]
    lines += [
        f"\n  surplus:    {shown(each.value)}{twin_note(text, absent, 'text')}" for text, each in rest[:10]
    ]
    expectation = f"{', '.join(map(str, wanted))}{order}"
    values = cut(", ".join(shown(each.value) for each in reading.found)) or "nothing"
    raise CheckError(
        f"The {reading.plural} are not the ones that are expected"
        f"{_lines(expectation, values)}{''.join(lines)}"
    )


def expect_sorted(reading: Reading, *, descending: bool) -> None:
    """Raise CheckError unless no value is out of order: numbers by value, all others as texts."""
    numbers = [as_decimal(each.value) for each in reading.found]
    are_numbers = all(number is not None for number in numbers)
    keys: list[object] = [*numbers] if are_numbers else [as_text(each.value) for each in reading.found]
    if not keys:
        raise reading.absent("sorted values")
    for index, (one, other) in enumerate(pairwise(keys)):
        if (one < other) if descending else (one > other):  # type: ignore[operator]  # all of one type
            pair = reading.found[index : index + 2]
            wanted = f"{'descending' if descending else 'ascending'} {'numbers' if are_numbers else 'texts'}"
            raise CheckError(f"The {reading.plural} are not sorted{_lines(wanted)}{_each(pair)}")


def body_text(body: bytes, content_type: str | None, subject: str) -> str:
    """Return the text of a body in whatever charset; raises CheckError where it does not fit the one named.

    Bytes that name no charset, such as a PDF, are read as UTF-8 as far as that goes.
    """
    if is_declared(body, content_type):
        return decode(body, content_type, subject)
    try:
        return decode(body, content_type, subject)
    except CheckError:
        return body.decode(errors="replace")


def _twice(document: Document, found: Sequence[Found]) -> str:
    """Say that a name on the way to a value stands twice in its object: another one may be meant."""
    places = [each.place for each in found] if document.repeated else ()
    for each in document.repeated:
        beginnings = f"{each.path}.", f"{each.path}["
        if any(place == each.path or place.startswith(beginnings) for place in places):
            return f" ({each}; the last value counts)"
    return ""


def _lines(expectation: str, found: str | None = None) -> str:
    return f"\n  expected:   {expectation}" + ("" if found is None else f"\n  found:      {found}")


def _each(
    values: Sequence[Found], say: Callable[[Found], str | None] = lambda each: shown(each.value)
) -> str:
    """List what was found, the first of it, each at its place: that of many takes long to tell."""
    lines = [f"  {f'{each.place}: ' if each.place else ''}{say(each)}" for each in values[:LISTED_ENTRIES]]
    more = len(values) - len(lines)
    return f"\n  found:{listed(lines, more)}" if lines else ""
