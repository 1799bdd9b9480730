"""What is other in a run than in those before it."""

from __future__ import annotations

import pytest

from pytest_iflow.results.changes import RunChanges, artifact_updates, runtime_update, updates_for
from pytest_iflow.results.comparison import compare
from pytest_iflow.results.json_format import decode, encode, to_plain
from pytest_iflow.results.run_result import RunResult
from tests.results.runs import FIRST_DAY, past, run

CHANGES = RunChanges(
    FIRST_DAY, {"a": "newly failing", "b": "gone"}, ("an update",), {"a": "fails since yesterday"}
)


def test_changes_survive_their_file() -> None:
    """What is read is what was written."""
    assert decode(encode(CHANGES), RunChanges) == CHANGES
    assert (CHANGES.of("gone"), CHANGES.of("fixed")) == (["b"], [])


def test_changes_of_an_older_version_are_read() -> None:
    """They do not say since when a scenario fails."""
    older = to_plain(CHANGES)
    del older["failing_since"]
    assert decode(encode(older), RunChanges).failing_since == {}


def test_an_unknown_change_does_not_fit() -> None:
    """The error names the scenario."""
    with pytest.raises(ValueError, match="invalid enum value 'better'"):
        decode(encode(to_plain(CHANGES) | {"scenarios": {"a": "better"}}), RunChanges)


BEFORE = run(1, artifacts={"A": "1", "B": "1", "C": "1", "D": "1", "Same": "1"}, runtime_version="8.21")
AFTER = run(2, artifacts={"A": "2", "B": "2", "C": "2", "D": "2", "Same": "1"}, runtime_version="8.22")
UNKNOWN = run(3)


def test_versions_that_differ_are_told() -> None:
    """Only those, by artifact."""
    assert list(artifact_updates(BEFORE, AFTER)) == ["A", "B", "C", "D"]
    assert artifact_updates(BEFORE, AFTER)["A"] == "A is deployed in version 2, was 1"
    assert runtime_update(BEFORE, AFTER) == ("the tenant's runtime is 8.22, was 8.21",)


def test_what_is_not_known_did_not_change() -> None:
    """On either side."""
    for before, after in ((BEFORE, UNKNOWN), (UNKNOWN, AFTER), (AFTER, AFTER)):
        assert artifact_updates(before, after) == {}
        assert runtime_update(before, after) == ()
        assert updates_for(before, after, ["A"]) == ""


@pytest.mark.parametrize(
    ("iflows", "told"),
    [
        (["B", "Same", "unknown"], "B is deployed in version 2, was 1"),
        ([], "A is deployed in version 2, was 1; B is deployed in version 2, was 1; and 2 more updates"),
    ],
)
def test_a_scenario_is_told_of_what_it_calls(iflows: list[str], told: str) -> None:
    """Of all updates where it calls nothing that was updated, but not of too many."""
    assert updates_for(BEFORE, AFTER, iflows) == f"the tenant's runtime is 8.22, was 8.21; {told}"


def change_lines(latest: RunResult, *earlier: RunResult) -> list[str]:
    """Return what is told of a run after these."""
    changes = compare(latest, past(*earlier))
    assert changes is not None
    return changes.lines(latest.scenarios)


def test_a_tally_titles_and_updates_are_told() -> None:
    """Newly failing scenarios by name, with since when."""
    latest = run(2, scenarios="a=F b=P c=F", artifacts={"Orders": "2"})
    lines = change_lines(latest, run(1, scenarios="a=P b=F c=F", artifacts={"Orders": "1"}))
    assert lines == [
        "newly failing: 1, still failing: 1, fixed: 1",
        "  newly failing: a",
        "    fails since 2026-11-02 04:42 UTC, passed at 2026-11-01 04:42 UTC; in between: "
        "Orders is deployed in version 2, was 1",
        "Orders is deployed in version 2, was 1",
        "1 scenario fails since these updates",
    ]


def test_a_run_as_the_one_before_says_so() -> None:
    """In one line."""
    lines = change_lines(run(2, scenarios="a=P"), run(1, scenarios="a=P"))
    assert lines == ["every scenario that ran is as it was"]


def test_a_flood_is_cut() -> None:
    """The pages name all."""
    names = [f"n{number:02}" for number in range(23)]
    good, bad = (" ".join(f"{name}={letter}" for name in names) for letter in "PF")
    lines = change_lines(run(2, scenarios=bad), run(1, scenarios=good))
    assert lines[0] == "newly failing: 23"
    assert sum(line.startswith("  newly failing: ") for line in lines) == 20
    assert lines[-1] == "  and 3 more"


def test_where_no_scenario_ran_nothing_is_said_of_any() -> None:
    """As after a path that there is not, or in a broken environment."""
    assert change_lines(run(2, scenarios=""), run(1, scenarios="")) == ["no scenario ran"]
