"""Faults as data; how they are found and told is tested with the scenario check."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_bdd import parsers
from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.gherkin.faults import conversion_faults, faults_of_file, faults_of_scenario, missing_step

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
    assert faults.told == (
        ("x.feature:7", ": no step is defined as: Given the number x"),
        ("x.feature:12", ": no step is defined as: And nothing"),
    )
    assert faults.steps == {7: "undefined", 12: "undefined"}
    assert str(faults.error) == f"{first.text}\n\n{last.text}"
    assert faults.error.line == 7


def test_faults_of_a_file_are_its_lines() -> None:
    """As its error names them."""
    error = FeatureFileError("x.feature:3: a\nx.feature:4: b", remedy="c", line=3)
    faults = faults_of_file(error)
    told = (("x.feature:3: a", ""), ("x.feature:4: b", ""))
    assert (faults.error, faults.told, dict(faults.steps)) == (error, told, {})
