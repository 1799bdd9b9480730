"""A run compared with those before it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.results.changes import RunChanges
from pytest_iflow.results.comparison import compare, compared_since, moment_of
from pytest_iflow.results.history import History
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


NOW = datetime(2026, 11, 8, 9, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder after three runs."""
    runs = run(1, scenarios="a=P b=F"), run(2, scenarios="a=F b=F"), run(3, scenarios="a=F b=P")
    for each in runs:
        History(tmp_path).append(each)
    runs[-1].write(tmp_path / "summary.json")
    return tmp_path


def test_the_latest_run_is_compared_with_the_last_before_a_moment(folder: Path) -> None:
    """In any zone."""
    for when in map(datetime.fromisoformat, ("2026-11-02T04:00+00:00", "2026-11-02T05:00+01:00")):
        changes = compared_since(folder, when).changes
        assert changes is not None
        assert changes.scenarios == {node("a"): "newly failing", node("b"): "fixed"}
    changes = compared_since(folder, datetime(2026, 11, 3, tzinfo=UTC)).changes
    assert changes is not None
    assert changes.scenarios == {node("a"): "still failing", node("b"): "fixed"}


def test_a_moment_before_the_history_says_where_that_begins(folder: Path, tmp_path: Path) -> None:
    """So that the next try fits; without any history it says that."""
    with pytest.raises(IflowError, match=r"no run before 2026-10-31 .* is of 2026-11-01 04:42 UTC"):
        compared_since(folder, datetime(2026, 10, 31, tzinfo=UTC))
    (tmp_path / "history.jsonl").unlink()
    with pytest.raises(IflowError, match="it has none"):
        compared_since(folder, NOW)


def test_without_a_run_there_is_nothing_to_compare(tmp_path: Path) -> None:
    """The error names the missing file."""
    with pytest.raises(IflowError, match="cannot be read"):
        compared_since(tmp_path, NOW)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", "2026-11-01T09:00+00:00"),
        (" 7 Days ", "2026-11-01T09:00+00:00"),
        ("1 day", "2026-11-07T09:00+00:00"),
        ("36h", "2026-11-06T21:00+00:00"),
        ("2 weeks", "2026-10-25T09:00+00:00"),
        ("2026-11-03T04:00+02:00", "2026-11-03T02:00+00:00"),
        ("2026-11-03T04:00Z", "2026-11-03T04:00+00:00"),
    ],
)
def test_a_moment_is_a_span_or_a_time(text: str, moment: str) -> None:
    """Spans count back from now."""
    assert moment_of(text, NOW) == datetime.fromisoformat(moment)


def test_a_date_begins_at_midnight_of_this_machine() -> None:
    """As whoever types it means it."""
    assert moment_of("2026-11-03") == datetime(2026, 11, 3).astimezone(UTC)


@pytest.mark.parametrize("text", ["yesterday", "", "7 parsecs", "2026-13-01"])
def test_anything_else_is_no_moment(text: str) -> None:
    """The error shows what can be written."""
    with pytest.raises(IflowError, match="is no moment") as caught:
        moment_of(text)
    assert "7d" in (caught.value.remedy or "")


def test_rows_are_the_same_under_the_ids_of_earlier_versions() -> None:
    """What pytest escaped in them: umlauts and backslashes."""
    before = run(1, scenarios=r"Preis[\xd6l-a\\b]=P Preis[tea]=P")
    changes = changes_of(run(2, scenarios=r"Preis[Öl-a\b]=F Preis[tea]=P"), before)
    assert changes.scenarios == {r"features/orders.feature::Preis[Öl-a\b]": "newly failing"}
