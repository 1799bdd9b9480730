"""Whether a run still says something about today."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pytest_iflow.acceptance.freshness import age_limit, staleness
from pytest_iflow.errors import ConfigurationError
from tests.acceptance.recorded_run import BEGAN, FEATURE, GREEN, NOW, RecordedRun

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
    assert list(staleness(GREEN, recorded.root, NOW, DAY)) == []


def test_a_run_grows_old_and_cannot_come_from_the_future(recorded: RecordedRun) -> None:
    """Its age counts from its end; clocks may differ by minutes."""
    (old,) = staleness(GREEN, recorded.root, NOW + DAY, DAY)
    assert old.what == "The run ended 24 h 59 min ago; the limit is 24 h 00 min."
    assert list(staleness(GREEN, recorded.root, BEGAN - timedelta(minutes=4), DAY)) == []
    (early,) = staleness(GREEN, recorded.root, BEGAN - timedelta(hours=2), DAY)
    assert "in the future, 2 h 00 min from now" in early.what


def test_features_that_came_since_are_named(recorded: RecordedRun) -> None:
    """An old one that did not run is no change; whether one that ran was changed, its hash tells."""
    recorded.suite_file("features/old.feature")
    recorded.suite_file("features/new/new.feature", NOW)
    recorded.suite_file(FEATURE, NOW)
    (new,) = staleness(GREEN, recorded.root, NOW, DAY)
    assert new.details == ("features/new/new.feature: not part of the run",)
