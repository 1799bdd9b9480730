"""Each relation, read as a tester reads its failure: where, what is wanted, what was found."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_iflow.steps.relations import read_relation

from pytest_iflow.checks.comparison import Reading, expect
from pytest_iflow.checks.document import parse_document
from pytest_iflow.errors import CheckError

NBSP, COMPOSED, ZERO_WIDTH = "a\u00a0b", "e\u0301te\u0301", "a\u200bb"
WRITTEN = r'"e\u0301te\u0301"'
COMBINING = r"(character 1 is U+0065 LATIN SMALL LETTER E, expected U+00E9 LATIN SMALL LETTER E WITH ACUTE)"

FAILURES: list[tuple[Any, str, str, str]] = [
    ("a\\nb", 'is "a\nb"', r'"a\nb"', r'"a\\nb"'),
    ("a\nb", r'is "a\nb"', r'"a\\nb"', r'"a\nb"'),
    (
        "a\r\nb",
        'is "a\nb"',
        r'"a\nb"',
        r'"a\r\nb" (character 2 is U+000D carriage return, expected U+000A line feed)',
    ),
    (NBSP, 'is "a b"', '"a b"', r'"a\u00a0b" (character 2 is U+00A0 NO-BREAK SPACE, expected U+0020 SPACE)'),
    (
        ZERO_WIDTH,
        'is "ab"',
        '"ab"',
        r'"a\u200bb" (character 2 is U+200B ZERO WIDTH SPACE, expected U+0062 LATIN SMALL LETTER B)',
    ),
    (COMPOSED, 'is "été"', r'"\u00e9t\u00e9"', f"{WRITTEN} {COMBINING}"),
    (
        COMPOSED,
        'is one of "x", "été"',
        'one of "x", "été"',
        f'"{COMPOSED}"; it only looks like the expected text, it is {WRITTEN} {COMBINING}',
    ),
    (
        COMPOSED,
        'starts with "été"',
        'starts with "été"',
        f'"{COMPOSED}"; at character 1 it has what looks the same: {WRITTEN} {COMBINING}',
    ),
    (
        COMPOSED,
        'contains any of "x", "été"',
        'contains any of "x", "été"',
        f'"{COMPOSED}"; at character 1 it has what looks the same: {WRITTEN} {COMBINING}',
    ),
    (COMPOSED, 'matches "été"', 'matches "été"', f'"{COMPOSED}", written {WRITTEN}'),
    (
        COMPOSED,
        'equals "ÉTÉ" ignoring case',
        'equals "ÉTÉ" ignoring case',
        f'"{COMPOSED}", written {WRITTEN}',
    ),
    ("line break", 'starts with "break"', 'starts with "break"', '"line break"'),
    ("x" * 200 + " end", 'ends with "END"', 'ends with "END"', f'…{"x" * 116} end"'),
    (7, 'is "8"', '"8"', "7"),
    ("7", "is the number 7", "the number 7", '"7", a text'),
    (7, 'is the text "7"', 'the text "7"', "7, an integer"),
    ("true", "is true", "true", '"true", a text'),
    (7, "is not one of 7, 8", "not one of 7, 8", "7"),
    ("x", "is greater than 7", "greater than 7", '"x", no number'),
    (7, "is not between 1 and 9", "not between 1 and 9", "7"),
    (7, "is 8 give or take 0.5", "8 give or take 0.5", "7"),
    ("2026-01-31", 'is before "2025-01-01"', 'before "2025-01-01"', '"2026-01-31"'),
    (
        "x",
        "is within 5 minutes of now",
        "within 5 minutes of now",
        '"x", no point in time such as 2026-01-31T12:00:00Z',
    ),
    (7, "is a text", "a text", "7, an integer"),
    ("x", "is empty", "empty", '"x"'),
    (
        {"a": 1},
        'contains "a"',
        'contains "a"',
        '{"a": 1}, an object; write the step "the response contains:" with a text below it',
    ),
    ([1, 2], "contains all of 1, 3", "contains all of 1, 3", "[1, 2]"),
    ("x", 'does not match "."', 'does not match "."', '"x"'),
]


@pytest.mark.parametrize(("value", "relation", "wanted", "found"), FAILURES)
def test_a_failure_names_what_is_wanted_and_what_was_found(
    value: Any, relation: str, wanted: str, found: str
) -> None:
    r"""A literal ``\n`` and a line break, blanks and letters that look alike are told apart."""
    document = parse_document(json.dumps({"a": {"b": value}}).encode(), None)
    read = read_relation(relation)
    assert read is not None
    with pytest.raises(CheckError) as caught:
        expect(Reading.at(document, "$.a.b"), read)
    first, *lines = caught.value.what.splitlines()
    assert first.startswith("The response value at $.a.b ")
    assert lines == [f"  expected:   {wanted}", f"  found:      {found}"]
