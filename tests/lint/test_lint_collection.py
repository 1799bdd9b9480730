"""How lint collects a suite: with its settings, its steps, its data files, and for no tenant."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.inner_project import InnerProject, variables

pytest_plugins = ["tests.inner_project"]

STEPS = '''
    """Phrases about the warehouse."""
    from pytest_iflow.gherkin.vocabulary import step

    TEMPLATE = "by-python.json"

    @step("the warehouse {string} is open")
    def _(name):
        """Open it."""
'''
GOOD = """
    Feature: Good
      Background:
        Given the warehouse "A" is open

      Scenario Outline: rows of a file for <product>
        When I send a POST request to the iFlow "orders" with the file "<file>"
        Then the response value at "$.id" is "<product>"
        @data(products.csv)
        Examples:

      Scenario Outline: rows of a workbook
        When I request the details of product "<code>"
        Then the response status is 200
        @data(products.xlsx,Prices_in_EUR,B3:C5)
        Examples:

      Scenario Outline: columns as variables
        When I send a POST request to the iFlow "orders" with the file "order-${kind}.json"
        And I send a POST request to the iFlow "orders" with the file "filled-<kind>.json" filled in
        Then the response status is 200
        Examples:
          | kind | inside |
          | new  | 1      |

      Scenario: steps without a keyword of their own
        * I send a GET request to the iFlow "orders"
        * the response matches the schema "main.xsd"

      @skip
      Scenario: skipped
        When nobody knows this with the file "of-skipped.json"

      Scenario: a name that only the run knows
        Given I remember the text "${uuid}" as "run"
        When I send a POST request to the iFlow "orders" with the file "late-${run}.json"
        Then the response status is 200
"""


@pytest.fixture(scope="module")
def good(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite with steps and rows of its own, in which nothing is wrong; its settings select little of it."""
    project = new_project()
    project.write(
        "pytest.ini",
        """
        [pytest]
        addopts = --strict-markers --strict-config
            -m nothing -k nothing -n 2 --shard=1/9 --lf --junitxml=x.xml
        filterwarnings = error
        markers = nothing: no scenario has it
        """,
    )
    project.write("steps/warehouse.py", STEPS)
    project.write("features/sub/good.feature", GOOD)
    project.write("features/test_python.py", "raise SystemExit('no test in Python is imported')\n")
    project.write("data/products.csv", "product,file,unread\nA,order-a.json,1\nB,order-b.json,2\n")
    for name in ("order-a", "order-b", "order-new", "of-skipped", "late-1", "by-python"):
        project.write(f"payloads/{name}.json", "{}")
    project.write("payloads/filled-new.json", '{"kind": "${inside}"}')
    xsd = '<schema xmlns="http://www.w3.org/2001/XMLSchema">{}</schema>'
    project.write("schemas/main.xsd", xsd.format('<include schemaLocation="part.xsd"/>'))
    project.write("schemas/part.xsd", xsd.format(""))
    workbook = Path(__file__).parents[2] / "examples" / "payloads" / "data" / "products.xlsx"
    shutil.copy(workbook, project.root / "data")
    return project


def test_nothing_is_wrong_in_a_suite_with_steps_and_rows_of_its_own(good: InnerProject) -> None:
    """Nothing runs for that, whatever the settings of the suite select, divide and write."""
    run = good.command("lint")
    assert (run.code, run.text) == (0, "Nothing was found.\n")
    assert {path.name for path in good.root.iterdir()} - {".pytest_cache"} == {
        "pytest.ini",
        "steps",
        "features",
        "data",
        "payloads",
        "schemas",
    }
    assert not (good.root / ".pytest_cache").exists()


@pytest.mark.parametrize("folder", [".", "examples/payloads"])
def test_nothing_is_wrong_in_the_suites_of_this_repository(folder: str) -> None:
    """Nobody has to switch a rule off to write a good suite."""
    command = [sys.executable, "-m", "pytest_iflow.cli.main", "lint"]
    root = Path(__file__).parents[2] / folder
    run = subprocess.run(  # noqa: S603, our own
        command, cwd=root, env=variables(), capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "Nothing was found.\n", "")


def test_a_path_of_windows_names_a_feature(good: InnerProject) -> None:
    """Anywhere; JSON for nothing is an empty list."""
    run = good.command("lint", "--json", "features\\sub\\good.feature")
    assert (run.code, json.loads(run.out)) == (0, [])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["features/missing.feature"], "file or directory not found: features/missing.feature"),
        (["--off", "no-them"], 'There is no rule "no-them"'),
        (["data"], "There is no feature file"),
    ],
)
def test_what_cannot_be_looked_at_is_a_usage_error(
    good: InnerProject, arguments: list[str], said: str
) -> None:
    """Exit code 2 and a sentence."""
    run = good.command("lint", *arguments)
    assert run.code == 2
    assert said in run.err
    assert "Traceback" not in run.err
    assert run.out == ""


@pytest.mark.parametrize("file", ["steps/broken.py", "conftest.py"])
def test_python_of_the_suite_that_cannot_be_imported_is_a_usage_error(
    project: InnerProject, file: str
) -> None:
    """With its place."""
    project.write("features/f.feature", "Feature: F\n  Scenario: s\n    Then the response status is 200\n")
    project.write(file, "raise RuntimeError('not today')\n")
    run = project.command("lint")
    assert run.code == 2
    assert "RuntimeError" in run.err
    assert "not today" in run.err
    assert f"{file}:1" in run.err.replace("\\", "/")


def test_an_error_within_a_conftest_is_one_sentence(project: InnerProject) -> None:
    """Not the traceback that pytest prints."""
    project.write("features/f.feature", "Feature: F\n  Scenario: s\n    Then the response status is 200\n")
    project.write("conftest.py", "def pytest_itemcollected(item):\n    raise RuntimeError('not today')\n")
    run = project.command("lint")
    assert run.code == 2
    assert "pytest cannot collect the suite:\nRuntimeError: not today\n" in run.err
    assert "line" not in run.err


def test_only_what_is_looked_at_is_reported(project: InnerProject) -> None:
    """A rule of the settings, an option, and a path leave the rest out; a long list is cut."""
    scenario = "  Scenario: number {0}\n    When nobody knows what {0} is\n"
    text = "Feature: F\n" + "".join(map(scenario.format, range(300)))
    project.write("features/many.feature", text)
    project.write("features/one.feature", "Feature: F\n  Scenario: s\n    When nobody knows this\n")
    project.write("payloads/unread.json", "{}")
    project.write("pytest.ini", "[pytest]\niflow_lint_off = no-then\n")
    one = project.command("lint", "features/one.feature", "--json")
    assert [(each["file"], each["line"], each["rule"]) for each in json.loads(one.out)] == [
        ("features/one.feature", 3, "undefined-step")
    ]
    many = project.command("lint", "--off", "unused-payload")
    lines = many.out.splitlines()
    assert lines[-1] == "301 findings in 2 files; --json lists all."
    assert len(lines) < 420
    assert "unread.json" not in many.out
