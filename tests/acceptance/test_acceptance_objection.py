"""What stands against an acceptance."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.acceptance.objection import (
    AcceptanceRefusedError,
    Objection,
    age_limit,
    age_objections,
    run_objections,
)
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.source import UNREADABLE
from tests.acceptance.recorded_run import BEGAN, FEATURE, GREEN, NOW, RecordedRun, scenario


def test_a_refusal_says_all_reasons_with_their_remedies() -> None:
    """At once; of many details it shows the first."""
    many = Objection("undecided", "Much is red.", "Decide.", tuple(f"scenario {n}" for n in range(1, 24)))
    text = str(AcceptanceRefusedError("trial/test", [Objection("stale", "It is old.", "Run it."), many]))
    assert text.startswith("trial/test cannot be accepted as it stands, for 2 reasons:\n  * It is old.\n")
    assert "    what to do: Run it.\n  * Much is red.\n      scenario 1\n" in text
    assert text.endswith("      scenario 20\n      … and 3 more\n    what to do: Decide.")
    assert "for this reason:" in str(AcceptanceRefusedError("trial/test", [many]))
    assert len(many.to_dict()["details"]) == 23


def test_a_green_run_is_sound(tmp_path: Path) -> None:
    """And so is a red one: that is another question."""
    assert list(run_objections(GREEN, tmp_path)) == []
    assert list(run_objections(replace(GREEN, scenarios=(scenario("bad", "failed"),)), tmp_path)) == []


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
    (objection,) = run_objections(replace(GREEN, **changes), tmp_path)
    assert objection.kind == kind
    assert said in objection.what
    assert objection.remedy


def test_a_journal_is_left_by_a_run_that_was_killed(tmp_path: Path) -> None:
    """Whatever the summary of the run before it says."""
    (tmp_path / "journal.jsonl").touch()
    (objection,) = run_objections(GREEN, tmp_path)
    assert (objection.kind, "was killed" in objection.what) == ("partial", True)


pytest_plugins = ["tests.acceptance.recorded_run"]

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "expected"), [("90m", timedelta(minutes=90)), (" 24h", DAY), ("7 d", timedelta(days=7))]
)
def test_a_limit_has_a_unit(text: str, expected: timedelta) -> None:
    """Minutes, hours or days."""
    assert age_limit(text) == expected


@pytest.mark.parametrize("text", ["", "24", "0h", "-1h", "1w", "1.5h"])
def test_another_limit_is_an_error(text: str) -> None:
    """With the forms that there are."""
    with pytest.raises(ConfigurationError, match="no time span"):
        age_limit(text)


def test_a_run_of_an_hour_ago_is_fresh(recorded: RecordedRun) -> None:
    """Its feature files are older than it."""
    assert list(age_objections(GREEN, recorded.root, NOW, DAY)) == []


def test_a_run_grows_old_and_cannot_come_from_the_future(recorded: RecordedRun) -> None:
    """Its age counts from its end; clocks may differ by minutes."""
    (old,) = age_objections(GREEN, recorded.root, NOW + DAY, DAY)
    assert old.what == "The run ended 24 h 59 min ago; the limit is 24 h 00 min."
    assert list(age_objections(GREEN, recorded.root, BEGAN - timedelta(minutes=4), DAY)) == []
    (early,) = age_objections(GREEN, recorded.root, BEGAN - timedelta(hours=2), DAY)
    assert "in the future, 2 h 00 min from now" in early.what


def test_features_that_came_since_are_named(recorded: RecordedRun) -> None:
    """An old one that did not run is no change; whether one that ran was changed, its hash tells."""
    recorded.suite_file("features/old.feature")
    recorded.suite_file("features/new/new.feature", NOW)
    recorded.suite_file(FEATURE, NOW)
    (new,) = age_objections(GREEN, recorded.root, NOW, DAY)
    assert new.details == ("features/new/new.feature: not part of the run",)
