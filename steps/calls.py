"""Phrases that call integration flows."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from pathlib import PurePosixPath
from urllib.parse import quote

from pytest_iflow.errors import CheckError
from pytest_iflow.gherkin.vocabulary import when
from pytest_iflow.oauth.token import Token
from pytest_iflow.runtime.addresses import start_address
from pytest_iflow.runtime.caller import FILE_HEADER, IflowCaller

from .conversation import Conversation
from .prepared_request import Addition


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


@when("I send a {word} request to the iFlow {string} with the file {string}{filled}", reads="file")
def send_file(
    method: str, iflow: str, file: str, filled: bool, conversation: Conversation, iflow_caller: IflowCaller
) -> None:
    """Call an iFlow with a file, from beside the feature or from the folder payloads, byte for byte.

    The ending of its name tells the Content-Type, where no step does: json, xml, csv, edi, pdf and others.
    One that is not in the charset that it or the header Content-Type names is not sent. A file that is filled
    in is UTF-8, and its variables, such as ``${order}``, have their values.
    """
    body = conversation.read_text(file, filled=True) if filled else conversation.read_file(file)
    conversation.send(iflow_caller, method, iflow, body, file)


@when("I start the iFlow {string}")
def start(started: str, conversation: Conversation, iflow_caller: IflowCaller) -> None:
    """Start an iFlow that nobody calls by HTTP, by its id: one with a timer, a queue, ProcessDirect.

    Only the local tenant can do that; a real tenant starts a timer when the iFlow is deployed.
    """
    _start(started, conversation, iflow_caller, b"")


@when("I start the iFlow {string} with the body:")
def start_with_body(
    started: str, conversation: Conversation, iflow_caller: IflowCaller, docstring: str = ""
) -> None:
    """Start an iFlow on the local tenant with the text between the triple quotes as its message."""
    _start(started, conversation, iflow_caller, docstring)


@when("I start the iFlow {string} with the file {string}{filled}", reads="file")
def start_with_file(
    started: str, file: str, filled: bool, conversation: Conversation, iflow_caller: IflowCaller
) -> None:
    """Start an iFlow on the local tenant with a file as its message, read as for a call.

    One with an SFTP sender finds its name in the header CamelFileName.
    """
    body = conversation.read_text(file, filled=True) if filled else conversation.read_file(file)
    _start(started, conversation, iflow_caller, body, file)


def _start(
    name: str, conversation: Conversation, caller: IflowCaller, body: str | bytes, file: str = ""
) -> None:
    """Start an iFlow; raises CheckError where there is none of this id that can be started."""
    address = start_address(name, conversation.run.environment)
    named = Addition(headers={FILE_HEADER: quote(PurePosixPath(file).name)}) if file else None
    conversation.send(caller, "POST", address, body, file, named)
    if conversation.exchange.response.status == HTTPStatus.NOT_FOUND:
        raise CheckError(
            f'the local tenant has no iFlow "{name}" that can be started',
            remedy="write the id of a deployed one; one with an HTTPS or SOAP sender is called by "
            'When I send a POST request to the iFlow "…"',
        )


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


@when("I name the last call {string}")
def name_last_call(name_of_call: str, conversation: Conversation) -> None:
    """Give the last call a name, by which later steps ask about its message, behind other calls, too."""
    conversation.name_last_call(name_of_call)
