"""What is told of a load run: verdicts by thresholds, percentiles."""

from __future__ import annotations

from dataclasses import replace

from pytest_iflow.load.figures import percentile
from pytest_iflow.load.order import Thresholds
from tests.load.load_samples import CALLS, MEASURED, RESULT


def test_thresholds_are_kept_up_to_their_value() -> None:
    """1 % of failures and a time of 800 ms are allowed, if these are the limits."""
    assert RESULT.missed == ()
    assert RESULT.verdict == "passed"


def test_each_threshold_that_is_missed_is_told() -> None:
    """Of calls and of scenarios."""
    strict = replace(RESULT, thresholds=Thresholds(0.005, 0.5))
    assert strict.verdict == "failed"
    assert strict.missed == (
        'POST to "orders": 10 of 1,000 failed (1.0%), at most 0.5% may.',
        'scenario "An order": 4 of 500 failed (0.8%), at most 0.5% may.',
        'POST to "orders": 95 % took up to 0.8 s, at most 0.5 s are allowed.',
    )


def test_what_called_nothing_has_not_passed() -> None:
    """Nor has what was interrupted."""
    assert replace(RESULT, measured=replace(MEASURED, figures=())).missed == ("No iFlow was called.",)
    assert replace(RESULT, measured=replace(MEASURED, interrupted=True)).verdict == "interrupted"
    assert CALLS.failed_share == 0.01


def test_a_percentile_is_one_of_the_values() -> None:
    """The least that so many do not exceed."""
    hundred = [float(number) for number in range(1, 101)]
    assert [percentile(hundred, part) for part in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([7.0], 0.01) == 7.0
    assert percentile([], 0.5) == 0.0
