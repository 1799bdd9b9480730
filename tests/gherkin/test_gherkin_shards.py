"""One suite on several machines."""

from __future__ import annotations

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.shards import Shard
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

ROWS = """
    Feature: Rows
      Scenario: single
        Given an access token
      @smoke
      Scenario Outline: row <n>
        Given an access token
        Examples:
          | n |
          | 1 |
          | 2 |
          | 3 |
          | 4 |
          | 5 |
"""


def test_a_shard_is_named_as_it_is_typed() -> None:
    """Counted from 1."""
    assert (Shard.parse(" 2/4 "), str(Shard(2, 4))) == (Shard(2, 4), "shard 2/4")


@pytest.mark.parametrize("text", ["", "2", "0/4", "5/4", "0/0", "a/b", "-1/4", "1/4/2", "1.5/4"])
def test_what_names_no_shard_is_refused(text: str) -> None:
    """With an example of one that does."""
    with pytest.raises(ConfigurationError, match="is no shard") as caught:
        Shard.parse(text)
    assert "--shard=2/4" in str(caught.value)


def test_every_test_is_in_exactly_one_shard(project: InnerProject) -> None:
    """Python tests, too; -m selects before the parts are made, and an unusable shard ends the run."""
    project.write("features/a.feature", ROWS)
    project.write("features/b.feature", ROWS.replace("Rows", "Others"))
    project.write("test_plain.py", "def test_plain():\n    pass\n")
    whole, *parts, first_smoke, second_smoke, refused = project.collect(
        [],
        *([f"--shard={number}/4"] for number in range(1, 5)),
        ["--shard=1/2", "-m", "smoke"],
        ["--shard=2/2", "-m", "smoke"],
        ["--shard=5/4"],
    )
    found = [node_id for part in parts for node_id in part.collected()]
    assert sorted(found) == sorted(whole.collected())
    assert sorted(len(part.collected()) for part in parts) == [3, 3, 3, 4]
    assert len(first_smoke.collected()) == len(second_smoke.collected()) == 5
    assert not set(first_smoke.collected()) & set(second_smoke.collected())
    assert (refused.code, '"5/4" is no shard.' in refused.err) == (4, True)


def test_workers_of_xdist_run_the_same_shard(project: InnerProject) -> None:
    """What they collect has to be the same in all of them."""
    project.write("features/a.feature", ROWS)
    run = project.run("--tenant=local", "--shard=2/3", "-n", "2", "-p", "no:cacheprovider")
    assert run.code == 0
    assert "iflow: shard 2/3 of the suite" in run.out
    assert set(run.statuses()) == {"row 2", "row 5"}


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_machine_without_work_is_no_failure(project: InnerProject, workers: tuple[str, ...]) -> None:
    """A suite of one scenario on two machines; one that is empty everywhere stays an error."""
    project.write("features/a.feature", ROWS)
    common = ["--tenant=local", "-q", "-p", "no:cacheprovider", *workers, "--shard=2/2", "-k"]
    empty, nobody = project.run_several(([*common, "single"], {}), ([*common, "nothing_like_it"], {}))
    assert (empty.code, nobody.code) == (0, 5)
    assert "shard 2/2 is empty: the other machines run all tests" in empty.out
    assert "is empty" not in nobody.out
