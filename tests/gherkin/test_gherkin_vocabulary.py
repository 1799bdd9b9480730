"""Step definitions as Cucumber Expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
from cucumber_expressions.errors import CucumberExpressionError
from cucumber_expressions.expression import CucumberExpression
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.gherkin.parameter_types import EXPLAINED, REGISTRY
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
    phrases = shipped_phrases(tmp_path)
    assert len(phrases) > 30
    for phrase in phrases:
        phrase.check()


SAMPLES = {
    "value": [
        *(f'{each} response value at "$.a b[0]"' for each in ("the", "every", "some", "no")),
        'the number of the response values at "//a"', "the sum of the response values at '/a/b'",
        'the length of the response value at "$.a"', "the size of the response body",
        'the response header "X-Id"', 'the response cookie "c"', "the response body", "the response status",
        'remembered "is 5"', 'the response value at "$.is not empty"',
        "the id of the message", 'the custom header "h" of the message',
        'the attachment "a" of the message of the call "contains"',
        'the length of the adapter attribute "Address" of the message',
    ],
    "other": ['remembered "a"', 'the response value at "$.b"', "the id of the message"],
    "message": ["the message", 'the message of the call "x"'],
    "not": ["", "not "],
    "literal": ['"text"', "'is one of'", "-5.25", "true", "null", '"the number 5"'],
    "list": ['"a", "b" or "c"', "1 and 2", '"a"'],
    "n": ["5", "-1.5E+3"],
    "bigdecimal": ["5.0"],
    "int": ["3"],
    "float": ["2.5"],
    "word": ["POST"],
    "string": ['"a \\" b"', "'one of'", '"in any order"'],
    "path": ['"$.a"', '"/a"'],
    "count": ["3", "no", "at least 2", "at most 2"],
    "comparison": ["greater than", "less than", "at least", "at most"],
    "kind": ["a number", "an integer", "a uuid", "an object"],
    "moment": ["before", "after"],
    "instant": ["now", '"2026-01-31"'],
    "duration": ["5 minutes", "1 day"],
    "parts": ["any of", "all of"],
    "each": ["every", "some", "no"],
    "words": ["is at least", "is not before", "equals", "does not equal"],
    "case": ["case", "blanks", "case and blanks"],
    "order": ["", " in any order"],
    "class": ["a success", "a client error"],
    **{
        verb: [verb, f"does not {({'matches': 'match', 'has': 'have'}).get(verb, verb.removesuffix('s'))}"]
        for verb in ("contains", "has", "starts", "ends", "matches", "equals", "exists")
    },
}  # fmt: skip
"""Texts that fit each parameter type, among them some that look like other phrases."""
OLD = [
    "the response status is 200",
    'the response header "Content-Type" contains "json"',
    'the response body contains "Photo"',
    'the response matches the schema "a.json"',
    'the response value at "$.a" is "b"',
    "the response value at '/a' is 'is not \"b\"'",
    'the response value at "$.a" is 51.0',
    'the response value at "$.a" is -1',
    'the response has 1 value at "$.a"',
    'the response has 0 values at "/a"',
    'the response equals the golden message "a.json"',
    "the response arrives within 2.5 seconds",
    'the attachment "a.json" of the message contains "b"',
    'the attachment "a.json" of the message of the call "is" contains "b"',
    'the message has the custom header "h" with "v"',
]
"""Phrases of the first version, which stay valid."""


def texts_of(expression: str, most: int = 200) -> Iterator[str]:
    """Yield texts that fit an expression."""
    parts = re.split(r"(\{\w*\}|\([^)]*\)|\S+/\S+)", expression)
    choices = [
        SAMPLES.get(part[1:-1], [EXPLAINED[part[1:-1]][1]])
        if part.startswith("{")
        else ["", part[1:-1]]
        if part.startswith("(")
        else part.split("/")
        if "/" in part
        else [part]
        for part in parts
    ]
    yield from ("".join(each) for each in islice(product(*choices), most))
    yield from ("".join(each[index % len(each)] for each in choices) for index in range(17))


def shipped_phrases(root: Path) -> list[Phrase]:
    """Return all phrases that come with the plugin."""
    shipped = {module.__name__ for module in step_modules(root)}
    contexts = list(step_function_context_registry.values())
    found = [context.parser for context in contexts if context.step_func.__module__ in shipped]
    return [each for each in found if isinstance(each, Phrase)]


def test_each_text_fits_exactly_one_phrase(tmp_path: Path) -> None:
    """Those of all phrases, and those of the first version; the whole expression fits what its parts do."""
    phrases = shipped_phrases(tmp_path)
    wrong = {}
    generated = [(phrase, text) for phrase in phrases for text in texts_of(phrase.name)]
    assert len(generated) > 2_000
    for phrase, text in [*generated, *((None, text) for text in OLD)]:
        fitting = [each for each in phrases if each.is_matching(text)]
        if len(fitting) != 1 or phrase not in (None, fitting[0]):
            wrong[text] = [each.name for each in fitting]
        words = tuple(text.split(" "))
        begins = [words[: len(begin)] == begin for each in fitting for begin in each.beginnings]
        assert any(begins), text
    assert wrong == {}
    for phrase, text in generated[::7]:
        assert CucumberExpression(phrase.name, REGISTRY).match(text) is not None


def test_a_phrase_of_a_project_that_is_no_expression_is_refused_where_it_stands() -> None:
    """The error comes while the module is imported, and not when a step is looked up."""
    with pytest.raises(CucumberExpressionError):
        step("an {unknown} parameter")(pays)


def test_what_is_not_parsed_at_once_is_an_expression() -> None:
    """Of all that can be made of these parts, whatever is checked without the library is one to it, too."""
    parts = ["a", " ", "é", "$", ".", "*", "|", "<n>", "{int}", "{}", "{n}", "{", "}", "(", ")", "/", "\\"]
    unparsed = 0
    for chosen in product(parts, repeat=3):
        phrase = Phrase("".join(chosen), pays)
        try:
            phrase.check()
        except CucumberExpressionError:
            continue
        if "_expression" not in vars(phrase):
            unparsed += 1
            assert CucumberExpression(phrase.name, REGISTRY).regexp
    assert unparsed >= 10**3
