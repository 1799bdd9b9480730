"""Violations are told in plain words, each with its place."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft3Validator, Draft4Validator, Draft202012Validator

from pytest_iflow.checks.violations import violations


def found(schema: dict[str, Any] | bool, value: object) -> list[str]:
    """List the violations of a value."""
    return violations(Draft202012Validator(schema).iter_errors(value))


@pytest.mark.parametrize(
    ("schema", "value", "line"),
    [
        ({"type": "string"}, 1, "$: must be of type string; found 1"),
        ({"type": ["string", "null"]}, 1, '$: must be of type "string", "null"; found 1'),
        ({"enum": ["EUR", "USD"]}, "GBP", '$: must be one of "EUR", "USD"; found "GBP"'),
        ({"const": "x"}, None, '$: must be "x"; found null'),
        ({"pattern": "^[A-Z]{3}$"}, "eur", '$: must match the pattern ^[A-Z]{3}$; found "eur"'),
        ({"minLength": 1}, "", '$: must have at least 1 character(s); found ""'),
        ({"maxLength": 2}, "abc", '$: must have at most 2 character(s); found "abc"'),
        ({"minimum": 1.5}, 1, "$: must be at least 1.5; found 1"),
        ({"exclusiveMaximum": 1}, 1, "$: must be less than 1; found 1"),
        ({"multipleOf": 5}, 7, "$: must be a multiple of 5; found 7"),
        ({"minItems": 1}, [], "$: must have at least 1 item(s); found []"),
        ({"uniqueItems": True}, [1, 1], "$: must not have equal items; found [1, 1]"),
        ({"contains": {"const": 1}}, [2], '$: must have an item that matches {"const": 1}; found [2]'),
        (
            {"contains": {"const": 1}, "minContains": 2},
            [1, 2],
            '$: must have at least 2 item(s) that match {"const": 1}; found [1, 2]',
        ),
        (
            {"contains": {"const": 1}, "maxContains": 1},
            [1, 1],
            '$: must have at most 1 item(s) that match {"const": 1}; found [1, 1]',
        ),
        (
            {"propertyNames": {"pattern": "^[a-z]$"}},
            {"A": 1},
            '$: each member name must match the pattern ^[a-z]$; found "A"',
        ),
        (
            {"properties": {"propertyNames": {"minLength": 1}}},
            {"propertyNames": ""},
            '$.propertyNames: must have at least 1 character(s); found ""',
        ),
        (
            {"dependentRequired": {"a": ["b"]}},
            {"a": 1},
            "$: 'b' is a dependency of 'a'; found {\"a\": 1}",
        ),
        (
            {"required": ["A B"]},
            {"A\u00a0B": 1},
            "$: 'A B' is a required property, it has "
            r'"A\u00a0B" (character 2 is U+00A0 NO-BREAK SPACE, expected U+0020 SPACE); '
            r'found {"A\u00a0B": 1}',
        ),
        (
            {"const": "A B"},
            "A\u00a0B",
            r'$: must be "A B"; found "A\u00a0B" (character 2 is U+00A0 NO-BREAK SPACE, expected'
            " U+0020 SPACE)",
        ),
        (
            {"enum": ["x", "\u00fc"]},
            "u\u0308",
            r'$: must be one of "\u00fc"; found "u\u0308" (character 1 is U+0075 LATIN SMALL LETTER U,'
            " expected U+00FC LATIN SMALL LETTER U WITH DIAERESIS)",
        ),
        ({"maxProperties": 0}, {"a": 1}, '$: must have at most 0 member(s); found {"a": 1}'),
        ({"not": {"type": "string"}}, "x", '$: must not match {"type": "string"}; found "x"'),
        (False, 1, "$: is not allowed here; found 1"),
        ({"required": ["Price"]}, {}, "$: 'Price' is a required property; found {}"),
        (
            {"additionalProperties": False},
            {"x": 1},
            "$: Additional properties are not allowed ('x' was unexpected); found {\"x\": 1}",
        ),
    ],
)
def test_each_rule_has_its_words(schema: dict[str, Any] | bool, value: object, line: str) -> None:
    """Place, rule, and what was found."""
    assert found(schema, value) == [line]


def test_all_violations_are_listed_in_the_order_of_their_places() -> None:
    """Indexes count as numbers: 2 comes before 10."""
    schema = {"properties": {"b": {"items": {"type": "string"}}, "a": {"type": "string"}}}
    lines = found(schema, {"b": [*["x"] * 2, 1, *["x"] * 7, 2], "a": 3})
    assert [line.partition(":")[0] for line in lines] == ["$.a", "$.b[2]", "$.b[10]"]


def test_the_nearest_alternative_is_told() -> None:
    """Of several, the one that was meant: its error lies deepest."""
    schema = {
        "properties": {"x": {"anyOf": [{"type": "string"}, {"properties": {"Id": {"type": "string"}}}]}}
    }
    assert found(schema, {"x": {"Id": 1}}) == [
        "$.x: must match one of 2 alternatives, the nearest wants: $.x.Id must be of type string;"
        ' found {"Id": 1}'
    ]


def test_more_than_one_match_of_one_of_is_told() -> None:
    """It is not that nothing matched."""
    schema = {"oneOf": [{"type": "string"}, {"minLength": 1}]}
    assert found(schema, "x") == [
        '$: must match exactly one of 2 alternatives, but matches several; found "x"'
    ]


def test_long_values_are_cut() -> None:
    """At 120 characters, in what was found and in the rule."""
    (line,) = found({"enum": ["y" * 200]}, "x" * 200)
    assert len(line) < 300


@pytest.mark.parametrize(
    ("schema", "line"),
    [
        ({"minimum": 5, "exclusiveMinimum": True}, "$: must be more than 5; found 5"),
        ({"maximum": 5, "exclusiveMaximum": True}, "$: must be less than 5; found 5"),
        ({"minimum": 6, "exclusiveMinimum": False}, "$: must be at least 6; found 5"),
    ],
)
def test_a_strict_limit_of_draft_4_is_called_one(schema: dict[str, Any], line: str) -> None:
    """There it is a truth value beside the limit."""
    assert violations(Draft4Validator(schema).iter_errors(5)) == [line]


def test_draft_3_has_words_as_well() -> None:
    """Its rules go by other names."""
    schema = {"divisibleBy": 2, "disallow": ["integer"]}
    assert sorted(violations(Draft3Validator(schema).iter_errors(5))) == [
        "$: must be a multiple of 2; found 5",
        '$: must not be of type ["integer"]; found 5',
    ]
