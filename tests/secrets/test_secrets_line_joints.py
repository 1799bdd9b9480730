"""Texts whose lines were broken, put together again."""

from __future__ import annotations

import pytest

from pytest_iflow.secrets.line_joints import joined, roughly_joined, without_joints


@pytest.mark.parametrize(
    "broken",
    [
        "abc\ndef",
        "abc\r\n   def",
        "E   abc\nE   def",
        "'abc'\n 'def'",
        "(b'abc'\n b'def')",
        "abc\\ndef",
        "abc%0D%0Adef",
        "abc&#10;def",
        "abc\\\n  def",
        "> abc\n> def",
        "a\x1b[0;31mbc\x1b[0m\ndef",
        "a\0b\0c\0d\0e\0f\0",
    ],
)
def test_both_halves_of_a_word_come_together(broken: str) -> None:
    """The quick look may leave out more than the close one, and never less."""
    assert "abcdef" in without_joints(broken)
    assert "abcdef" in roughly_joined(broken)
    whole = joined(broken)
    assert whole is not None
    start = whole.text.index("abcdef")
    first, last = whole.original(start, start + 6)
    assert broken[first] == "a"
    assert broken[last - 1] == "f"


def test_one_line_needs_no_joining() -> None:
    """It comes back as it is."""
    assert joined("one line") is None
    assert roughly_joined("one line") == "one line"
