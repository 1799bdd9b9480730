"""The public interface as a suite author may rely on it: mypy reads this file, and nothing runs it.

A change that makes mypy fail here breaks suites.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, assert_type

from pytest_iflow.checks.schema import SchemaStore
from pytest_iflow.errors import (
    CallError,
    CheckError,
    ConfigurationError,
    IflowError,
    MissingCredentialError,
    MonitoringError,
    TokenError,
)
from pytest_iflow.gherkin.vocabulary import given, step, then, when
from pytest_iflow.oauth.source import TokenSource
from pytest_iflow.oauth.token import Token
from pytest_iflow.plugin import fixtures
from pytest_iflow.runtime.caller import IflowCaller
from pytest_iflow.transport.exchange import Exchange, Request, Response

if TYPE_CHECKING:  # the folder that ships as pytest_iflow.steps
    from steps.conversation import Conversation


@given("an order {string}")
def an_order(number: str) -> str:
    """A step keeps the type of its function."""
    return number


assert_type(an_order("1"), str)


@when("I send the order {string}")
def send_order(number: str, conversation: Conversation, iflow_caller: IflowCaller) -> None:
    """A step makes a call with the conversation, or with the fixture that calls iFlows."""
    conversation.send(iflow_caller, "POST", "orders", f'{{"order": "{number}"}}')
    conversation.name_last_call("order")
    assert_type(conversation.exchange, Exchange)
    assert_type(conversation.held_token, Token)
    assert_type(conversation.client, str)


@then("the order has the number {int}")
def has_number(number: int, conversation: Conversation) -> None:
    """A check raises ``CheckError``, which pytest takes for a failed assertion."""
    if number != conversation.exchange.response.status:
        raise CheckError("the number is wrong", where="the answer", remedy="Correct it.")


@step("the order is {string}", reads="file")
def order_is(file: str, schemas: SchemaStore, conversation: Conversation) -> None:
    """A step may name a file of the suite."""
    schemas.validate(conversation.document, file)


def calls(iflow_caller: IflowCaller, token: Token) -> None:
    """A test in Python calls an iFlow by its name in the tenant file."""
    exchange = iflow_caller.call("orders", method="POST", body=b"{}", headers={"Accept": "*/*"})
    assert_type(exchange, Exchange)
    assert_type(iflow_caller.call("orders", client="second", token=token), Exchange)
    assert_type(iflow_caller.call("orders", method="GET", suffix="/4711?lang=de"), Exchange)
    assert_type(iflow_caller.call("orders", body=b"{}", gzipped=True), Exchange)
    assert_type(iflow_caller.call_with(None, "orders"), Exchange)
    assert_type(iflow_caller.call_with(token, "orders"), Exchange)


def evidence(exchange: Exchange) -> None:
    """An exchange is what was sent and what came back."""
    assert_type(exchange.request, Request)
    assert_type(exchange.request.method, str)
    assert_type(exchange.request.url, str)
    assert_type(exchange.response, Response)
    assert_type(exchange.response.status, int)
    assert_type(exchange.response.headers, Mapping[str, str])
    assert_type(exchange.response.body, bytes)
    assert_type(exchange.started, datetime)
    assert_type(exchange.seconds, float)
    assert_type(exchange.mpl_id, str | None)
    assert_type(exchange.correlation_id, str | None)
    assert_type(exchange.client, str | None)
    assert_type(exchange.iflow, str | None)


def tokens(token: Token, token_source: TokenSource, token_for: Callable[[str], Token]) -> None:
    """A token tells what it grants, and for how long."""
    assert_type(token.value, str)
    assert_type(token.scopes, tuple[str, ...])
    assert_type(token.seconds_left, float | None)
    assert_type(token.claims, Mapping[str, Any])
    assert_type(token.grants("ESBMessaging.send"), bool)
    assert_type(token_source.token("default"), Token)
    assert_type(token_for("default"), Token)


def errors(error: IflowError) -> None:
    """Every error says what happened, where, and what to do; a failed check is an AssertionError."""
    assert_type(error.what, str)
    assert_type(error.where, str | None)
    assert_type(error.remedy, str | None)
    assert_type(error.cause, str)
    failed: AssertionError = CheckError("it is wrong")
    kinds: tuple[type[IflowError], ...] = (CallError, TokenError, ConfigurationError, MonitoringError)
    missing: type[ConfigurationError] = MissingCredentialError
    del failed, kinds, missing


_FIXTURES = (
    fixtures.tenant_environment,
    fixtures.token_source,
    fixtures.token_for,
    fixtures.token,
    fixtures.iflow_caller,
    fixtures.monitor,
    fixtures.schemas,
)
"""The fixtures that a suite may use and override, by their names."""
