"""What changed on a tenant between two runs."""

from __future__ import annotations

import pytest

from pytest_iflow.results.history.updates import artifact_updates, runtime_update, updates_for
from tests.results.runs import run

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
