"""The forms of a secret, and the signs by which a text is suspected of holding one."""

from __future__ import annotations

import base64
import random

from pytest_iflow.secrets.forms import LONGEST_SIGN, base64_forms, plain_form


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
