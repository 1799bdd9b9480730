"""Texts that look alike are told apart."""

from __future__ import annotations

import pytest

from pytest_iflow.checks.lookalikes import distinguished, similar


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
    one, other = distinguished(expected, found)
    assert one != other
    assert other.startswith(f"{quoted} ({difference}")
    assert distinguished(found, expected)[0] == quoted


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
    assert distinguished(expected, found) == shown


def test_long_texts_are_shown_where_they_differ() -> None:
    """Cut at the same place they would look the same."""
    assert distinguished("x" * 300 + "a", "x" * 300 + "b") == (
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
