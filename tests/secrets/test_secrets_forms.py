"""The forms of a secret, and the signs by which a text is suspected of holding one."""

from __future__ import annotations

import base64
import random

import pytest

from pytest_iflow.secrets.forms import (
    LONGEST_SIGN,
    Signs,
    base64_forms,
    joined,
    plain_form,
    searchable,
    without_joints,
)
from pytest_iflow.secrets.registry import SecretRegistry


def test_the_sign_is_the_rarest_part_that_no_encoding_changes() -> None:
    """From its end, since tokens begin alike; without its first letter, which an escape may end with."""
    assert plain_form("ab$cdefgh%ij").sign == "defgh"
    assert plain_form("$$$").sign == ""
    assert plain_form("x" * 50 + "y" * LONGEST_SIGN).sign == "y" * LONGEST_SIGN


def test_base64_has_a_form_for_each_alignment() -> None:
    """Whatever stands around the secret, one of the three is in it."""
    rng = random.Random(6)  # noqa: S311, the same each time
    forms = list(base64_forms("s3cret-ü"))
    assert len(forms) == 3
    for length in range(9):
        before, after = rng.randbytes(length), rng.randbytes(8 - length)
        encoded = base64.b64encode(before + "s3cret-ü".encode() + after).decode()
        (fits,) = [form for form in forms if form.text in encoded]
        assert fits.pattern.search(encoded) is not None
        assert fits.sign in encoded


def test_what_would_be_a_few_letters_in_base64_is_left_out() -> None:
    """Three bytes make four of them."""
    assert list(base64_forms("abc")) == []


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
    assert b"abcdef" in searchable(broken.encode())
    whole = joined(broken)
    assert whole is not None
    start = whole.text.index("abcdef")
    first, last = whole.original(start, start + 6)
    assert broken[first] == "a"
    assert broken[last - 1] == "f"


def test_one_line_needs_no_joining() -> None:
    """It comes back as it is."""
    assert joined("one line") is None
    assert searchable(b"one line") == b"one line"


def test_signs_are_found_however_many_and_whenever_they_came() -> None:
    """One by one at first, at once when that is quicker; an empty one is in every text."""
    signs = Signs([b"first"])
    known = [f"sign{number:03}x".encode() for number in range(150)]
    for count, sign in enumerate(known, 1):
        signs.add(sign)
        data = b" ".join(known[:count]) * 9
        assert signs.found_in(data) == set(known[:count])
    assert signs.found_in(b"x first y") == {b"first"}
    signs.add(b"")
    assert signs.found_in(b"x first y") == {b"first", b""}


def test_a_sign_within_another_one_is_found_too() -> None:
    """Two secrets may share an end."""
    signs = Signs([b"outer-inner", b"inner", b"inner-end"])
    assert signs.found_in(b"an outer-inner-end") == {b"outer-inner", b"inner", b"inner-end"}


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("pass%0Dabcdefgh1", "x pass%0Dabcdefgh1\ny"),
        ("ab%0acdefghij", "x\nab%0acdefghij"),
        ("EJL2awLCXs#.>>L+x2", "EJL2awLCXs\n#.>>L+x2"),
        ("EJL2awLCXs|.>>L+x2", "E   EJL2awLCXs\nE   |.>>L+x2"),
        ("Kx7'wD2g1i|tc", "'Kx7\n'wD2g1i|tc'"),
        ("Kx7'wD2g1i", "pw: 'Kx7''wD2g1i'"),
        ("Kx7'wD2g1i", r"curl -u 'Kx7'\''wD2g1i'"),
        ("Kx7'wD2g1i", "curl -u 'Kx7'\"'\"'wD2g1i'"),
        ('Kx7"wD2g1i', 'a,"Kx7""wD2g1i"'),
        ('Kx7"wD2g1i', r"{&quot;pw&quot;: &quot;Kx7\&quot;wD2g1i&quot;}"),
    ],
)
def test_a_secret_with_marks_is_found(secret: str, text: str) -> None:
    """What a joint, a quoting or an escape takes along may be a part of the secret."""
    registry = SecretRegistry()
    registry.register(secret)
    assert registry.leaks(text)
    assert "wD2g" not in registry.mask(text)
    assert "awLCXs" not in registry.mask(text)
    assert "cdefgh" not in registry.mask(text)
