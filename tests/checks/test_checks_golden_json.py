"""Golden messages in JSON are compared place by place."""

from __future__ import annotations

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.golden_json import JsonGolden


def differences_in_json(golden: str, found: str) -> list[str]:
    """Compare two texts of JSON as answers are read."""
    documents = [parse_document(text.encode(), "application/json") for text in (golden, found)]
    return [*map(str, JsonGolden([]).differences(*documents))]


@pytest.mark.parametrize(
    ("golden", "found"),
    [
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
        ("[51, 51.0, 5.1e1]", "[51.000, 51, 51]"),
        ('{"__metadata": {"uri": "x"}}', '{"__metadata": {"uri": "x"}}'),
        ("[[], {}, null, true]", "[[], {}, null, true]"),
    ],
)
def test_equal_messages_in_json(golden: str, found: str) -> None:
    """The order of members is free, numbers count by value."""
    assert differences_in_json(golden, found) == []


@pytest.mark.parametrize(
    ("golden", "found", "lines"),
    [
        ('{"a": {"b": "x"}}', '{"a": {"b": "y"}}', ['$.a.b: expected "x", found "y"']),
        ('{"a": 1}', '{"a": "1"}', ['$.a: expected 1, found "1"']),
        ('{"a": 1}', '{"a": true}', ["$.a: expected 1, found true"]),
        ('{"a": null}', "{}", ["$.a: expected null, found nothing"]),
        ("{}", '{"a b": 51.000}', ["$['a b']: not expected, found 51.000"]),
        ("[1, 2]", "[2, 1]", ["$[0]: expected 1, found 2", "$[1]: expected 2, found 1"]),
        ("[1]", "[1, 2]", ["$[1]: not expected, found 2"]),
        ('[{"a": 1}, {"a": 2}]', '[{"a": 1}]', ['$[1]: expected {"a": 2}, found nothing']),
        (
            '{"__metadata": {"uri": "x"}}',
            '{"__metadata": {"uri": "y"}}',
            ['$.__metadata.uri: expected "x", found "y"'],
        ),
        ("[]", "{}", ["$: expected [], found {}"]),
        ("[1, {}]", "[true, {}]", ["$[0]: expected 1, found true"]),
        ('[{"a": 0}]', '[{"a": false}]', ["$[0].a: expected 0, found false"]),
        ("[1, 2, 3]", "[1, 3]", ["$[1]: expected 2, found nothing"]),
        ("[1, 3]", "[1, 2, 3]", ["$[1]: not expected, found 2"]),
        (
            '{"\u041eK": 1}',
            '{"OK": 1}',
            [
                "$.\u041eK: expected 1, found nothing",
                '$.OK: not expected, found 1; it only looks like the expected name, it is "OK" (character 1'
                " is U+004F LATIN CAPITAL LETTER O, expected U+041E CYRILLIC CAPITAL LETTER O)",
            ],
        ),
        ("[1E400]", "[1e401]", ["$[0]: expected 1E400, found 1e401"]),
        (
            '{"a": {"n": 12.50, "id": 4500012345678901235, "z": -0}}',
            "{}",
            ['$.a: expected {"n": 12.50, "id": 4500012345678901235, "z": -0}, found nothing'],
        ),
        (
            '{"a": 1e99999999999999999999999}',
            '{"a": 1}',
            ["$.a: expected 1e99999999999999999999999, found 1"],
        ),
        (
            "[" + "9" * 5_000 + "]",
            "[" + "9" * 4_999 + "8]",
            [f"$[0]: expected …{40 * '9'}9…, found …{40 * '9'}8… (from character 4960)"],
        ),
        (
            '{"Mu\u0308ller\u200b": 1}',
            '{"M\u00fcller": 1}',
            [
                r"$['Mu\u0308ller\u200b']: expected 1, found nothing",
                "$.Müller: not expected, found 1; it only looks like the expected name, it is "
                r'"M\u00fcller" (character 2 is U+00FC LATIN SMALL LETTER U WITH DIAERESIS, expected U+0075'
                " LATIN SMALL LETTER U)",
            ],
        ),
        (
            '["A B"]',
            '["A\u00a0B"]',
            [
                r'$[0]: expected "A B", found "A\u00a0B" (character 2 is U+00A0 NO-BREAK SPACE, expected'
                " U+0020 SPACE)"
            ],
        ),
        (
            "12345678901234567890.123",
            "12345678901234567890.124",
            ["$: expected 12345678901234567890.123, found 12345678901234567890.124"],
        ),
        (
            "[1, 2, 3, 4, 5, 6]",
            "[0, 1, 2, 3, 4, 6]",
            ["$[0]: not expected, found 0", "$[4]: expected 5, found nothing"],
        ),
    ],
)
def test_differences_in_json(golden: str, found: str, lines: list[str]) -> None:
    """Each with its place."""
    assert differences_in_json(golden, found) == lines


def test_objects_that_differ_in_most_members_are_told_member_by_member_in_json() -> None:
    """Not as one object that changed into another."""
    lines = differences_in_json('{"x": {"a": 1, "b": 2, "c": 3}}', '{"x": {"d": 4}}')
    assert [line.partition(":")[0] for line in lines] == ["$.x.a", "$.x.b", "$.x.c", "$.x.d"]
