"""Decisions about deviations as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.acceptance.deviation import GivenDeviation, parse_deviation, read_deviations
from pytest_iflow.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a title=accepted: known", GivenDeviation("a title", "accepted", "known")),
        (
            "f.feature::x = y[a=b: c] = fix-before-release : by Friday: at noon ",
            GivenDeviation("f.feature::x = y[a=b: c]", "fix-before-release", "by Friday: at noon"),
        ),
    ],
)
def test_a_deviation_is_one_text(text: str, expected: GivenDeviation) -> None:
    """Subjects and reasons may hold the signs that separate them."""
    assert parse_deviation(text) == expected


@pytest.mark.parametrize("text", ["a title", "a title=fine: so", "a title=accepted:  ", "=accepted: why"])
def test_another_form_is_an_error_that_explains_the_dispositions(text: str) -> None:
    """All of them."""
    with pytest.raises(ConfigurationError, match="SUBJECT=disposition: reason") as caught:
        parse_deviation(text)
    assert "test-defect (the test is wrong" in str(caught.value)


def test_deviations_may_stand_in_a_table(tmp_path: Path) -> None:
    """One row each."""
    path = tmp_path / "deviations.csv"
    path.write_text("subject;disposition;reason\nREQ-4;deferred;später\n", encoding="utf-8")
    assert read_deviations(path) == (GivenDeviation("REQ-4", "deferred", "später"),)


@pytest.mark.parametrize(
    ("row", "said"), [("a,fine,why", 'no disposition "fine"'), ("a,accepted,", "a has no reason")]
)
def test_a_row_that_says_too_little_is_an_error(tmp_path: Path, row: str, said: str) -> None:
    """With its line."""
    path = tmp_path / "deviations.csv"
    path.write_text(f"subject,disposition,reason\n{row}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_deviations(path)
    assert caught.value.where == f"{path}, line 2"
