"""Signs of a step that no phrase has are named, and the phrase that was meant is found all the same."""

from __future__ import annotations

import pytest

from pytest_iflow.gherkin.missing_steps import advice_on_missing_step, explain_missing_step
from pytest_iflow.gherkin.misspelt_steps import explained_parameters, misspellings, without_misspellings

MEANT = 'the value at "$.id" is 5'

STEPS = {
    "the value at “$.id” is 5": """“ and ” are no straight quotes: write " or '""",
    "the value at „$.id“ is 5": """„ and “ are no straight quotes: write " or '""",
    'the value\u00a0at "$.id" is 5': "it has a NO-BREAK SPACE (U+00A0): write a blank",
    'the value\tat "$.id" is 5': "it has a control character (U+0009): write a blank",
    'the value  at "$.id" is 5': "it has several blanks in a row: write one",
    'the value at "$.id" is 5.': "it ends with a full stop: leave it out",
}


@pytest.mark.parametrize(("text", "said"), STEPS.items())
def test_a_misspelling_is_named_and_mended(text: str, said: str) -> None:
    """Each by itself, and nothing else of the step."""
    assert [*misspellings(text)] == [said]
    assert without_misspellings(text) == MEANT


def test_a_quote_without_a_partner_is_named() -> None:
    """Where it belongs nobody can tell."""
    assert [*misspellings('the value at "$.id is "5"')] == ['a " has no partner']


def test_a_decimal_comma_is_named() -> None:
    """It may be two numbers as well."""
    assert [*misspellings("the total is 1,50")] == ["1,50 is no number: write 1.50, or 1, 50 for two of them"]
    assert without_misspellings("the total is 1,50") == "the total is 1.50"


@pytest.mark.parametrize(
    "text",
    [MEANT, 'the value at "$.id" is "„a“  b, 1,5."', "the value at '$.id' is 'a\u00a0\"b'", "one of 1, 2, 3"],
)
def test_what_stands_in_quotes_is_a_value(text: str) -> None:
    """It may hold any sign."""
    assert [*misspellings(text)] == []
    assert without_misspellings(text) == text


def test_a_misspelt_step_is_told_so_in_place_of_a_snippet() -> None:
    """Nobody wants to define a step with such quotes."""
    phrases = ["the value at {string} is {literal}"]
    told = explain_missing_step("Then", "the value at “$.id” is 5", "x.feature:7", phrases)
    assert told.splitlines() == [
        "no step is defined as: Then the value at “$.id” is 5",
        "  where:      x.feature:7",
        """  why:        “ and ” are no straight quotes: write " or '""",
        "  closest:    the value at {string} is {literal}",
        "              {string}: a text in quotes, single or double",
        "              {literal}: a text in quotes, a number, true, false or null",
        "  what to do: correct that (pytest-iflow steps lists all phrases)",
    ]


def test_the_advice_of_lint_explains_what_stands_in_braces() -> None:
    """A reader of it may have written a wrong value in the right words."""
    advice = advice_on_missing_step("it is two", ["it is {int}"])
    assert advice == "did you mean: it is {int} ({int}: a whole number)"
    assert explained_parameters("{int} of {int} and {of_the_suite}") == ["{int}: a whole number"]
