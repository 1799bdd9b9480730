"""Phrases that compare a response with an expected message, a part of it or all of it, or with a schema.

The message stands below the step, as JSON or XML. In it ${any}, ${text}, ${number}, ${integer}, ${boolean},
${date}, ${time}, ${uuid}, ${list}, ${object} and ${matches:…} stand for values, ${optional} for one that may
be missing, ${absent} for one that has to be.
"""

from __future__ import annotations

from functools import lru_cache, partial

from pytest_iflow.checks.alignment import Rules
from pytest_iflow.checks.document import Document
from pytest_iflow.checks.expected_message import Pattern
from pytest_iflow.checks.relations import of_message, text
from pytest_iflow.checks.schema import SchemaStore
from pytest_iflow.checks.text_relations import contains
from pytest_iflow.errors import CheckError
from pytest_iflow.gherkin.vocabulary import then

from .conversation import Conversation
from .relations import read_relation
from .values import Value

_BEGINNINGS = ("{", "[", "<")
"""How an expected message begins that is no plain text."""


def _check(docstring: str) -> None:
    _pattern(docstring, is_whole=True, is_any_order=False)


def _check_unless_text(docstring: str) -> None:
    if docstring.lstrip().startswith(_BEGINNINGS):
        _check(docstring)


@lru_cache(maxsize=256)
def _pattern(docstring: str, *, is_whole: bool, is_any_order: bool) -> Pattern:
    return Pattern.read(docstring, Rules(is_whole, is_any_order, read_relation))


def _compare(found: Document, pattern: Pattern, *, negated: bool) -> None:
    judge = pattern.expect_other if negated else pattern.expect
    judge(found)


def _compare_value(value: Value, pattern: Pattern, conversation: Conversation, *, negated: bool) -> None:
    if value.quantifier == "the":
        _compare(value.document(conversation), pattern, negated=negated)
    else:
        value.expect(conversation, pattern.relation().unless(negated))


@then("the response {contains}{order}:", below=_check)
def response_contains(negated: bool, in_any_order: bool, conversation: Conversation, docstring: str) -> None:
    """Expect what stands below as a part of the response: other members, items and elements may be there."""
    pattern = _pattern(docstring, is_whole=False, is_any_order=in_any_order)
    _compare(conversation.document, pattern, negated=negated)


@then("the response {equals}{order}:", below=_check)
def response_equals(negated: bool, in_any_order: bool, conversation: Conversation, docstring: str) -> None:
    """Expect what stands below, and nothing else."""
    pattern = _pattern(docstring, is_whole=True, is_any_order=in_any_order)
    _compare(conversation.document, pattern, negated=negated)


@then("{value} {contains}{order}:", below=_check_unless_text)
def value_contains(
    value: Value, negated: bool, in_any_order: bool, conversation: Conversation, docstring: str
) -> None:
    """Expect what stands below as a part of a value; a text below that is no JSON or XML within a text."""
    if docstring.lstrip().startswith(_BEGINNINGS):
        pattern = _pattern(docstring, is_whole=False, is_any_order=in_any_order)
        _compare_value(value, pattern, conversation, negated=negated)
    else:
        value.expect(conversation, contains(docstring).unless(negated))


@then("{value} {equals}{order}:", below=_check_unless_text)
def value_equals(
    value: Value, negated: bool, in_any_order: bool, conversation: Conversation, docstring: str
) -> None:
    """Expect a value that equals what stands below, be it a text of several lines."""
    if docstring.lstrip().startswith(_BEGINNINGS):
        pattern = _pattern(docstring, is_whole=True, is_any_order=in_any_order)
        _compare_value(value, pattern, conversation, negated=negated)
    else:
        value.expect(conversation, text(docstring).unless(negated))


@then("the response {matches} the schema {string}", reads="schema")
def matches_schema(negated: bool, schema: str, conversation: Conversation, schemas: SchemaStore) -> None:
    """Validate with a JSON Schema (XML answers too) or an XSD from the folder schemas."""
    if not negated:
        schemas.validate(conversation.document, schema)
    elif not schemas.violations(conversation.document, schema):
        raise CheckError(f"the response matches the schema {schema}, and should not")


@then("{value} {matches} the schema {string}", reads="schema")
def value_matches_schema(
    value: Value, negated: bool, schema: str, conversation: Conversation, schemas: SchemaStore
) -> None:
    """Validate a part of the response: a JSON Schema, or an XSD for an element of XML."""
    if value.quantifier == "the" and not negated:
        schemas.validate(value.document(conversation), schema)
    else:
        verbs = ("matches ", "does not match ")
        relation = of_message(f"the schema {schema}", verbs, partial(schemas.violations, name=schema))
        value.expect(conversation, relation.unless(negated))
