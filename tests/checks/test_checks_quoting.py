"""Values, places and lists in errors; texts that differ and look the same."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pytest_iflow.checks.json_number import JsonFloat
from pytest_iflow.checks.quoting import (
    as_text,
    excerpt,
    json_path,
    listed,
    one_line,
    shown,
    similar,
    tell_apart,
)
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


@pytest.mark.parametrize(
    ("expected", "found", "quoted", "difference"),
    [
        ("A B", "A\u00a0B", r'"A\u00a0B"', "character 2 is U+00A0 NO-BREAK SPACE, expected U+0020 SPACE"),
        ("ü", "u\u0308", r'"u\u0308"', "character 1 is U+0075 LATIN SMALL LETTER U"),
        ("4711", "4711\u200b", r'"4711\u200b"', "character 5 is U+200B ZERO WIDTH SPACE, expected missing"),
        ("a", "\ufeffa", r'"\ufeffa"', "character 1 is U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("a\nb", "a\r\nb", r'"a\r\nb"', "character 2 is U+000D carriage return, expected U+000A line feed"),
        ("a b", "a\tb", r'"a\tb"', "character 2 is U+0009 tab, expected U+0020 SPACE"),
        ("OK", "\u041eK", r'"\u041eK"', "character 1 is U+041E CYRILLIC CAPITAL LETTER O"),
        ("a-b", "a\u2013b", r'"a\u2013b"', "character 2 is U+2013 EN DASH, expected U+002D HYPHEN-MINUS"),
        ("a b", "a  b", '"a  b"', "character 3 is U+0020 SPACE, expected U+0062 LATIN SMALL LETTER B"),
        ("①", "1", '"1"', "character 1 is U+0031 DIGIT ONE, expected U+2460 CIRCLED DIGIT ONE"),
        ("☎", "☎\ufe0f", r'"\u260e\ufe0f"', "character 2 is U+FE0F VARIATION SELECTOR-16"),
    ],
)
def test_both_sides_are_written_so_that_they_differ(
    expected: str, found: str, quoted: str, difference: str
) -> None:
    """And the first character that differs is named."""
    one, other = tell_apart(expected, found)
    assert one != other
    assert other.startswith(f"{quoted} ({difference}")
    assert tell_apart(found, expected)[0] == quoted


@pytest.mark.parametrize(
    ("expected", "found", "shown"),
    [
        ("x", "y", ('"x"', '"y"')),
        ("Größe", "Grösse", ('"Größe"', '"Grösse"')),
        ("x\u00a0", "y", (r'"x\u00a0"', '"y"')),
        ("\\n", "\n", (r'"\\n"', r'"\n"')),
        ("1", 1, ('"1"', "1")),
        (None, "null", ("null", '"null"')),
        ("\u202eabc", "\ud800", (r'"\u202eabc"', r'"\ud800"')),
    ],
)
def test_texts_that_a_reader_can_tell_apart_are_quoted_alone(
    expected: object, found: object, shown: tuple[str, str]
) -> None:
    """What cannot be seen is escaped all the same."""
    assert tell_apart(expected, found) == shown


def test_long_texts_are_shown_where_they_differ() -> None:
    """Cut at the same place they would look the same."""
    assert tell_apart("x" * 300 + "a", "x" * 300 + "b") == (
        f"…{40 * 'x'}a…",
        f"…{40 * 'x'}b… (from character 261)",
    )


@pytest.mark.parametrize(
    ("text", "within", "said"),
    [
        ("A B", "xx A\u00a0B yy", r'; at character 4 it has what looks the same: "A\u00a0B" (character 2 is'),
        ("Müller", "Herr Mu\u0308ller", r'; at character 6 it has what looks the same: "Mu\u0308ller" ('),
        ("1\n2", "1\r\n2", r'; at character 1 it has what looks the same: "1\r\n2" ('),
        ("a ", "a", '; at character 1 it has "a", with other blanks around it'),
        ("A B", "A C", ""),
        ("\u200b", "abc", ""),
    ],
)
def test_a_text_that_only_looks_like_the_wanted_one_is_found(text: str, within: str, said: str) -> None:
    """In a body, a header or an attachment."""
    assert similar(text, within).startswith(said)
    assert bool(similar(text, within)) == bool(said)
