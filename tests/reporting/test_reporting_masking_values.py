"""Values in failures, masked before pytest shortens them."""

from __future__ import annotations

import pytest
from _pytest._io.pprint import PrettyPrinter
from _pytest._io.saferepr import saferepr

from pytest_iflow.reporting.masking.values import masked_comparison, masked_values
from pytest_iflow.secrets.registry import register_secret

SECRET = "s3cret-of-the-values-" + 30 * "0123456789"
TOKEN = "eyJhbGciOiJSUzI1NiJ9." + 60 * "abcdefghij" + ".c2ln"


class Holder:
    """An object whose representation holds a secret."""

    def __repr__(self) -> str:
        return f"Holder({SECRET})"


@pytest.fixture(autouse=True)
def _known() -> None:
    register_secret(SECRET)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (SECRET, "'***'"),
        (TOKEN, "'***'"),
        (f"token {TOKEN}", "'token ***'"),
        (TOKEN.encode(), "b'***'"),
        ({"key": [SECRET, {"token": TOKEN}]}, "{'key': ['***', {'token': '***'}]}"),
        (Holder(), "Holder(***)"),
        ("harmless", "'harmless'"),
        (7, "7"),
    ],
    ids=["text", "token", "within", "bytes", "nested", "object", "harmless", "number"],
)
def test_half_a_secret_is_never_shown(value: object, shown: str) -> None:
    """Cut to 30 or 240 characters, a secret would no longer be recognised."""
    with masked_values():
        assert saferepr(value, maxsize=240) == shown
        assert saferepr(value, maxsize=len(shown)) == shown


@pytest.mark.parametrize(
    "value", [f"a {SECRET[:40]}\n{SECRET}", 60 * b"q" + SECRET.encode(), bytearray(SECRET.encode())]
)
def test_a_secret_is_masked_before_the_lines_of_a_value_are_broken(value: object) -> None:
    """In a diff its parts would stand apart, each with a sign before it."""
    with masked_values():
        shown = PrettyPrinter(width=40).pformat({"key": [value, 30 * "harmless "]})
    assert "***" in shown
    assert "0123456789" not in shown.replace(SECRET[:40], "")
    assert shown.count("harmless") == 30
    assert shown.count("\n") > 10


def test_long_texts_are_still_shortened() -> None:
    """To the size that pytest wants."""
    with masked_values():
        assert len(saferepr("x" * 1000)) == 240


def test_pytest_is_left_as_it_was_found() -> None:
    """Other runs in the same process see nothing of it."""
    before = saferepr(SECRET)
    with masked_values():
        with masked_values():
            pass
        assert saferepr(SECRET) == "'***'"
    assert saferepr(SECRET) == before


def test_texts_are_compared_masked() -> None:
    """A difference of two tokens would tell their ends."""
    assert masked_comparison("==", TOKEN, f"x {SECRET}", [["whatever", TOKEN[100:]]]) == [
        ["'***' == 'x ***'"]
    ]


def test_other_comparisons_are_masked_line_by_line() -> None:
    """What plugins had nothing to say about is left out."""
    explanations = [None, ["1 == 2", f"extra: {SECRET}"], []]
    assert masked_comparison("==", 1, 2, explanations) == [["1 == 2", "extra: ***"]]
    assert masked_comparison("==", "a", "b", [["'a' == 'b'"]]) == [["'a' == 'b'"]]
