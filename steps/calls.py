"""Phrases that call integration flows."""

from __future__ import annotations

import json
from collections.abc import Callable

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.parameter_types import STRING, unquoted
from pytest_iflow.gherkin.parameter_types import define as define_type
from pytest_iflow.gherkin.vocabulary import given, when
from pytest_iflow.oauth.token import Token
from pytest_iflow.runtime.caller import IflowCaller
from pytest_iflow.transport.exchange import HeaderLines, header_lines

from .conversation import Conversation

_SET_ELSEWHERE = {
    "authorization": 'call without it: When I call the iFlow "…" without a token',
    "host": "it names whom the request is for: set another one instead",
    "content-length": "it says where the body ends: a call without a body has none",
}
"""Headers without which no call can be made, or which a step of its own leaves out; with what to do."""


def _read_removable(text: str) -> str:
    name = unquoted(text)
    if remedy := _SET_ELSEWHERE.get(name.lower()):
        raise ConfigurationError(f"the request header {name} cannot be left out here", remedy=remedy)
    return name


def _read_suffix(text: str) -> str:
    suffix = unquoted(text)
    if suffix and suffix[0] not in "/?(;":
        raise ConfigurationError(
            f'"{suffix}" cannot stand behind an address',
            remedy=f'begin it with "/", "?", "(" or ";": "/{suffix}"',
        )
    return suffix


define_type(
    "removable",
    STRING,
    _read_removable,
    "the name of a header in quotes; of any but Authorization, Host and Content-Length",
    '"Content-Type"',
)
define_type(
    "suffix",
    STRING,
    _read_suffix,
    "the end of an address in quotes, such as a path or a query",
    '"/4711?lang=de"',
)


@given("the request header {string} is {string}")
def request_header(name: str, value: str, conversation: Conversation) -> None:
    """Send this header with the calls that follow; of two with one name, in any case, the last counts."""
    conversation.headers[name] = value


@given("the request header {string} is also {string}")
def further_request_header(name: str, value: str, conversation: Conversation) -> None:
    """Send this header once more, in a line of its own behind the lines of that name which are set before."""
    before = conversation.headers.get(name)
    lines = () if before is None else header_lines(before)
    conversation.headers[name] = HeaderLines(*lines, value)


@given("the request header {removable} is not sent")
def request_header_not_sent(name: str, conversation: Conversation) -> None:
    """Send no such header, not even one that is sent by itself: Content-Type, Accept, User-Agent."""
    conversation.headers[name] = HeaderLines()


@given("the request path ends with {suffix}")
def request_path_ends(suffix: str, conversation: Conversation) -> None:
    """Put this behind the address of the iFlow in the calls that follow; a query in it is sent, too.

    Blanks, umlauts and the like are percent-encoded; what is encoded already stays. The last one counts.
    """
    conversation.suffix = suffix


@given("the query parameter {string} is {string}")
def query_parameter(name: str, value: str, conversation: Conversation) -> None:
    """Add this parameter to the address of the calls that follow; one of a name that is there, too."""
    conversation.query.append((name, value))


@when("I send a {word} request to the iFlow {string}")
def send_request(method: str, iflow: str, conversation: Conversation, iflow_caller: IflowCaller) -> None:
    """Call an iFlow of the tenant file, or an address ("/my/address"), without a body."""
    conversation.send(iflow_caller, method, iflow, b"")


@when("I send a {word} request to the iFlow {string} with the body:")
def send_body(
    method: str, iflow: str, conversation: Conversation, iflow_caller: IflowCaller, docstring: str = ""
) -> None:
    """Call an iFlow with the text between the triple quotes below the step.

    It is sent in the charset of the header Content-Type or of its own declaration, else in UTF-8.
    """
    conversation.send(iflow_caller, method, iflow, docstring)


@when("I send a {word} request to the iFlow {string} with the file {string}", reads="file")
def send_file(
    method: str, iflow: str, file: str, conversation: Conversation, iflow_caller: IflowCaller
) -> None:
    """Call an iFlow with a file, from beside the feature or from the folder payloads, byte for byte.

    One that is not in the charset that it or the header Content-Type names is not sent.
    """
    body = conversation.run.files.read(conversation.find_file(file, "payloads"))
    conversation.send(iflow_caller, method, iflow, body)


@when("I request the details of product {string}")
def request_product(product: str, conversation: Conversation, iflow_caller: IflowCaller) -> None:
    """Ask the iFlow "product-details" for one product."""
    body = json.dumps({"productIdentifier": product}).encode()
    conversation.send(iflow_caller, "POST", "product-details", body)


@when("I call the iFlow {string} without a token")
def call_without_token(
    iflow: str, conversation: Conversation, iflow_caller: IflowCaller, docstring: str = ""
) -> None:
    """POST to an iFlow with no Authorization header."""
    conversation.send_with(iflow_caller, None, iflow, docstring)


@when("I call the iFlow {string} with the token {string}")
def call_with_token(
    iflow: str, token: str, conversation: Conversation, iflow_caller: IflowCaller, docstring: str = ""
) -> None:
    """POST to an iFlow with this text as bearer token."""
    conversation.send_with(iflow_caller, f"Bearer {token}", iflow, docstring)


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
    conversation.send_with(iflow_caller, token, iflow, docstring)
