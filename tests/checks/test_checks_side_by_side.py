"""Differences in two columns, as a tester reads them."""

from __future__ import annotations

import pytest

from pytest_iflow.checks.side_by_side import DifferenceError, Row, side_by_side
from pytest_iflow.secrets.registry import REGISTRY

ROWS = [
    Row("$.total", "99", "12.50"),
    Row(
        "/Order/Item[2]/Name",
        '"Photo Scan with a name that is long"',
        '"Photo Scann with a name that is lang"',
    ),
    Row("segment 3, DTM.1.2", "nothing", '"20260131"'),
    Row("$.name", '"\u5c71\u7530\u592a\u90ce"', '"\u5c71\u7530\u6b21\u90ce"'),
]


def test_both_sides_stand_beside_each_other_and_what_differs_is_marked() -> None:
    """Texts are broken within their column; a wide character takes two places."""
    assert [*side_by_side(ROWS, 60)] == [
        "    expected                   | found",
        "  $.total",
        "    99                         | 12.50",
        "  /Order/Item[2]/Name",
        '    "Photo Scan with a name th | "Photo Scann with a name t',
        "                                           ^",
        '    at is long"                | hat is lang"',
        "           ^                             ^",
        "  segment 3, DTM.1.2",
        '    nothing                    | "20260131"',
        "  $.name",
        '    "\u5c71\u7530\u592a\u90ce"                 | "\u5c71\u7530\u6b21\u90ce"',
        "         ^^                           ^^",
    ]


def test_a_narrow_terminal_has_both_sides_below_each_other() -> None:
    """Which is better than columns of a few characters."""
    assert [*side_by_side(ROWS[:1], 59)] == ["  $.total", "    expected  99", "    found     12.50"]


@pytest.mark.parametrize("width", [60, 80, 100, 132])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """So that nothing is wrapped."""
    rows = [*ROWS, Row("$.a", "x" * 120 + "\u2026", "y" * 500)]
    assert max(map(len, side_by_side(rows, width))) <= width


def test_an_error_is_laid_out_for_each_width() -> None:
    """In bounded length, with all that an error says."""
    rows = [Row(f"$[{number}]", "1", "2") for number in range(60)]
    error = DifferenceError("It differs", rows, 1_000, where="a.json", remedy="Correct it.")
    assert str(error).startswith("It differs:\n    expected        ")
    assert str(error).endswith("\n  and 950 more\n  where:      a.json\n  what to do: Correct it.")
    assert error.text(50).splitlines()[1:4] == ["  $[0]", "    expected  1", "    found     2"]
    assert error.copy().text(50) == error.text(50)


def test_a_secret_is_masked_before_it_is_broken_over_lines() -> None:
    """A part of it would not be recognised."""
    secret = "s3cr3t-" + "0123456789abcdef" * 4
    REGISTRY.register(secret)
    rows = [Row("$.a", f'"{secret}"', f'"{"x" * 30} {secret}"')]
    error = DifferenceError("It differs", rows, 1, where="a.json", remedy="Correct it.")
    for width in (50, 60, 100):
        assert "0123456789" not in error.text(width)
    assert "***" in str(error)
