"""What changed, as lines for a terminal."""

from __future__ import annotations

from dataclasses import replace

from pytest_iflow.results.history.comparison import compare
from pytest_iflow.results.history.told import change_lines
from pytest_iflow.results.run_result import RunResult
from tests.results.runs import past, run


def compared(latest: RunResult, *earlier: RunResult) -> RunResult:
    """Return the run with its changes."""
    return replace(latest, changes=compare(latest, past(*earlier)))


def test_a_tally_titles_and_updates_are_told() -> None:
    """Newly failing scenarios by name, with since when."""
    latest = run(2, scenarios="a=F b=P c=F", artifacts={"Orders": "2"})
    lines = change_lines(compared(latest, run(1, scenarios="a=P b=F c=F", artifacts={"Orders": "1"})))
    assert lines == [
        "newly failing: 1, still failing: 1, fixed: 1",
        "  newly failing: a",
        "    fails since 2026-11-02 04:42 UTC, passed at 2026-11-01 04:42 UTC; in between: "
        "Orders is deployed in version 2, was 1",
        "Orders is deployed in version 2, was 1",
        "1 scenario fails since these updates",
    ]


def test_a_run_as_the_one_before_says_so() -> None:
    """And the first one says nothing."""
    assert change_lines(compared(run(2, scenarios="a=P"), run(1, scenarios="a=P"))) == [
        "every scenario that ran is as it was"
    ]
    assert change_lines(run(1, scenarios="a=P")) == []


def test_a_flood_is_cut() -> None:
    """The pages name all."""
    names = [f"n{number:02}" for number in range(23)]
    good, bad = (" ".join(f"{name}={letter}" for name in names) for letter in "PF")
    lines = change_lines(compared(run(2, scenarios=bad), run(1, scenarios=good)))
    assert lines[0] == "newly failing: 23"
    assert sum(line.startswith("  newly failing: ") for line in lines) == 20
    assert lines[-1] == "  and 3 more"
