"""The runs of one environment, as its history keeps them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.results.history import History, PastRun, Suite, is_whole
from pytest_iflow.results.json_format import decode
from pytest_iflow.results.run_folder import HISTORY
from tests.inner_project import InnerProject
from tests.reporting.offline_suite import CONFTEST, arguments, environ
from tests.results.runs import node, run, scenario

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]

BECOMES_SECRET = """
from pytest_iflow.secrets.registry import register_secret

@step("{string} becomes a secret")
def becomes_secret(value):
    if os.environ.get("DIE"):
        os.kill(os.getpid(), 9)
    register_secret(value)
"""

OUTLINE = """
    Feature: Orders
      Scenario Outline: order
        Given "<value>" becomes a secret
        Examples:
          | value            |
          | t0p-hidden-row-1 |
          | t0p-hidden-row-2 |
          | t0p-hidden-row-3 |
"""


def test_a_run_survives_its_line() -> None:
    """Every status, and the tries before the last."""
    kept = PastRun.of(run(1, scenario("e", "-", reruns=3), scenarios="d=S b=F a=P c=B"))
    assert kept.results == "PFBS-"
    assert PastRun.from_line(kept.to_line(), decode(kept.listed.to_line(), Suite)) == kept
    assert kept.reruns == {node("e"): 3}
    assert (kept.letter(node("b")), kept.letter(node("x"))) == ("F", "")
    assert kept.counts == {"passed": 1, "failed": 1, "broken": 1, "skipped": 1, "not run": 1}


def test_the_same_scenarios_are_the_same_suite() -> None:
    """In whatever order workers finished them."""
    one, other = (PastRun.of(run(1, scenarios=text)).listed for text in ("a=P b=F", "b=P a=S"))
    assert (one, one.name) == (other, other.name)
    assert PastRun.of(run(1, scenarios="a=P")).suite != one.name


@pytest.mark.parametrize(
    ("fields", "whole"),
    [
        ({}, True),
        ({"selection": "-k a"}, False),
        ({"interrupted": True}, False),
        ({"collection_errors": ("a mistake",)}, False),
    ],
)
def test_a_whole_run_left_nothing_out(fields: dict[str, Any], whole: bool) -> None:
    """Neither by order nor by accident."""
    assert is_whole(run(1, scenarios="a=P", **fields)) is whole
    assert PastRun.of(run(1, scenarios="a=P", **fields)).whole is whole


def letters(folder: Path) -> list[str]:
    """Return the results of each run, the oldest first."""
    return [past.results for past in History(folder).newest_first()][::-1]


def test_a_run_is_read_as_it_was_added(tmp_path: Path) -> None:
    """With its artifacts, what it left out, and what came of each scenario."""
    first = run(1, scenarios="b=F a=P", artifacts={"Orders": "1.0.4"}, runtime_version="8.22")
    second = run(2, scenario("größe", "P", seconds=1.234, reruns=2), selection="-k größe")
    folder = tmp_path / "trial" / "dev"
    for each in (first, second):
        History(folder).append(each)
    history = History(folder)
    assert list(history.newest_first()) == [PastRun.of(second), PastRun.of(first)]
    assert history.damaged == set()
    newest, oldest = history.newest_first()
    assert (newest.reruns, newest.durations) == ({node("größe"): 2}, (1.23,))
    assert (oldest.listed.node_ids, oldest.results) == ((node("a"), node("b")), "PF")
    assert (newest.whole, oldest.whole, oldest.verdict) == (False, True, "failed")


def test_no_history_is_an_empty_one(tmp_path: Path) -> None:
    """Before the first run."""
    assert list(History(tmp_path).newest_first()) == []


def test_only_the_last_runs_are_kept(tmp_path: Path) -> None:
    """And no list of scenarios that none of them has."""
    for day, scenarios in enumerate(["old=P", "a=F", "a=P", "a=B"], start=1):
        History(tmp_path).append(run(day, scenarios=scenarios), keep=2)
    assert letters(tmp_path) == ["P", "B"]
    text = (tmp_path / HISTORY).read_text(encoding="utf-8")
    assert len(text.splitlines()) == 3, "two runs share one list of scenarios"
    assert "old" not in text
    History(tmp_path).append(run(9, scenarios="a=S"), keep=0)
    assert letters(tmp_path) == ["S"], "the latest is always kept"


@pytest.mark.parametrize(
    ("damage", "left"),
    [
        (lambda lines: [*lines, "no JSON"], ["P", "F"]),
        (lambda lines: [*lines, lines[-1][:-20]], ["P", "F"]),
        (lambda lines: [*lines[:-1], lines[-1].replace('"results":"F"', '"results":"FF"')], ["P"]),
        (lambda lines: [*lines[:-1], lines[-1].replace('"results":"F"', '"results":"?"')], ["P"]),
        (lambda lines: [*lines[:-1], lines[-1].replace('"schema":1', '"schema":2')], ["P"]),
        (lambda lines: [*lines[:-1], lines[-1].replace('"reruns":{}', '"reruns":7')], ["P"]),
        (lambda lines: ['{"suite": "0123456789abcdef", "node_ids": 7}', *lines[1:]], []),
    ],
)
def test_damaged_lines_are_left_out_and_named(tmp_path: Path, damage: object, left: list[str]) -> None:
    """Whatever stands in them; the next run writes the file without them."""
    for day, scenarios in enumerate(["a=P", "a=F"], start=1):
        History(tmp_path).append(run(day, scenarios=scenarios))
    path = tmp_path / HISTORY
    assert callable(damage)
    path.write_text("\n".join(damage(path.read_text(encoding="utf-8").splitlines())), encoding="utf-8")
    history = History(tmp_path)
    assert [past.results for past in history.newest_first()][::-1] == left
    assert history.damaged
    history.append(run(3, scenarios="a=B"))
    assert letters(tmp_path) == [*left, "B"]
    assert not History(tmp_path).damaged


def test_a_killed_run_whose_rows_turn_out_to_be_secret_makes_no_leak(offline: InnerProject) -> None:
    """Its plan comes into the history before their values are known: they are masked when they are."""
    offline.write("conftest.py", CONFTEST.replace("\n    ", "\n") + BECOMES_SECRET)
    offline.write("features/a.feature", OUTLINE)
    killed = offline.run(*arguments(), **environ(DIE="yes"))
    assert killed.code == (-9 if os.name == "posix" else 9)
    for _ in range(2):
        run = offline.run(*arguments(), **environ())
        assert run.code == 0, run.text
        assert not {name for name, text in run.files().items() if "t0p-hidden-row" in text}
    runs = list(History(offline.root / "reports/acme/dev").newest_first())
    assert [each.results for each in runs] == ["PPP", "PPP", "---"]
    assert runs[0].listed.node_ids == runs[2].listed.node_ids


def test_the_history_of_a_large_suite_stays_small(tmp_path: Path) -> None:
    """1,000 scenarios cost under 10 bytes each for a run, the names of all runs stand in it once."""
    scenarios = " ".join(f"a_scenario_with_a_name_of_usual_length_{number}=P" for number in range(1000))
    for day in range(1, 4):
        History(tmp_path).append(run(day, scenarios=scenarios))
    lines = (tmp_path / HISTORY).read_text(encoding="utf-8").splitlines()
    assert [len(line) < 10_000 for line in lines] == [False, True, True, True]
