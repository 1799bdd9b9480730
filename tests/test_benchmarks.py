"""The comparison of ``make bench``: suites that do the work, medians, a page that stays whole."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.contenders import BARE, BEHAVE, IN_PARALLEL, OURS, PYTEST_BDD, SCHEMA_CHECK, Contender
from benchmarks.goals import goals
from benchmarks.measurement import Cost, Series
from benchmarks.page import BEGIN, END, figures, write_page

PROJECT = Path(__file__).parent.parent
SECONDS = 120


def series(contender: Contender, *seconds: float, scenarios: int = 1000) -> Series:
    """Rounds that took as many seconds each of CPU and wall time."""
    costs = tuple(Cost(each, each, 50.0, tokens=1, calls=scenarios) for each in seconds)
    return Series(contender.name, contender.variant, scenarios, 0, costs)


def test_suites_do_their_work() -> None:
    """Bare loop, pytest-bdd and ours make each call with one token; ours leaves Allure results."""
    command = [
        "-m",
        "benchmarks.comparison",
        "--only",
        "scenarios",
        "--sizes",
        "2",
        "--rounds",
        "1",
        "--json",
    ]
    suites = ["--contenders", "bare_loop", "pytest_bdd", "pytest_iflow"]
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, *command, *suites],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["sections"]["scenarios"]
    assert [each["contender"] for each in found] == [BARE.name, PYTEST_BDD.name, OURS.name]
    assert [(each["costs"][0]["calls"], each["costs"][0]["tokens"]) for each in found] == [(2, 1)] * 3
    assert all(each["costs"][0]["wall"] > 0 for each in found)


def test_ratio_is_the_median_within_rounds() -> None:
    """A round in which the whole machine was slow does not move a ratio."""
    ours, floor = series(OURS, 4.0, 40.0, 6.0), series(BARE, 1.0, 10.0, 1.0)
    assert ours.ratio(floor, "cpu") == pytest.approx(4.0)
    assert ours.median("cpu") == pytest.approx(6.0)


def test_goals_are_judged() -> None:
    """A ratio above its limit is missed; what was not measured is left out."""
    found = [series(BARE, 1.0), series(SCHEMA_CHECK, 4.0), series(PYTEST_BDD, 14.0), series(BEHAVE, 8.0)]
    judged = {goal.what: goal for goal in goals({"scenarios": [*found, series(OURS, 5.0)]})}
    assert judged["1,000 scenarios: CPU, times the bare loop"].verdict == "missed"
    assert judged["1,000 scenarios: CPU, times pytest-bdd + Allure"].verdict == "met"
    unchecked = judged["the same, behave + Allure without its checks of the schema"]
    assert unchecked.found == pytest.approx(1.25)
    assert unchecked.verdict == ""
    assert not [what for what in judged if what.startswith(("one scenario", "a scenario", "memory"))]


def test_scenarios_side_by_side_are_held_against_the_time_of_their_answers() -> None:
    """1,000 answers of 100 ms take 32 scenarios at once 3.1 s; what is not installed is named."""
    delayed = [
        dataclasses.replace(series(each, 5.0), delay=delay)
        for each in (OURS, *IN_PARALLEL)
        for delay in (0, 100)
    ]
    (goal,) = goals({"parallel": delayed})
    assert (goal.what, goal.limit) == (
        "1,000 scenarios at 100 ms, --parallel 32: wall time, times the 3.1 s of the answers",
        1.6,
    )
    assert goal.found == pytest.approx(5.0 / 3.125)
    text = figures({"parallel": delayed}, {})
    assert "| pytest-iflow | --parallel auto     |           5.00 |             5.00 |  50 |" in text
    assert "Not installed where this was measured: behave + Allure, Newman." in text


def test_page_keeps_its_prose(tmp_path: Path) -> None:
    """Only what stands between the comments is replaced, also the second time."""
    page = tmp_path / "performance.md"
    page.write_text(f"# Prose\n\n{BEGIN}\nold\n{END}\n\nMore prose\n", encoding="utf-8")
    text = figures({"scenarios": [series(BARE, 1.0), series(OURS, 4.0)]}, {"date": "2026-11-03"})
    for _ in range(2):
        write_page(text, page)
    written = page.read_text(encoding="utf-8")
    assert written.startswith(f"# Prose\n\n{BEGIN}\n\ndate 2026-11-03.\n")
    assert written.endswith(f"{END}\n\nMore prose\n")
    assert written.count("pytest-iflow |  4.00 |   4.00 |") == 1
    assert "old" not in written
