"""Phrases that judge the last response."""

from __future__ import annotations

from decimal import Decimal

from pytest_iflow.checks.comparison import expect_count, expect_number, expect_text, expect_value
from pytest_iflow.checks.quoting import quoted, similar
from pytest_iflow.checks.schema import SchemaStore
from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.gherkin.vocabulary import then

from .conversation import Conversation


@then("the response status is {int}")
def status_is(status: int, conversation: Conversation) -> None:
    """Expect this HTTP status."""
    response = conversation.exchange.response
    if response.status != status:
        raise CheckError(f"the response status is {response.status} {response.reason}, expected {status}")


@then("the response header {string} contains {string}")
def header_contains(name: str, text: str, conversation: Conversation) -> None:
    """Expect a text within a response header; the name of the header compares without case."""
    headers = conversation.exchange.response.headers
    value = headers.get(name)
    if value is None:
        raise CheckError(
            f'the response has no header "{name}"; it has: {", ".join(sorted(headers)) or "none"}'
        )
    if text not in value:
        raise CheckError(
            f'the response header "{name}" is {quoted(value)}, which does not contain {quoted(text)}'
            f"{similar(text, value)}"
        )


@then("the response body contains {string}")
def body_contains(text: str, conversation: Conversation) -> None:
    """Expect a text within the body, whatever its format and charset; upper case is not lower case."""
    response = conversation.exchange.response
    expect_text(response.body, response.headers.get("content-type"), text, "the response body")


@then("the response matches the schema {string}", reads="file")
def matches_schema(file: str, conversation: Conversation, schemas: SchemaStore) -> None:
    """Validate with a JSON Schema (XML answers too) or an XSD from the folder schemas."""
    schemas.validate(conversation.document, file)


@then("the response value at {string} is {string}")
def value_is(path: str, text: str, conversation: Conversation) -> None:
    """Expect one value at a JSONPath ("$.a.b") or an XPath ("/a/b"), compared as text."""
    expect_value(conversation.document, path, text)


@then("the response value at {string} is {bigdecimal}")
def value_is_number(path: str, number: Decimal, conversation: Conversation) -> None:
    """Expect one value at a JSONPath or an XPath, compared as a number: 51.0 equals 51.000."""
    expect_number(conversation.document, path, number)


@then("the response has {int} value(s) at {string}")
def value_count(count: int, path: str, conversation: Conversation) -> None:
    """Expect that many values at a JSONPath or an XPath."""
    expect_count(conversation.document, path, count)


@then("the response equals the golden message {string}", reads="file")
def equals_golden(file: str, conversation: Conversation) -> None:
    """Compare with a golden message: a file from beside the feature or from the folder payloads."""
    conversation.run.golden_messages.expect(conversation.document, file, conversation.folder)


@then("the response arrives within {float} second(s)")
def arrives_within(seconds: float, conversation: Conversation) -> None:
    """Expect that the last call took no longer, from sending to the last byte of the answer."""
    took = conversation.exchange.seconds
    if took > seconds:
        raise CheckError(f"the response arrived after {took:.2f} s, expected {seconds:g} s at the most")


@then("the call is refused because {string}")
def refused_because(cause: str, conversation: Conversation) -> None:
    """Expect that the last call or token request was refused for this cause, and for no surer one."""
    from pytest_iflow.diagnosis.facts import Certainty
    from pytest_iflow.diagnosis.findings import CAUSES, closest_ids, diagnose
    from pytest_iflow.diagnosis.gathering import facts_of

    if cause not in CAUSES:
        near = " or ".join(f'"{each}"' for each in closest_ids(cause))
        question = f"did you mean {near}? " if near else ""
        raise ConfigurationError(
            f'there is no cause "{cause}"', remedy=f"{question}docs/troubleshooting.md lists all of them"
        )
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
