"""Step definitions as Cucumber Expressions."""

from __future__ import annotations

import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cucumber_expressions.errors import CucumberExpressionError
from cucumber_expressions.expression import CucumberExpression
from cucumber_expressions.parameter_type_registry import ParameterTypeRegistry
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.gherkin.vocabulary import Phrase, given, step, then, when
from pytest_iflow.plugin.step_modules import step_modules


def pays(name: str, amount: Any, fixture: object = None) -> None:
    """Take two parameters of the expression, and a fixture."""


@pytest.mark.parametrize(
    ("expression", "text", "arguments"),
    [
        ("{string} pays {int}", '"Müller" pays 3', {"name": "Müller", "amount": 3}),
        ("{string} pays {int}", "'Müller' pays -3", {"name": "Müller", "amount": -3}),
        ("{word} pays {float}", "Müller pays 2.5", {"name": "Müller", "amount": 2.5}),
        ("{string} pays {bigdecimal}", '"M" pays 2.50', {"name": "M", "amount": Decimal("2.50")}),
        ("{string} pays {int} coin(s)", '"M" pays 1 coin', {"name": "M", "amount": 1}),
        ("{string} pays/gives {int}", '"M" gives 1', {"name": "M", "amount": 1}),
    ],
)
def test_parameters_go_to_the_arguments_at_the_same_place(
    expression: str, text: str, arguments: dict[str, object]
) -> None:
    """The arguments after those are fixtures."""
    phrase = Phrase(expression, pays)
    assert phrase.is_matching(text)
    assert phrase.parse_arguments(text) == arguments


@pytest.mark.parametrize("text", ['"M" pays', 'Then "M" pays 3', '"M" pays 3 more', "M pays 3", ""])
def test_a_phrase_fits_as_a_whole_or_not(text: str) -> None:
    """Nothing before it and nothing behind it."""
    phrase = Phrase("{string} pays {int}", pays)
    assert not phrase.is_matching(text)
    assert phrase.parse_arguments(text) is None


def test_a_phrase_fits_every_keyword() -> None:
    """Given, when and then are one decorator: a precondition may be a check elsewhere."""
    assert given is step
    assert when is step
    assert then is step


def test_every_phrase_that_ships_is_a_cucumber_expression(tmp_path: Path) -> None:
    """A run parses only those that its steps begin like; here all are."""
    shipped = {module.__name__ for module in step_modules(tmp_path)}
    contexts = list(step_function_context_registry.values())
    phrases = [context.parser for context in contexts if context.step_func.__module__ in shipped]
    assert len(phrases) > 30
    for phrase in phrases:
        assert isinstance(phrase, Phrase)
        phrase.check()


def test_a_phrase_of_a_project_that_is_no_expression_is_refused_where_it_stands() -> None:
    """The error comes while the module is imported, and not when a step is looked up."""
    with pytest.raises(CucumberExpressionError):
        step("an {unknown} parameter")(pays)


def test_what_is_not_parsed_at_once_is_an_expression() -> None:
    """Of all that can be made of these parts, whatever is checked without the library is one to it, too."""
    parts = [
        "a",
        " ",
        "é",
        "$",
        ".",
        "*",
        "|",
        "<n>",
        "{int}",
        "{string}",
        "{n}",
        "{",
        "}",
        "(",
        ")",
        "/",
        "\\",
    ]
    unparsed = 0
    for chosen in itertools.product(parts, repeat=3):
        phrase = Phrase("".join(chosen), pays)
        try:
            phrase.check()
        except CucumberExpressionError:
            continue
        if "_expression" not in vars(phrase):
            unparsed += 1
            assert CucumberExpression(phrase.name, ParameterTypeRegistry()).regexp
    assert unparsed == 10**3
