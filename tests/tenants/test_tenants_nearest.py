"""Suggestions for mistyped names."""

from __future__ import annotations

import pytest

from pytest_iflow.tenants.nearest import nearest, suggestion


@pytest.mark.parametrize(
    ("word", "match"),
    [("trail", "trial"), ("TRIAL", "trial"), ("qa1", "QA"), ("production", None), ("", None)],
)
def test_the_nearest_name_is_found(word: str, match: str | None) -> None:
    """Swapped letters and case lead to the name that was meant."""
    assert nearest(word, ["local", "trial", "QA"]) == match


def test_a_suggestion_names_the_nearest_and_all() -> None:
    """The reader sees the likely name and what else there is."""
    assert suggestion("trail", ["trial", "local"]) == 'Did you mean "trial"? Known: local, trial.'


def test_without_a_likely_name_all_are_listed() -> None:
    """Nothing is guessed when nothing is near."""
    assert suggestion("production", ["trial", "local"]) == "Known: local, trial."
    assert suggestion("production", []) == "Known: none."
