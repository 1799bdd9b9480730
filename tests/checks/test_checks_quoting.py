"""Errors quote briefly and in the notation of JSON."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pytest_iflow.checks.json_number import JsonFloat
from pytest_iflow.checks.quoting import as_text, excerpt, json_path, listed, one_line, shown
from pytest_iflow.secrets.registry import register_secret


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Größe", "Größe"),
        (JsonFloat("51.000"), "51.000"),
        (7, "7"),
        (True, "true"),
        (None, "null"),
        (["ä", 1], '["ä", 1]'),
        ({"a": {}}, '{"a": {}}'),
    ],
)
def test_values_are_written_as_a_feature_writes_them(value: object, text: str) -> None:
    """Texts bare, the rest as JSON."""
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("A\u00a0B\u200b", r'"A\u00a0B\u200b"'),
        ("\ud800\x9b", r'"\ud800\u009b"'),
        ("\U0001f600", '"\U0001f600"'),
        (
            {"n": [JsonFloat("1.50"), JsonFloat("1E400"), 4500012345678901235]},
            '{"n": [1.50, 1E400, 4500012345678901235]}',
        ),
        ([True, None, {}, []], "[true, null, {}, []]"),
        ("51", '"51"'),
        (Decimal("51.0"), "51.0"),
        (JsonFloat("1.50"), "1.50"),
        (None, "null"),
    ],
)
def test_quoted_values_tell_texts_from_numbers(value: object, quoted: str) -> None:
    """A text stands in quotation marks."""
    assert shown(value) == quoted


@pytest.mark.parametrize("value", ["x" * 500, list(range(500)), {"a": {"b": "x" * 500}}])
def test_long_values_are_cut_after_120_characters(value: object) -> None:
    """Whatever their kind."""
    assert len(shown(value)) == 121
    assert shown(value).endswith("…")


def test_the_text_around_a_position_stands_on_one_line() -> None:
    """Thirty characters on either side."""
    assert excerpt("a" * 50 + "\n  !\n" + "b" * 50, 53) == "a" * 27 + " ! " + "b" * 28


def test_a_long_text_is_put_on_one_line_of_120_characters() -> None:
    """Line ends and runs of blanks become one blank."""
    assert one_line(" a\n\n b ") == "a b"
    assert len(one_line("y" * 300)) == 121


def test_at_most_50_entries_are_listed() -> None:
    """The rest is counted."""
    lines = listed([f"entry {number}" for number in range(53)]).splitlines()
    assert lines[1] == "  entry 0"
    assert lines[-2:] == ["  entry 49", "  and 3 more"]
    assert "more" not in listed(["one"])


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ([], "$"),
        (["Products", "Product", 0, "Price"], "$.Products.Product[0].Price"),
        (["a b", "@id", "$"], "$['a b']['@id']['$']"),
        (["it's", "back\\slash", "1st"], "$['it\\'s']['back\\\\slash']['1st']"),
    ],
)
def test_places_are_written_as_jsonpath(keys: list[str | int], path: str) -> None:
    """Names that need it stand in brackets."""
    assert json_path(keys) == path


def test_no_cut_leaves_half_a_secret() -> None:
    """Half of one would not be recognised by whoever masks the error."""
    secret = "s3cret-of-the-quotes-" + 30 * "0123456789"
    register_secret(secret)
    text = f"{100 * 'x'}{secret}"
    assert shown(text) == f'"{100 * "x"}***…'
    assert one_line(text) == f"{100 * 'x'}***"
    assert excerpt(f'{{"a": {secret}, "b": 1}}', 20) == '{"a": ***'
