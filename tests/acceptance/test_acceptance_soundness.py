"""Whether a run is whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.acceptance.soundness import unsoundness
from pytest_iflow.gherkin.source import UNREADABLE
from tests.acceptance.recorded_run import GREEN, scenario


def test_a_green_run_is_sound(tmp_path: Path) -> None:
    """And so is a red one: that is another question."""
    assert list(unsoundness(GREEN, tmp_path)) == []
    assert list(unsoundness(replace(GREEN, scenarios=(scenario("bad", "failed"),)), tmp_path)) == []


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"interrupted": True}, "partial", "interrupted"),
        ({"selection": "-m smoke"}, "partial", "left scenarios out: -m smoke"),
        ({"scenarios": (scenario(), scenario("b", "not run"))}, "partial", "did not run: 1"),
        ({"collection_errors": ("x.feature: broken\nmore",)}, "collection", "could not be collected"),
        ({"scenarios": (scenario(), scenario(UNREADABLE, "broken"))}, "collection", "could not be collected"),
        ({"environment_problems": ("no token",)}, "environment", "environment was broken"),
        ({"leaks": ("junit.xml, line 3: a client secret",)}, "leak", "Secrets stand in files"),
        ({"scenarios": ()}, "nothing-ran", "No scenario ran"),
        ({"scenarios": (scenario("a", "skipped"),)}, "nothing-ran", "No scenario ran"),
    ],
)
def test_a_run_that_is_not_whole_says_why(
    tmp_path: Path, changes: dict[str, Any], kind: str, said: str
) -> None:
    """One reason each, with a remedy."""
    (objection,) = unsoundness(replace(GREEN, **changes), tmp_path)
    assert objection.kind == kind
    assert said in objection.what
    assert objection.remedy


def test_a_journal_is_left_by_a_run_that_was_killed(tmp_path: Path) -> None:
    """Whatever the summary of the run before it says."""
    (tmp_path / "journal.jsonl").touch()
    (objection,) = unsoundness(GREEN, tmp_path)
    assert (objection.kind, "was killed" in objection.what) == ("partial", True)
