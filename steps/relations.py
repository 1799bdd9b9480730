"""Phrases that compare a value with what is expected: one family for all values.

Each function makes a relation of the parameters behind the value. It is named by what a step says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pytest_iflow.checks import key_relations, limits, relations, text_relations
from pytest_iflow.checks.relations import Literal, Relation
from pytest_iflow.gherkin.missing_steps import as_expression, closest_phrases
from pytest_iflow.gherkin.misspelt_steps import without_misspellings
from pytest_iflow.gherkin.vocabulary import Phrase, define

from .conversation import Conversation
from .values import Value

if TYPE_CHECKING:
    from pytest_iflow.checks.instants import Instant

PHRASES: list[Phrase] = []
"""All phrases of this family: a table of expectations and polling are made of them."""

_ANY_VALUE = "the response body"
"""What a relation is read behind where it stands alone."""


def then(
    expression: str, example: str | None = None
) -> Callable[[Callable[..., Relation]], Callable[..., Relation]]:
    """Make a step of a function that returns a relation, for an expression that begins with ``{value}``.

    It has the name by which editors recognise the expressions of steps.
    """

    def decorate(make: Callable[..., Relation]) -> Callable[..., Relation]:
        def judge(value: Value, relation: Relation, conversation: Conversation) -> None:
            value.expect(conversation, relation)

        def read(value: Value, *parameters: Any) -> dict[str, Any]:
            return {"value": value, "relation": make(*parameters)}

        judge.__doc__, judge.__module__, judge.__name__ = make.__doc__, make.__module__, make.__name__
        phrase = Phrase(expression, judge, read=read, example=example)
        PHRASES.append(phrase)
        define(phrase, judge)
        return make

    return decorate


def read_relation(text: str) -> Relation | None:
    """Read a relation that stands alone, such as ``is greater than 5``; None for a text that is none.

    Raises ValueError for a value that cannot be read.
    """
    step = f"{_ANY_VALUE} {text}"
    found = next((phrase for phrase in PHRASES if phrase.is_matching(step)), None)
    arguments = found.parse_arguments(step) if found else None
    return None if arguments is None else arguments["relation"]


def closest_relation(text: str) -> str:
    """Return the relation that is most like a text, as its phrase has it; empty where none is."""
    step = f"{_ANY_VALUE} {text}"
    phrases = frozenset(each for phrase in PHRASES for each in phrase.spellings(step))
    near = closest_phrases(as_expression(without_misspellings(step)), phrases)
    return near[0].removeprefix(f"{_ANY_VALUE} ") if near else ""


@then("{value} is {not}{literal}")
def is_literal(negated: bool, literal: Literal) -> Relation:
    """Compare with a text as the message writes the value, with a number by value, with true or null."""
    return relations.literal(literal).unless(negated)


@then("{value} {equals} {literal}")
def equals_literal(negated: bool, literal: Literal) -> Relation:
    """Compare as "is" does."""
    return relations.literal(literal).unless(negated)


@then("{value} is {not}the text {string}")
def is_text(negated: bool, text: str) -> Relation:
    """Expect a text and this one: the number 5 is not the text "5"."""
    return relations.text(text).unless(negated)


@then("{value} is {not}the number {n}")
def is_number(negated: bool, number: Decimal) -> Relation:
    """Expect a number and this one: the text "5" is not the number 5, but in XML, which knows only texts."""
    return relations.number(number).unless(negated)


@then("{value} is {not}one of {list}", "the response status is one of 200, 202 or 204")
def is_one_of(negated: bool, literals: tuple[Literal, ...]) -> Relation:
    """Expect one of several values, separated by commas, "and" or "or"."""
    return relations.one_of(literals).unless(negated)


@then("{value} is {not}{comparison} {n}")
def is_compared(negated: bool, words: str, number: Decimal) -> Relation:
    """Compare with a number: greater than, less than, at least, at most; texts are read as numbers."""
    return limits.compared(words, number).unless(negated)


@then("{value} is {not}between {n} and {n}", "the response status is between 200 and 299")
def is_between(negated: bool, low: Decimal, high: Decimal) -> Relation:
    """Expect a number from the first to the second, both included."""
    return limits.between(low, high).unless(negated)


@then("{value} is {not}{n} give or take {n}", 'the response value at "$.total" is 100 give or take 0.5')
def is_near(negated: bool, number: Decimal, tolerance: Decimal) -> Relation:
    """Expect a number that differs by so much at the most."""
    return limits.near(number, tolerance).unless(negated)


@then("{value} is {not}{moment} {instant}")
def is_before_or_after(negated: bool, words: str, instant: Instant) -> Relation:
    """Compare points in time: now, today, yesterday, tomorrow, or a date in quotes; without a zone in UTC."""
    return limits.moment(words, instant).unless(negated)


@then("{value} is {not}within {duration} of {instant}")
def is_within(negated: bool, span: tuple[str, timedelta], instant: Instant) -> Relation:
    """Expect a point in time so close to another one, such as "within 5 minutes of now"."""
    return limits.within(*span, instant).unless(negated)


@then("{value} is {not}{kind}")
def is_of_kind(negated: bool, kind: str) -> Relation:
    """Expect a number, an integer, a boolean, a date, a time, a uuid, a text, a list or an object."""
    return relations.of_kind(kind).unless(negated)


@then("{value} is {not}empty")
def is_empty(negated: bool) -> Relation:
    """Expect a text without characters, a list without items, or an object without members."""
    return relations.empty().unless(negated)


@then("{value} {exists}")
def value_exists(negated: bool) -> Relation:
    """Expect that there is a value, be it null or empty, or that there is none."""
    return relations.exists().unless(negated)


@then("{value} {contains} {string}")
def contains_text(negated: bool, text: str) -> Relation:
    """Expect a text within a text, or as an item of a list; upper case is not lower case."""
    return text_relations.contains(text).unless(negated)


@then("{value} {contains} {parts} {list}")
def contains_several(negated: bool, words: str, literals: tuple[Literal, ...]) -> Relation:
    """Expect any of, or all of, several texts within a text or a list."""
    return text_relations.contains_several(words, literals).unless(negated)


@then("{value} {has} the key(s) {list}", 'the response value at "$.order" has the keys "id" and "total"')
def has_keys(negated: bool, names: tuple[Literal, ...]) -> Relation:
    """Expect members of an object, or elements in one of XML; other ones may be there. Or none of them."""
    return key_relations.has_keys(names, exactly=False, negated=negated)


@then(
    "{value} {has} exactly the key(s) {list}",
    'the response value at "$.order" has exactly the keys "id" and "total"',
)
def has_exactly_the_keys(negated: bool, names: tuple[Literal, ...]) -> Relation:
    """Expect these members of an object and no other, in any order; attributes of XML are "@name"."""
    return key_relations.has_keys(names, exactly=True, negated=negated)


@then("{value} {starts} with {string}", 'the response body starts with "{"')
def starts_with(negated: bool, text: str) -> Relation:
    """Expect a text at the beginning."""
    return text_relations.starts_with(text).unless(negated)


@then("{value} {ends} with {string}")
def ends_with(negated: bool, text: str) -> Relation:
    """Expect a text at the end."""
    return text_relations.ends_with(text).unless(negated)


@then("{value} {matches} {string}", r'the response header "X-Id" matches "[A-Z]-\d+"')
def matches_pattern(negated: bool, pattern: str) -> Relation:
    """Expect that a regular expression fits the whole value; two seconds are the limit."""
    return text_relations.matches(pattern).unless(negated)


@then(
    "{value} {equals} {string} ignoring {case}",
    'the response value at "$.name" equals "Photo Scan" ignoring case and blanks',
)
def equals_ignoring(negated: bool, text: str, ignored: str) -> Relation:
    """Compare texts ignoring case, ignoring blanks, or ignoring case and blanks."""
    return text_relations.equals_ignoring(text, case="case" in ignored, blanks="blanks" in ignored).unless(
        negated
    )
