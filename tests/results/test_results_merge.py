"""The reports of several machines as those of one run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.results.journal.plan import planned_by_id
from pytest_iflow.results.merge import merge_runs
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult, ScenarioStatus

MORNING = datetime(2026, 11, 3, 4, 42, tzinfo=UTC)


def scenario(number: int, status: ScenarioStatus = "passed") -> ScenarioResult:
    """Return the scenario that stands in a line of a feature file."""
    return ScenarioResult(
        f"a.feature::s{number}", "A", None, f"s{number}", {}, "a.feature", number, (), status, 1.0, "", "", ()
    )


def run(selection: str, *numbers: int, minutes: int = 0, seconds: float = 60.0) -> RunResult:
    """Return the run of one machine that began so many minutes after the first."""
    return RunResult(
        "trial",
        "dev",
        MORNING + timedelta(minutes=minutes),
        seconds,
        tuple(map(scenario, numbers)),
        hosts={},
        versions={"pytest": "9.2.0"},
        interrupted=False,
        collection_errors=(),
        selection=selection,
    )


def folders(root: Path, *runs: RunResult) -> list[Path]:
    """Write each run into a folder reports of its own and return these."""
    made = []
    for number, each in enumerate(runs):
        made.append(root / f"machine-{number}")
        inner = made[-1] / each.tenant / each.environment
        inner.mkdir(parents=True)
        each.write(inner / "summary.json")
    return made


def test_shards_become_one_run_of_the_whole_suite(tmp_path: Path) -> None:
    """In the order of the feature file, from the earliest start to the latest end."""
    merged = merge_runs(
        folders(
            tmp_path,
            run("--shard=2/2", 2, 4, minutes=3, seconds=120),
            run("--shard=1/2", 1, 3, minutes=0, seconds=60),
        )
    )
    assert [each.line for each in merged.scenarios] == [1, 2, 3, 4]
    assert (merged.started, merged.seconds, merged.selection) == (MORNING, 300.0, "")
    assert merged.counts["passed"] == 4


def test_the_folder_of_an_environment_will_do(tmp_path: Path) -> None:
    """As will the folder over all tenants; one of each may be named."""
    first, second = folders(tmp_path, run("shard 1/2", 1), run("shard 2/2", 2))
    assert len(merge_runs([first / "trial" / "dev", second]).scenarios) == 2


@pytest.mark.parametrize(
    ("selections", "left_out"),
    [
        (("shard 1/4", "shard 2/4", "shard 4/4"), "without shard 3/4"),
        (("shard 2/4", "shard 4/4"), "without shards 1/4, 3/4"),
        (("-m smoke, shard 1/2", "-m smoke, shard 2/2"), "-m smoke"),
        (("--shard=1/3 -k tea", "--shard 3/3 -k tea"), "-k tea, without shard 2/3"),
        (("-m tea", "-m coffee"), "-m tea, -m coffee"),
        (("", ""), ""),
    ],
)
def test_a_partial_run_says_what_it_lacks(tmp_path: Path, selections: tuple[str, ...], left_out: str) -> None:
    """A shard that is missing, and what every machine left out."""
    runs = (run(selection, number) for number, selection in enumerate(selections))
    assert merge_runs(folders(tmp_path, *runs)).selection == left_out


def test_a_shard_that_ran_again_counts_once(tmp_path: Path) -> None:
    """The later run stands, whatever the order of the folders."""
    again = replace(run("shard 2/2", 2, minutes=9), scenarios=(scenario(2, "failed"),))
    merged = merge_runs(folders(tmp_path, again, run("shard 1/2", 1), run("shard 2/2", 2)))
    assert merged.counts["failed"] == merged.counts["passed"] == 1


def test_what_differs_stands_side_by_side_and_what_is_the_same_once(tmp_path: Path) -> None:
    """Versions, hosts and artifacts; problems of collection are met by every machine."""
    first = replace(
        run("shard 1/2", 1),
        versions={"pytest": "9.2.0", "Python": "3.11.9"},
        artifacts={"Orders": "1.0.4"},
        runtime_version="6.54",
        collection_errors=("bad.feature",),
        leaks=("junit.xml: a token",),
    )
    whole = planned_by_id("test_whole.py")  # a module in Python that was skipped, as each machine tells
    first = replace(first, scenarios=(*first.scenarios, replace(whole, status="skipped")))
    second = replace(
        first,
        selection="shard 2/2",
        scenarios=(scenario(2), first.scenarios[-1]),
        versions={"pytest": "9.2.0", "Python": "3.12.4"},
        artifacts={"Orders": "1.0.5", "Products": "2.0.0"},
        interrupted=True,
        environment_problems=("no token",),
    )
    merged = merge_runs(folders(tmp_path, first, second))
    assert merged.versions == {"pytest": "9.2.0", "Python": "3.11.9, 3.12.4"}
    assert merged.artifacts == {"Orders": "1.0.4, 1.0.5", "Products": "2.0.0"}
    assert (merged.runtime_version, merged.interrupted) == ("6.54", True)
    assert merged.collection_errors == ("bad.feature",)
    assert merged.environment_problems == ("no token",)
    assert merged.leaks == ("junit.xml: a token",)
    assert (len(merged.scenarios), merged.counts["skipped"]) == (3, 1)


@pytest.mark.parametrize(
    ("runs", "problem"),
    [
        ((run("shard 1/2", 1), run("shard 2/2", 1, 2)), "same scenario: a.feature::s1."),
        ((run("", *range(9)), run("", *range(9))), r"s4 and 4 more\."),
        ((run("shard 1/2", 1), run("shard 2/3", 2)), "not of one suite"),
        ((run("shard 1/2", 1), run("", 2)), "not of one suite"),
        (
            (run("shard 1/2", 1), replace(run("shard 1/2", 2), environment="qa")),
            "different tenants or environments: trial/dev, trial/qa",
        ),
    ],
)
def test_what_is_not_of_one_run_is_refused(tmp_path: Path, runs: tuple[RunResult, ...], problem: str) -> None:
    """With what is wrong and what to do."""
    with pytest.raises(ConfigurationError, match=problem) as caught:
        merge_runs(folders(tmp_path, *runs))
    assert caught.value.remedy


def test_a_machine_that_left_no_run_is_a_missing_shard(tmp_path: Path) -> None:
    """Its history was there, the run never began; the other machines' results are not lost over it."""
    reports = folders(tmp_path, run("--shard=1/3", 1), run("--shard=3/3", 3))
    (tmp_path / "machine-without").mkdir()
    merged = merge_runs([*reports, tmp_path / "machine-without"])
    assert (len(merged.scenarios), merged.selection) == (2, "without shard 2/3")
    with pytest.raises(ConfigurationError, match="holds no report") as caught:
        merge_runs([*reports, tmp_path / "misspelt"])
    assert caught.value.where == str(tmp_path / "misspelt")


def test_a_folder_without_a_report_is_named(tmp_path: Path) -> None:
    """As is one with a summary that nobody can read."""
    with pytest.raises(ConfigurationError, match="holds no report") as caught:
        merge_runs([tmp_path])
    assert caught.value.where == str(tmp_path)
    (tmp_path / "summary.json").write_text("{", encoding="utf-8")
    with pytest.raises(IflowError, match="cannot be read"):
        merge_runs([tmp_path])
