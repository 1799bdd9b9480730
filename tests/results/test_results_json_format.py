"""JSON in and out."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import Struct, field

from pytest_iflow.results.json_format import (
    Moment,
    Seconds,
    UnfitJsonError,
    decode,
    encode,
    from_plain,
    to_plain,
    values_by_field,
)


class Part(Struct, frozen=True):
    """A part of what is written."""

    line: int
    seconds: Seconds = 0.0


class Whole(Struct, frozen=True):
    """What is written."""

    text: str
    parts: tuple[Part, ...] = ()
    by_name: dict[str, str] = field(default_factory=dict)
    flag: bool = False
    when: Moment | None = None
    rule: str | None = None


WHOLE = Whole("größe \u2028 \n", (Part(3, 0.5),), {"ä": "ö"}, True, datetime(2026, 11, 3, tzinfo=UTC), "r")


@pytest.mark.parametrize("text", ["größe", "\ud800", 'a "b" \\ \x00 \x7f \x85 \u2028'])
def test_what_is_read_is_what_was_written(text: str) -> None:
    """In one line of UTF-8, half surrogate pairs included; on its way from a worker, too."""
    whole = Whole(text, WHOLE.parts, {text: text}, when=WHOLE.when)
    data = encode(whole)
    assert decode(data, Whole) == decode(data.decode(), Whole) == whole
    assert from_plain(json.loads(json.dumps(to_plain(whole))), Whole) == whole
    assert not {b"\n", b"\r"}.intersection(data[number : number + 1] for number in range(len(data)))
    assert ("größe" in data.decode()) is (text == "größe")
    assert json.loads(encode({"b": text, "a": 1}, in_order_of_keys=True)) == {"a": 1, "b": text}


def test_the_order_of_keys_can_be_that_of_the_alphabet() -> None:
    """So that a document has one form."""
    assert encode({"b": Part(1), "a": "\ud800"}, in_order_of_keys=True).startswith(b'{"a":')
    assert encode({"b": Part(1), "a": 1}, in_order_of_keys=True) == b'{"a":1,"b":{"line":1,"seconds":0.0}}'


def test_unknown_keys_are_ignored_and_others_may_be_missing() -> None:
    """A file of a later version has more, one of an earlier version less."""
    assert decode('{"text": "a", "more": {"text": 1}, "parts": [{"line": 1, "x": []}]}', Whole) == Whole(
        "a", (Part(1),)
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is no JSON that can be read: Expecting value"),
        ("\ufeff{}", "BOM"),
        ("[" * 100_000, "expected object, got array"),
        ('{"x":' + "[" * 100_000, "no JSON that can be read: .*([Rr]ecursion|Stack overflow)"),
        ("[]", "the document: expected object, got array"),
        ("{}", "text is missing"),
        ('{"text": 1}', "text: expected str, got int"),
        ('{"text": null}', "text: expected str, got null"),
        ('{"text": "", "parts": 1}', "parts: expected array, got int"),
        ('{"text": "", "parts": [{"line": 1}, {}]}', r"parts\[1\]\.line is missing"),
        ('{"text": "", "parts": [{"line": true}]}', r"parts\[0\]\.line: expected int, got bool"),
        ('{"text": "", "parts": [{"line": 1.5}]}', r"parts\[0\]\.line: expected int, got float"),
        ('{"text": "\\ud800", "parts": [{"line": 1}, {"line": "1"}]}', r"parts\[1\]\.line: expected int"),
        ('{"text": "", "by_name": {"a": 1}}', r"by_name\[\.\.\.\]: expected str, got int"),
        ('{"text": "", "by_name": ["a"]}', "by_name: expected object, got array"),
        ('{"text": "", "flag": 1}', "flag: expected bool, got int"),
        ('{"text": "", "\\ud800": 1}', "it cannot be read: .*surrogates"),
        ('{"text": "", "when": "yesterday"}', "when: invalid RFC3339 encoded datetime"),
        ('{"text": "", "when": "2026-11-03T04:42:07"}', "when: expected datetime with a timezone"),
    ],
)
def test_what_does_not_fit_is_named(text: str, problem: str) -> None:
    """By its key path, whatever stands there."""
    with pytest.raises(UnfitJsonError, match=problem):
        decode(text, Whole)


@pytest.mark.parametrize("number", ["1e400", "-1e300", "NaN", "Infinity", '"1"', "true", "1" * 400, "null"])
def test_seconds_are_within_the_calendar(number: str) -> None:
    """Neither infinite nor beyond any date, in whichever way the text is read."""
    for text in ("a", "\\ud800"):
        with pytest.raises(UnfitJsonError):
            decode(f'{{"text": "{text}", "parts": [{{"line": 1, "seconds": {number}}}]}}', Whole)
    assert decode('{"line": 1, "seconds": 3}', Part) == Part(1, 3.0)
    with pytest.raises(UnfitJsonError):
        from_plain({"line": 1, "seconds": math.nan}, Part)


def test_what_is_no_utf_8_is_read_with_a_mark_in_its_place() -> None:
    """As of a file that was damaged."""
    assert decode(b'{"text": "a\xffb"}', Whole).text == "a\ufffdb"


def test_a_document_of_another_schema_is_refused() -> None:
    """Before anything else in it is looked at."""
    assert decode('{"schema": 1, "line": 1}', Part, 1) == Part(1)
    with pytest.raises(UnfitJsonError, match="written in schema 2, this version reads schema 1"):
        decode('{"schema": 2}', Part, 1)
    with pytest.raises(UnfitJsonError, match="schema is missing"):
        decode('{"line": 1}', Part, 1)


def test_moments_of_a_document_are_written_as_ever() -> None:
    """With the zone in digits, whatever the library would write."""
    held: dict[str, Any] = values_by_field(WHOLE)
    assert held["when"] == "2026-11-03T00:00:00+00:00"
    assert decode(encode(held), Whole) == WHOLE
