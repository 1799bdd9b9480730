"""What keeps a scenario from running is told with its place, the closest phrases and a remedy."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_bdd import parsers
from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.gherkin.faults import (
    faults_of_file,
    faults_of_scenario,
    missing_step,
)
from pytest_iflow.gherkin.missing_steps import as_expression, explain_missing_step, snippet
from pytest_iflow.gherkin.step_faults import conversion_faults
from tests.inner_project import InnerProject

TEXT = "the number x"
STEP = Step(name=TEXT, type="given", indent=4, line_number=7, keyword="Given")


def raising(error: BaseException) -> Any:
    """Return a converter that raises ``error``."""

    def convert(_: str) -> None:
        raise error

    return convert


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no number"), "no number"),
        (ArithmeticError(), "ArithmeticError"),
        (KeyError("x"), None),
        (RuntimeError("ask again while it runs"), None),
    ],
)
def test_only_an_argument_that_its_type_refuses_is_a_fault(error: BaseException, said: str | None) -> None:
    """What else a converter of the project raises may have its reason at collection only."""
    context = StepFunctionContext(
        "given", lambda: None, parsers.parse("the number {number}"), {"number": raising(error)}
    )
    faults = list(conversion_faults("x.feature", STEP, TEXT, context))
    assert [fault.what for fault in faults] == (
        [f'an argument of "{TEXT}" cannot be read: {said}'] if said else []
    )


def test_faults_of_a_scenario_are_one_error_in_the_order_of_its_lines() -> None:
    """Each once, though several rows have it."""
    later = Step(name="nothing", type="given", indent=4, line_number=12, keyword="And")
    first, last = missing_step("x.feature", STEP, TEXT), missing_step("x.feature", later, "nothing")
    faults = faults_of_scenario("x.feature", [last, first, last])
    assert faults.summaries == (
        ("x.feature:7", ": no step is defined as: Given the number x"),
        ("x.feature:12", ": no step is defined as: And nothing"),
    )
    assert faults.steps == {7: "undefined", 12: "undefined"}
    assert str(faults.error) == f"{first.text}\n\n{last.text}"
    assert faults.error.line == 7


def test_faults_of_a_file_are_its_lines() -> None:
    """As its error names them."""
    problems = [("x.feature", 3, "a"), ("rows.csv", 0, "b"), ("x.feature", 3, "a")]
    error = FeatureFileError.of_file(problems, remedy="c")
    assert (error.what, error.line) == ("x.feature:3: a\nrows.csv: b", 3)
    faults = faults_of_file(error)
    told = (("x.feature:3", ": a"), ("rows.csv", ": b"))
    assert (faults.error, faults.summaries, dict(faults.steps)) == (error, told, {})


pytest_plugins = ["tests.inner_project"]

TEXTS = {
    "the tenant answers": "the tenant answers",
    'the customer "Müller" has 3 orders': "the customer {string} has {int} orders",
    "the weight is 2.5 kg or -4": "the weight is {float} kg or {int}",
    "product HT-1000 and v12": "product HT-{int} and v12",
    "I wait (a bit)": r"I wait \(a bit)",
    "and/or": r"and\/or",
    "a {brace}": r"a \{brace}",
    "the folder C:\\x": r"the folder C:\\x",
    'the tenant\'s "name"': "the tenant's {string}",
}


@pytest.mark.parametrize(("text", "expression"), TEXTS.items())
def test_quoted_texts_and_numbers_become_parameters(text: str, expression: str) -> None:
    """What means something in a Cucumber Expression is escaped."""
    assert as_expression(text) == expression


def test_the_snippet_is_python_as_the_suite_writes_it() -> None:
    """With the arguments in order and a place for what it does."""
    assert snippet('the customer "Müller" pays 2.5 for 3').splitlines() == [
        "from pytest_iflow.gherkin.vocabulary import step",
        "",
        "",
        "@step('the customer {string} pays {float} for {int}')",
        "def _(string1: str, float2: float, int3: int) -> None:",
        '    """Say what it does."""',
    ]


def test_the_message_names_place_and_closest_phrases() -> None:
    """Three at the most, the best first; texts in quotes count as parameters."""
    phrases = [
        "an access token",
        "the response status is {int}",
        "the response header {string} contains {string}",
        "the response has {int} value(s) at {string}",
        "the response arrives within {float} second(s)",
    ]
    lines = explain_missing_step("Then", "the response state is 200", "x.feature:7", phrases).splitlines()
    assert lines[:3] == [
        "no step is defined as: Then the response state is 200",
        "  where:      x.feature:7",
        "  closest:    the response status is {int}",
    ]
    assert "an access token" not in "\n".join(lines)
    assert "    @step('the response state is {int}')" in lines


def test_without_a_close_phrase_none_is_named() -> None:
    """A far one would mislead."""
    assert "closest" not in explain_missing_step("When", "xyz", "x.feature:7", ["an access token"])


def test_snippets_work_when_they_are_pasted(project: InnerProject) -> None:
    """Into a file of the steps folder, as the message says."""
    project.write("steps/pasted.py", "\n\n".join(snippet(text) for text in TEXTS))
    steps = "".join(f"    Given {text}\n" for text in TEXTS)
    project.write("features/pasted.feature", f"Feature: F\n  Scenario: pasted\n{steps}")
    project.write("features/missing.feature", "Feature: F\n  Scenario: missing\n    Given an access tokn\n")
    run = project.run("--tenant=local", "-q")
    assert run.statuses() == {"pasted": "passed", "missing": "broken"}
    assert run.scenarios()["missing"]["message"].splitlines()[2] == "  closest:    an access token"
