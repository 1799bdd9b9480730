"""Phrases about access tokens."""

from __future__ import annotations

from collections.abc import Callable

from pytest_iflow.errors import CheckError
from pytest_iflow.gherkin.vocabulary import given, then, when
from pytest_iflow.oauth.source import TokenSource
from pytest_iflow.oauth.token import Token, TokenAnswer, refusal

from .conversation import Conversation


@given("an access token")
def default_token(conversation: Conversation, token: Token) -> None:
    """Use the access token of client "default"; the run asks for it once."""
    conversation.token = token


@given("an access token for client {string}")
def token_of_client(client: str, conversation: Conversation, token_for: Callable[[str], Token]) -> None:
    """Act as this client of the tenant file, with its access token; the run asks for it once."""
    conversation.token = token_for(conversation.act_as(client))


@when("I request an access token for client {string}")
def request_token(client: str, conversation: Conversation, token_source: TokenSource) -> None:
    """Get the token of this client from the token service: asked once, then the one that the run holds."""
    _use_answer(token_source.answer(conversation.act_as(client)), conversation)


@when("I request a new access token for client {string}")
def request_new_token(client: str, conversation: Conversation, token_source: TokenSource) -> None:
    """Ask the token service again, whatever token the run holds."""
    _use_answer(token_source.ask(conversation.act_as(client)), conversation)


@when("I request an access token for client {string} with the secret {string}")
def request_token_with_secret(
    client: str, secret: str, conversation: Conversation, token_source: TokenSource
) -> None:
    """Ask with another clientsecret than the one of the service key, to see it refused."""
    _use_answer(token_source.ask(conversation.act_as(client), secret=secret), conversation)


def _use_answer(answer: TokenAnswer, conversation: Conversation) -> None:
    conversation.token_answer, conversation.token = answer, answer.token
    conversation.exchange = answer.exchange


@then("the token request is refused with status {int}")
def token_refused(status: int, conversation: Conversation) -> None:
    """Expect that the token service gave no token, with this HTTP status."""
    answer = conversation.token_answer
    if answer is None:
        raise CheckError(
            "this scenario made no token request",
            remedy='make one first: When I request an access token for client "…"',
        )
    if answer.token is not None:
        raise CheckError(f"the token request was granted, expected a refusal with status {status}")
    found = answer.exchange.response.status
    if found != status:
        raise CheckError(
            f"the token request was refused with status {found}, expected {status}"
        ) from refusal(answer.exchange)


@then("the token grants the scope {string}")
def token_grants(scope: str, conversation: Conversation) -> None:
    """Expect a scope, in full or without the tenant's prefix: "ESBMessaging.send"."""
    token = conversation.held_token
    if not token.grants(scope):
        raise CheckError(
            f'the token does not grant the scope "{scope}"; it grants: {", ".join(token.scopes) or "none"}',
            where=f"client {token.client_id}",
            remedy="give the service instance the role, then create a new service key "
            "(a change takes up to one hour to arrive)",
        )


@then("the token is valid for at least {int} seconds")
def token_valid_for(seconds: int, conversation: Conversation) -> None:
    """Expect that much time until the token expires."""
    left = conversation.held_token.seconds_left
    if left is None:
        raise CheckError(
            "neither the answer of the token service nor the token says how long it is valid",
            remedy="ask for a token that is a JWT with exp, or have the token service send expires_in",
        )
    if left < seconds:
        raise CheckError(f"the token is valid for {left:.0f} more seconds, expected at least {seconds}")
