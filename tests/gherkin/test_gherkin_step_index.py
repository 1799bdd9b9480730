"""Finding step definitions: the same ones with the index of this plugin and with pytest-bdd's own search."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

ROWS = 300

ROOT = """
    import os, sys
    import pytest
    from pytest_bdd import given, parsers, then
    from pytest_iflow.gherkin import step_index
    from pytest_iflow.gherkin.vocabulary import step

    if "UNKNOWN_VERSION" in os.environ:
        step_index.TESTED_WITH[os.environ["UNKNOWN_VERSION"]] = "0.0."

    @step("the look-up is fast")
    def fast():
        assert sys.modules["pytest_bdd.scenario"].get_step_function.__qualname__ == "StepIndex.find"

    @step("who answers")
    def who(answers):
        answers.append("root")

    @pytest.fixture
    def answers():
        return []

    @step("{word} answered")
    def answered(expected, answers):
        assert answers == [expected]

    @given(parsers.parse("the number {number:d}"), target_fixture="number")
    def number(number):
        return number

    @given(parsers.re(r"its double"), target_fixture="number")
    def double(number):
        return 2 * number

    @then(parsers.parse("the number is {expected:d}"))
    def number_is(number, expected):
        assert number == expected

    @given(parsers.parse("the tank{name} is full"))
    def tank(name):
        assert name == "7"

    @given(parsers.cfparse("the task is done"))
    def task():
        pass

    @given("a word")
    def given_word(answers):
        answers.append("given")

    @then("a word")
    def then_word(answers):
        answers.append("then")
        assert answers == ["given", "then"]

    @step("an access token")
    def no_token(answers):
        answers.append("mine")

    @step("it is not ready")
    def not_ready():
        pytest.skip("not today")
"""

TWICE = """
    from pytest_bdd import given as bdd_given
    from pytest_iflow.gherkin.vocabulary import step
    from steps.more import read

    @step("there are {int} orders")
    def orders(count):
        pass

    @step("there are {word} orders")
    def some_orders(count):
        pass

    @step("two phrases")
    @step("{word} phrases")
    def phrases():
        pass

    @bdd_given("there are 3 orders")
    def three():
        pass
"""

LOCAL = """
    from pytest_iflow.gherkin.vocabulary import step

    @step("who answers")
    def who(answers):
        answers.append("NAME")

    @step("only in NAME")
    def only():
        pass
"""

FEATURES = {
    "features/root.feature": """
        Feature: Root
          Scenario: the definition of the root
            When who answers
            Then root answered
          Scenario: what is defined in a folder stays there
            Given only in sub
          Scenario: the project overrides the vocabulary
            Given an access token
            Then mine answered
          Scenario: pytest-bdd's own steps
            Given the number 3
            And its double
            Then the number is 6
          Scenario: pytest-bdd's own steps in any case
            Given THE Number 3
            And the tank7 is full
            And the ta\u017fk is done
            Then the number is 3
          Scenario: pytest-bdd's keywords count
            Given a word
            Then a word
          Scenario: not ready
            Given the number 3
            When it is not ready
            Then the number is 4
          Scenario: the index is in place
            Given the look-up is fast
          Scenario: the steps folder
            Given the steps folder is read
          Scenario: two definitions fit
            Given an access token
            When there are 7 orders
            Then no step is this one
          Scenario: two of pytest-bdd and the suite fit
            Given there are 3 orders
          Scenario: one definition of two
            When there are many orders
            Then two phrases
    """,
    "features/sub/sub.feature": """
        Feature: Sub
          Scenario: the folder overrides
            When who answers
            Then sub answered
            And only in sub
          Scenario: what is above is visible
            Given the number 1
            Then the number is 1
    """,
    "features/sub/deep/deep.feature": """
        Feature: Deep
          Scenario: the closest wins
            When who answers
            Then deep answered
            And only in sub
    """,
    "features/other/other.feature": """
        Feature: Other
          Scenario: the neighbour
            When who answers
            Then other answered
          Scenario: what a neighbour defines is not visible
            Given only in sub
    """,
    "features/many.feature": """
        Feature: Many
          Scenario Outline: number <n>
            Given the number <n>
            Then the number is <n>
            Examples:
              | n |
    """,
}

EXPECTED = {
    "the definition of the root": "passed",
    "what is defined in a folder stays there": "broken",
    "the project overrides the vocabulary": "passed",
    "pytest-bdd's own steps": "passed",
    "pytest-bdd's own steps in any case": "passed",
    "pytest-bdd's keywords count": "passed",
    "not ready": "skipped",
    "the index is in place": "passed",
    "the steps folder": "passed",
    "two definitions fit": "broken",
    "two of pytest-bdd and the suite fit": "broken",
    "one definition of two": "passed",
    "the folder overrides": "passed",
    "what is above is visible": "passed",
    "the closest wins": "passed",
    "the neighbour": "passed",
    "what a neighbour defines is not visible": "broken",
    **{f"number {n}": "passed" for n in range(ROWS)},
}


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite with definitions on several levels."""
    project = new_project()
    project.write("conftest.py", ROOT)
    for folder in ("sub", "sub/deep", "other"):
        name = folder.rpartition("/")[2]
        project.write(f"features/{folder}/conftest.py", LOCAL.replace("NAME", name))
    project.write(
        "steps/more.py",
        """
        from pytest_iflow.gherkin.vocabulary import step

        @step("the steps folder is read")
        def read():
            pass
        """,
    )
    project.write("steps/twice.py", TWICE)
    for path, text in FEATURES.items():
        file = project.write(path, text)
        if path.endswith("many.feature"):
            rows = "".join(f"      | {n} |\n" for n in range(ROWS))
            file.write_text(file.read_text(encoding="utf-8") + rows, encoding="utf-8")
    return project


@pytest.fixture(scope="module")
def run(suite: InnerProject) -> InnerRun:
    """One run with the index."""
    return suite.run("--tenant=local", "-q", "-p", "no:allure_pytest")


def test_the_closest_definition_that_fits_is_found(run: InnerRun) -> None:
    """Folder by folder, with both notations, for three hundred rows, and none from a neighbour."""
    assert run.statuses() == EXPECTED


def test_a_step_may_skip_its_scenario(run: InnerRun) -> None:
    """The reason is told; steps that were not reached are skipped."""
    scenario = run.scenarios()["not ready"]
    assert scenario["message"] == "not today"
    assert [step["status"] for step in scenario["steps"]] == ["passed", "skipped", "skipped"]


def test_a_definition_of_another_folder_is_missing_here(run: InnerRun) -> None:
    """And the message says where."""
    message = run.scenarios()["what a neighbour defines is not visible"]["message"]
    assert message.startswith(
        "no step is defined as: Given only in sub\n  where:      features/other/other.feature:6"
    )


def test_steps_of_two_definitions_are_broken_with_both_places(run: InnerRun) -> None:
    """Among the other faults of the scenario, before anything is sent."""
    message = run.scenarios()["two definitions fit"]["message"]
    said = "several steps are defined as: When there are 7 orders (steps/twice.py:5, steps/twice.py:9)"
    assert message.startswith(said)
    assert "no step is defined as: Then no step is this one" in message


@pytest.mark.parametrize("distribution", ["pytest", "pytest-bdd"])
def test_with_an_unknown_version_pytest_bdd_searches_by_itself(
    suite: InnerProject, distribution: str
) -> None:
    """Slower, with the same outcome, but that it does not see ambiguous steps."""
    few = [path for path in FEATURES if not path.endswith("many.feature")]
    slow = suite.run("--tenant=local", "-q", "-p", "no:allure_pytest", *few, UNKNOWN_VERSION=distribution)
    expected = {title: status for title, status in EXPECTED.items() if not title.startswith("number")}
    expected |= {"the index is in place": "failed", "two of pytest-bdd and the suite fit": "passed"}
    assert slow.statuses() == expected
