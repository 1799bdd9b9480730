"""Phrases that call integration flows."""

from __future__ import annotations

import json
from collections.abc import Callable

from pytest_iflow.gherkin.vocabulary import given, when
from pytest_iflow.oauth.token import Token
from pytest_iflow.runtime.caller import IflowCaller

from .conversation import Conversation

Send = Callable[[str, str, bytes], None]
"""Method, iFlow, body."""


@given("the request header {string} is {string}")
def request_header(name: str, value: str, conversation: Conversation) -> None:
    """Send this header with the calls that follow."""
    conversation.headers[name] = value


@given("the query parameter {string} is {string}")
def query_parameter(name: str, value: str, conversation: Conversation) -> None:
    """Add this parameter to the address of the calls that follow."""
    conversation.query[name] = value


@when("I send a {word} request to the iFlow {string}")
def send_request(method: str, iflow: str, send: Send) -> None:
    """Call an iFlow of the tenant file, or an address ("/my/address"), without a body."""
    send(method, iflow, b"")


@when("I send a {word} request to the iFlow {string} with the body:")
def send_body(method: str, iflow: str, send: Send, docstring: str = "") -> None:
    """Call an iFlow with the text between the triple quotes below the step."""
    send(method, iflow, docstring.encode())


@when("I send a {word} request to the iFlow {string} with the file {string}")
def send_file(method: str, iflow: str, file: str, send: Send, conversation: Conversation) -> None:
    """Call an iFlow with a file, from beside the feature or from the folder payloads."""
    send(method, iflow, conversation.find_file(file, "payloads").read_bytes())


@when("I request the details of product {string}")
def request_product(product: str, send: Send) -> None:
    """Ask the iFlow "product-details" for one product."""
    send("POST", "product-details", json.dumps({"productIdentifier": product}).encode())


@when("I call the iFlow {string} without a token")
def call_without_token(
    iflow: str, conversation: Conversation, iflow_caller: IflowCaller, docstring: str = ""
) -> None:
    """POST to an iFlow with no Authorization header."""
    _call_with(None, iflow, conversation, iflow_caller, docstring)


@when("I call the iFlow {string} with the token {string}")
def call_with_token(
    iflow: str, token: str, conversation: Conversation, iflow_caller: IflowCaller, docstring: str = ""
) -> None:
    """POST to an iFlow with this text as bearer token."""
    _call_with(f"Bearer {token}", iflow, conversation, iflow_caller, docstring)


@when("I call the iFlow {string} with the token of client {string}")
def call_with_token_of(
    iflow: str,
    client: str,
    conversation: Conversation,
    iflow_caller: IflowCaller,
    token_for: Callable[[str], Token],
    docstring: str = "",
) -> None:
    """POST to an iFlow with the token of another client, such as one of plan api."""
    token = token_for(conversation.require_client(client))
    _call_with(token, iflow, conversation, iflow_caller, docstring)


def _call_with(
    authorization: str | Token | None, iflow: str, conversation: Conversation, caller: IflowCaller, body: str
) -> None:
    conversation.exchange = caller.call_with(
        authorization,
        iflow,
        body=body.encode(),
        headers=conversation.headers,
        query=conversation.query,
    )
