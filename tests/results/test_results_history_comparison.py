"""A run compared with those before it."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_iflow.results.history.changes import RunChanges
from pytest_iflow.results.history.comparison import compare
from pytest_iflow.results.run_result import RunResult
from tests.results.runs import node, past, run, scenario


def changes_of(latest: RunResult, *earlier: RunResult) -> RunChanges:
    """Compare and return what was found."""
    changes = compare(latest, past(*earlier))
    assert changes is not None
    return changes


def history_of(results: str) -> tuple[dict[str, str], RunChanges]:
    """Return what becomes of one scenario by its results, the oldest first; ``.`` is a run without it."""
    runs = [
        run(day, scenarios="always=P" + (f" it={letter}" if letter != "." else ""))
        for day, letter in enumerate(results, start=1)
    ]
    changes = changes_of(runs[-1], *runs[:-1])
    return {name.rpartition(":")[2]: change for name, change in changes.scenarios.items()}, changes


@pytest.mark.parametrize(
    ("results", "change"),
    [
        ("PF", "newly failing"),
        ("PB", "newly failing"),
        ("FF", "still failing"),
        ("BF", "still failing"),
        ("FP", "fixed"),
        ("PP", None),
        (".P", "new"),
        (".F", "new"),
        ("SP", "new"),
        ("P.", "gone"),
        ("PS", None),
        ("FS", None),
        ("P-", None),
        ("F-P", "fixed"),
        ("FSP", "fixed"),
        ("PS-F", "newly failing"),
        ("P...F", "newly failing"),
        ("F...P", "fixed"),
        ("PFP", "fixed"),
        ("PFPP", None),
        ("PFPFP", "flaky"),
        ("FPFP", "flaky"),
        ("FPFPPPPPPPP", None),
        ("FPFPPPPPPP", "flaky"),
        ("PFPF", "newly failing"),
        ("PFPFF", "still failing"),
    ],
)
def test_a_scenario_is_compared_with_its_own_results(results: str, change: str | None) -> None:
    """With its last one, however long ago, and not with runs in which it had none."""
    assert history_of(results)[0] == ({"it": change} if change else {})


def test_a_scenario_that_passed_at_a_second_try_is_flaky() -> None:
    """Whatever it was before, and if it is new as well."""
    latest = run(2, scenario("a", "P", reruns=1), scenario("b", "P", reruns=2))
    changes = changes_of(latest, run(1, scenarios="a=F"))
    assert changes.scenarios == {node("a"): "flaky", node("b"): "flaky"}


def test_the_first_run_is_compared_with_none() -> None:
    """Nothing can be said; a run of the same moment is the run itself."""
    assert compare(run(1, scenarios="a=F"), []) is None
    assert compare(run(1, scenarios="a=F"), past(run(1, scenarios="a=P"))) is None


def test_the_most_urgent_comes_first() -> None:
    """As a reader wants to see it, and with the moment of the last run before."""
    changes = changes_of(
        run(3, scenarios="new=P fixed=P still=F newly=F"),
        run(1),
        run(2, scenarios="fixed=F still=F newly=P gone=P"),
    )
    assert list(changes.scenarios.values()) == ["newly failing", "still failing", "fixed", "new", "gone"]
    assert changes.since == run(2).started


@pytest.mark.parametrize(
    "cut",
    [
        {"selection": "-k a"},
        {"interrupted": True},
        {"collection_errors": ("orders.feature: a mistake",)},
    ],
)
def test_nothing_is_gone_in_a_run_that_left_something_out(cut: dict[str, Any]) -> None:
    """Not asked for, not reached or not readable is not gone, now or in the run before."""
    changes = changes_of(run(2, scenarios="a=P", **cut), run(1, scenarios="a=P b=P"))
    assert changes.scenarios == {}
    changes = changes_of(run(3, scenarios="a=P"), run(1, scenarios="a=P b=P"), run(2, scenarios="a=P", **cut))
    assert changes.scenarios == {node("b"): "gone"}


def test_what_is_gone_is_told_once() -> None:
    """The run after has nothing to say of it."""
    changes = changes_of(run(3, scenarios="a=P"), run(1, scenarios="a=P b=P"), run(2, scenarios="a=P"))
    assert changes.scenarios == {}


def test_updates_are_told_with_what_fails_since() -> None:
    """Artifacts and runtime against the last run that knew them."""
    latest = run(
        3,
        scenario("a", "F", iflows=["Orders"]),
        scenario("b", "F"),
        artifacts={"Orders": "1.0.4", "New": "1.0.0", "Same": "2"},
        runtime_version="8.22",
    )
    before = run(
        1,
        scenarios="a=P b=P",
        artifacts={"Orders": "1.0.3", "Old": "0.9", "Same": "2"},
        runtime_version="8.21",
    )
    changes = changes_of(latest, before, run(2, scenarios="other=P", selection="-k other"))
    assert changes.updates == (
        "the tenant's runtime is 8.22, was 8.21",
        "New is deployed in version 1.0.0, was not deployed",
        "Old is not deployed any more, was version 0.9",
        "Orders is deployed in version 1.0.4, was 1.0.3",
        "2 scenarios fail since these updates",
    )
    assert changes.failing_since[node("a")] == (
        "fails since 2026-11-03 04:42 UTC, passed at 2026-11-01 04:42 UTC; in between: "
        "the tenant's runtime is 8.22, was 8.21; Orders is deployed in version 1.0.4, was 1.0.3"
    )
    assert changes.failing_since[node("b")].endswith("; and 1 more updates")


def test_one_scenario_fails_since_an_update() -> None:
    """The sentence counts; without a newly failing scenario it is not there."""
    before = run(1, scenarios="a=P b=F", artifacts={"Orders": "1"})
    one = changes_of(run(2, scenarios="a=F b=F", artifacts={"Orders": "2"}), before)
    assert one.updates[-1] == "1 scenario fails since these updates"
    none = changes_of(run(2, scenarios="a=P b=F", artifacts={"Orders": "2"}), before)
    assert none.updates == ("Orders is deployed in version 2, was 1",)
    unknown = changes_of(run(2, scenarios="a=F b=F"), before)
    assert unknown.updates == ()


def test_a_failure_keeps_the_update_that_it_began_with() -> None:
    """Ten days later the sentence is the same; what was updated afterwards is not blamed."""
    versions = ["1", "2", *("3" for _ in range(14))]
    runs = [
        run(day, scenarios=f"a={'P' if day == 1 else 'F'} never=F", artifacts={"Orders": version})
        for day, version in enumerate(versions, start=1)
    ]
    changes = changes_of(runs[-1], *runs[:-1])
    assert changes.failing_since == {
        node("a"): "fails since 2026-11-02 04:42 UTC, passed at 2026-11-01 04:42 UTC; in between: "
        "Orders is deployed in version 2, was 1"
    }


def test_an_earlier_moment_can_be_compared_with() -> None:
    """What failed and was fixed in between is as it was; what fails longer is not newly failing."""
    runs = [
        run(1, scenarios="a=P b=F c=P"),
        run(2, scenarios="a=F b=F c=F"),
        run(3, scenarios="a=F b=P c=P"),
    ]
    latest = run(4, scenarios="a=F b=P c=P")
    changes = compare(latest, past(*runs), before=runs[1].started)
    assert changes is not None
    assert changes.scenarios == {node("a"): "newly failing", node("b"): "fixed"}
    assert changes.since == runs[0].started
    assert changes.failing_since[node("a")].startswith("fails since 2026-11-02")
    assert compare(latest, past(*runs), before=runs[0].started) is None
