"""Choosing scenarios by line, by name and by words of the title."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_iflow.gherkin.selection import resolve_lines
from pytest_iflow.tenants.suite_files import SuiteFiles
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

FEATURE = """
Feature: Choice

  Scenario: First choice
    Given an access token

  Scenario Outline: Choice of <what>
    Given an access token

    Examples:
      | what  |
      | tea   |
      | Süßes |
      | a\\\\b |

  Rule: The last
    Scenario: Last [choice] :: of all
      Given an access token
      Then the token is valid for at least 1 seconds
"""


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite with three features."""
    project = new_project()
    project.write("features/choice.feature", FEATURE)
    project.write("features/broken.feature", "Feature: Broken\n  Scenario: no steps\n")
    project.write(
        "features/more/other.feature",
        FEATURE.replace("hoice", "ther").replace("Cther", "Ether").replace("cther", "ether"),
    )
    return project


CHOICE = "features/choice.feature::Choice of <what>"
LINES = {
    1: "",
    3: "::First choice",
    4: "::First choice",
    5: "::First choice",
    6: "::Choice of <what>",
    9: "::Choice of <what>",
    10: "::Choice of <what>",
    11: "::Choice of <what>[tea]",
    12: "::Choice of <what>[Süßes]",
    13: r"::Choice of <what>[a\b]",
    16: "::Last (choice) : of all",
    18: "::Last (choice) : of all",
    999: "::Last (choice) : of all",
}


@pytest.mark.parametrize(("line", "chosen"), LINES.items(), ids=map(str, LINES))
def test_a_line_means_the_scenario_or_the_row_there(suite: InnerProject, line: int, chosen: str) -> None:
    """Above all scenarios it means the file, behind the last one the last."""
    resolved = resolve_lines([f"features/choice.feature:{line}"], suite.root, SuiteFiles(suite.root))
    assert resolved == [f"features/choice.feature{chosen}"]


@pytest.mark.parametrize(
    ("argument", "resolved"),
    [
        ("features", "features"),
        ("test_x.py::test[ä]", "test_x.py::test[ä]"),
        ("features/choice.feature", "features/choice.feature"),
        ("features/choice.feature::First choice", "features/choice.feature::First choice"),
        ("features/missing.feature:3", "features/missing.feature"),
        ("features/broken.feature:2", "features/broken.feature"),
        (f"{CHOICE}[Süßes]", f"{CHOICE}[Süßes]"),
        (rf"{CHOICE}[S\xfc\xdfes]", f"{CHOICE}[Süßes]"),
        (rf"{CHOICE}[a\b]", rf"{CHOICE}[a\b]"),
        (rf"{CHOICE}[a\\b]", rf"{CHOICE}[a\b]"),
        (r"x.feature::Choice of <what>[S\xfc]", r"x.feature::Choice of <what>[S\xfc]"),
    ],
)
def test_other_arguments_reach_pytest_as_they_are(suite: InnerProject, argument: str, resolved: str) -> None:
    """But for escapes, which earlier versions had in the ids of rows; broken files speak at collection."""
    assert resolve_lines([argument], suite.root, SuiteFiles(suite.root)) == [resolved]


def test_an_absolute_path_with_a_line_is_understood(suite: InnerProject, tmp_path: Path) -> None:
    """Editors hand over such paths."""
    path = suite.root / "features" / "choice.feature"
    assert resolve_lines([f"{path}:4"], tmp_path, SuiteFiles(tmp_path)) == [f"{path}::First choice"]


def test_several_ways_to_choose_go_together(suite: InnerProject) -> None:
    """A folder, a scenario by name, a row, a line; a file that is missing is pytest's own usage error."""
    good, missing = suite.collect(
        [
            "features/more",
            "features/choice.feature::First choice",
            "features/choice.feature:17",
            "features/choice.feature::Choice of <what>[Süßes]",
            "features/choice.feature:11",
        ],
        ["features/missing.feature:3"],
    )
    assert good.collected() == [
        "more/other.feature::First ether",
        "more/other.feature::Ether of <what>[tea]",
        "more/other.feature::Ether of <what>[Süßes]",
        r"more/other.feature::Ether of <what>[a\b]",
        "more/other.feature::Last (ether) : of all",
        "choice.feature::First choice",
        "choice.feature::Last (choice) : of all",
        "choice.feature::Choice of <what>[Süßes]",
        "choice.feature::Choice of <what>[tea]",
    ]
    assert missing.code == 4
    assert "ERROR: file or directory not found: features/missing.feature" in missing.err


def test_workers_run_the_line_that_was_chosen(suite: InnerProject) -> None:
    """With xdist the arguments travel to other processes."""
    run = suite.run("--tenant=local", "-n2", "-q", "features/choice.feature:12", "features/choice.feature:4")
    assert run.code == 0, run.text
    assert run.statuses() == {"Choice of Süßes": "passed", "First choice": "passed"}


def test_words_of_a_title_choose_in_any_case(suite: InnerProject) -> None:
    """Several texts add up, values of a row are part of its title; a miss is answered with the closest."""
    path = "features/choice.feature"
    several, close, far = suite.collect(
        [path, "--scenario=SÜSSES", "--scenario=first c"],
        [path, "--scenario=frist choice"],
        [path, "--scenario=qqqqqqqq"],
    )
    assert several.collected() == [
        "choice.feature::First choice",
        "choice.feature::Choice of <what>[Süßes]",
    ]
    assert "2/5 tests collected (3 deselected)" in several.out
    assert "no scenario has this in its title; the closest are:\n  First choice\n" in close.out
    assert "no scenario has this in its title, and none comes close\n" in far.out
    assert [close.code, far.code] == [5, 5]
