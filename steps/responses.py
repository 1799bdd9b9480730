"""Phrases that judge the last response."""

from __future__ import annotations

from functools import partial
from typing import cast

from pytest_iflow.checks.comparison import (
    Quantifier,
    Reading,
    expect_in_each,
    expect_number_of,
    expect_same,
    expect_sorted,
)
from pytest_iflow.checks.golden import AnswerBody
from pytest_iflow.checks.limits import compared_to, count_of
from pytest_iflow.checks.path import Found
from pytest_iflow.checks.quoting import quoted, similar, visible
from pytest_iflow.checks.relations import Literal, Relation, equals
from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.gherkin.parameter_types import STRING, unquoted
from pytest_iflow.gherkin.parameter_types import define as define_type
from pytest_iflow.gherkin.vocabulary import given, then

from .conversation import Conversation
from .values import Value

define_type(
    "count",
    r"(?:exactly |at least |at most |more than |fewer than )?-?\d+|no",
    count_of,
    "a number, which may be exact, or at least, at most, more than or fewer than a number; or no",
    "at least 2",
)
_SORTED = {"sorted": False, "sorted descending": True}
define_type(
    "sorted", "sorted descending|sorted", _SORTED.__getitem__, ", ".join(_SORTED), "sorted", tuple(_SORTED)
)
_CLASSES = {"a success": 2, "a redirect": 3, "a client error": 4, "a server error": 5}
define_type("class", "|".join(_CLASSES), str, ", ".join(_CLASSES), "a success", tuple(_CLASSES))


def _read_cause(text: str) -> str:
    from pytest_iflow.diagnosis.findings import CAUSES, closest_ids

    cause = unquoted(text)
    if cause not in CAUSES:
        near = " or ".join(f'"{each}"' for each in closest_ids(cause))
        question = f"did you mean {near}? " if near else ""
        raise ConfigurationError(
            f'there is no cause "{cause}"', remedy=f"{question}docs/troubleshooting.md lists all of them"
        )
    return cause


define_type(
    "cause",
    STRING,
    _read_cause,
    "the id of a cause in quotes, as docs/troubleshooting.md lists them",
    '"bad-credentials"',
)


@then("the response status is {not}{class}")
def status_is_of_class(negated: bool, name: str, conversation: Conversation) -> None:
    """Expect a success (200 to 299), a redirect (300s), a client error (400s) or a server error (500s)."""
    response = conversation.exchange.response
    if (response.status // 100 == _CLASSES[name]) is negated:
        wanted = f"not {name}" if negated else name
        raise CheckError(f"the response status is {response.status} {response.reason}, expected {wanted}")


@then("the message is {not}accepted")
def message_is_accepted(negated: bool, conversation: Conversation) -> None:
    """Expect the answer with which the sender adapter takes a message: HTTPS, SOAP, IDoc or OData.

    A SOAP fault is no acceptance, nor is a $batch of which a part failed.
    """
    from pytest_iflow.runtime.senders import refusal, sender_of

    exchange = conversation.exchange
    said = refusal(exchange)
    if said is not None and not negated:
        raise CheckError(f"the message is not accepted: {said}")
    if said is None and negated:
        status = f"{exchange.response.status} {exchange.response.reason}"
        raise CheckError(f"the message is accepted: the {sender_of(exchange).name} answered {status}")


@then("the response is {not}a SOAP fault")
def is_soap_fault(negated: bool, conversation: Conversation) -> None:
    """Expect a SOAP fault, of version 1.1 or 1.2, or none."""
    fault = _fault_of(conversation)
    if fault is None and not negated:
        response = conversation.exchange.response
        raise CheckError(f"the response is no SOAP fault: its status is {response.status} {response.reason}")
    if fault is not None and negated:
        raise CheckError(f"the response is a SOAP fault: {fault}")


@then("the response is a SOAP fault containing {string}")
def is_soap_fault_containing(text: str, conversation: Conversation) -> None:
    """Expect a SOAP fault with a text within its code, its reason or its detail."""
    is_soap_fault(negated=False, conversation=conversation)
    fault = _fault_of(conversation) or ""
    if text not in fault:
        near = similar(text, fault)
        raise CheckError(f"the SOAP fault does not contain {quoted(text)}: {visible(fault)}{near}")


def _fault_of(conversation: Conversation) -> str | None:
    from pytest_iflow.checks.fault import fault_text, soap_fault

    fault = soap_fault(conversation.document)
    return None if fault is None else fault_text(fault)


@then("{value} {equals} {other}")
def equals_other(value: Value, negated: bool, other: Value, conversation: Conversation) -> None:
    """Compare with another value, of the response or remembered; in XML and headers as texts."""
    wanted = other.read(conversation).single()
    value.expect(conversation, equals(wanted, other.written).unless(negated))


@then(
    "{value} is {not}{comparison} {other}",
    example='the response value at "$.total" is at least the response value at "$.net"',
)
def compared_to_other(
    value: Value, negated: bool, words: str, other: Value, conversation: Conversation
) -> None:
    """Compare with another value, as with a number: of the response, of a message, or remembered."""
    _expect_compared(value, words, other, conversation, negated=negated)


@then(
    "{value} is {not}{moment} {other}",
    example='the response value at "$.to" is after the response value at "$.from"',
)
def before_or_after_other(
    value: Value, negated: bool, words: str, other: Value, conversation: Conversation
) -> None:
    """Compare with another value, as with a point in time."""
    _expect_compared(value, words, other, conversation, negated=negated)


def _expect_compared(
    value: Value, words: str, other: Value, conversation: Conversation, *, negated: bool
) -> None:
    found, name = other.read(conversation).single(), other.written.removeprefix("the ")
    value.expect(conversation, compared_to(words, found, f"the {name}").unless(negated))


@then(
    "in {each} response value at {path}, {path} {words} {path}",
    example='in every response value at "$.items", "$.price" is at least "$.minimum"',
)
def fields_compared(
    each: str, path: str, one: str, words: str, other: str, conversation: Conversation
) -> None:
    """Compare two values within each of several: numbers, points in time, or any with "equals"."""
    reading = Reading.at(conversation.document, path, cast("Quantifier", each))
    negated = words.startswith(("is not ", "does not "))
    bare = words.removeprefix("is ").removeprefix("not ")

    def relation_to(found: Found) -> Relation:
        relation = equals(found, other) if "equal" in words else compared_to(bare, found, other)
        return relation.unless(negated)

    expect_in_each(reading, one, other, relation_to, words)


@then("the response has {count} value(s) at {path}")
def value_count(count: Relation, path: str, conversation: Conversation) -> None:
    """Expect so many values at a JSONPath or an XPath: 3, no, at least 3, at most 3."""
    expect_number_of(conversation.document, path, count)


@then("the response values at {path} are {list}{order}")
def values_are(
    path: str, literals: tuple[Literal, ...], in_any_order: bool, conversation: Conversation
) -> None:
    """Expect exactly these values, or items of one list, in this order or in any order.

    Each is compared as the message writes it, and is there as often as it is listed.
    """
    reading = Reading.at(conversation.document, path, "every")
    expect_same(reading, literals, ordered=not in_any_order)


@then("the response values at {path} are {sorted}")
def values_are_sorted(path: str, descending: bool, conversation: Conversation) -> None:
    """Expect values that grow, or fall: numbers by value, others as texts, character by character."""
    expect_sorted(Reading.at(conversation.document, path, "every"), descending=descending)


@given("I remember the text {string} as {string}", remembers="name")
def remember_text(text: str, name: str, conversation: Conversation) -> None:
    """Keep a text under a name: one with ``${uuid}`` in it, so that it is the same in several places."""
    conversation.remembered[name] = Found(text, is_text=True)


@then("I remember {other} as {string}", remembers="name")
def remember(value: Value, name: str, conversation: Conversation) -> None:
    """Keep a value under a name for later steps of this scenario, as remembered "name"."""
    conversation.remembered[name] = value.read(conversation).single("a value to remember")


@then("the response {equals} the golden message {string}", reads="golden")
def equals_golden(negated: bool, golden: str, conversation: Conversation) -> None:
    """Compare with a golden message: a file from beside the feature or from the folder payloads."""
    _expect_golden(_response_of(conversation), golden, conversation, negated=negated)


@then("{value} {equals} the golden message {string}", reads="golden")
def value_equals_golden(value: Value, negated: bool, golden: str, conversation: Conversation) -> None:
    """Compare a value with a golden message: a part of JSON or XML, or a text such as an attachment."""
    answer = _response_of(conversation) if value.is_body else _part_of(value, conversation)
    _expect_golden(answer, golden, conversation, negated=negated)


def _expect_golden(
    answer: AnswerBody, golden: str, conversation: Conversation, *, negated: bool = False
) -> None:
    note = partial(conversation.run.note, "golden message")
    conversation.run.golden_messages.expect(answer, golden, conversation.folder, note, negated=negated)


def _response_of(conversation: Conversation) -> AnswerBody:
    response = conversation.exchange.response
    return AnswerBody(
        response.body,
        response.headers.get("content-type"),
        lambda: conversation.document,
        _failure_of(conversation),
    )


def _part_of(value: Value, conversation: Conversation) -> AnswerBody:
    reading = value.read(conversation)
    found, subject = reading.single("a value that equals the golden message"), f"The {reading.name}"
    failure = _failure_of(conversation) if value.kind.startswith("response") else ""
    return AnswerBody(found.as_bytes(), None, lambda: found.as_document(subject), failure, subject)


def _failure_of(conversation: Conversation) -> str:
    """Say why an answer is not written as a golden message; empty where it is a success."""
    response = conversation.exchange.response
    is_success = response.status // 100 == _CLASSES["a success"]
    return "" if is_success else f"the response status is {response.status} {response.reason}"


@then("the response arrives within {float} second(s)")
def arrives_within(seconds: float, conversation: Conversation) -> None:
    """Expect that the last call took no longer, from sending to the last byte of the answer."""
    took = conversation.exchange.seconds
    if took > seconds:
        raise CheckError(f"the response arrived after {took:.2f} s, expected {seconds:g} s at the most")


@then("the call is refused because {cause}")
def refused_because(cause: str, conversation: Conversation) -> None:
    """Expect that the last call or token request was refused for this cause, and for no surer one."""
    from pytest_iflow.diagnosis.facts import Certainty
    from pytest_iflow.diagnosis.findings import diagnose
    from pytest_iflow.diagnosis.gathering import facts_of

    exchange = conversation.exchange
    if not Answer(exchange).is_refusal:
        status = f"{exchange.response.status} {exchange.response.reason}"
        raise CheckError(f'the call was not refused: the response status is {status}, expected "{cause}"')
    findings = diagnose(facts_of(conversation.run, exchange=exchange))
    surest = [finding for finding in findings if finding.certainty is findings[0].certainty]
    if findings and surest[0].certainty is Certainty.POSSIBLE and len(surest) > 1:
        surest = []  # a guess among several is no proof
    if cause not in {finding.cause.id for finding in surest}:
        found = ", ".join(f"{finding.cause.id} ({finding.certainty.value})" for finding in findings)
        raise CheckError(f'the call was not refused because "{cause}"; found: {found or "no known cause"}')
