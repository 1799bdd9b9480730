"""Phrases about what the tenant says of the message that a call sent: its message processing log.

The call is the last one, or one that the scenario has named.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from pytest_iflow.gherkin.parameter_types import STRING, define_leading, unquoted
from pytest_iflow.gherkin.vocabulary import then

from .conversation import Conversation

if TYPE_CHECKING:
    from pytest_iflow.monitoring.contents import Kind

_Content = TypeVar("_Content")
_MESSAGE = re.compile(rf"the message(?: of the call ({STRING}))?")


def _read_message(text: str) -> str:
    """Return the name of the call whose message is meant; empty for that of the last call."""
    found = _MESSAGE.fullmatch(text)
    return unquoted(found[1]) if found and found[1] else ""


define_leading(
    "message",
    rf"the message(?: of the call {STRING})?",
    _read_message,
    'the message, which is that of the last call; or the message of the call "name"',
    "the message",
    (("the", "message"),),
)


@then("{message} is completed")
def is_completed(message: str, conversation: Conversation) -> None:
    """Wait until the message has ended, timeouts.log seconds at the most, and expect COMPLETED."""
    from pytest_iflow.monitoring.verdict import expect_status

    conversation.note(expect_status(conversation.message_of(message), "COMPLETED", conversation.patience))


@then("{message} status becomes {string} within {float} second(s)")
def status_becomes(message: str, status: str, seconds: float, conversation: Conversation) -> None:
    """Wait so long for a status of the message, such as "FAILED"; another final one ends the wait."""
    from pytest_iflow.monitoring.verdict import expect_status

    limit = "the seconds of this step"
    conversation.note(expect_status(conversation.message_of(message), status, seconds, limit))


@then("{message} failed with an error containing {string}")
def failed_with(message: str, text: str, conversation: Conversation) -> None:
    """Wait until the message has FAILED, and expect a text within the tenant's error text."""
    from pytest_iflow.monitoring.verdict import expect_error

    conversation.note(expect_error(conversation.message_of(message), text, conversation.patience))


@then("the iFlow {string} processed {message} with status {string}")
def processed_with(iflow: str, message: str, status: str, conversation: Conversation) -> None:
    """Wait until this iFlow, called by the first one, has handled the message with this status."""
    from pytest_iflow.monitoring.contents import expect_in_chain

    artifact = conversation.run.discovery.artifact(iflow)
    conversation.note(
        expect_in_chain(conversation.message_of(message), artifact, status, conversation.patience)
    )


@then("{message} passed through {int} iFlow(s)")
def passed_through(message: str, count: int, conversation: Conversation) -> None:
    """Wait until all iFlows that handled the message have ended, and expect so many, the first included."""
    from pytest_iflow.monitoring.contents import expect_iflows

    conversation.note(expect_iflows(conversation.message_of(message), count, conversation.patience))


@then("{message} has the custom header {string} with {string}")
def has_custom_header(message: str, name: str, value: str, conversation: Conversation) -> None:
    """Expect a custom header property of the message log with exactly this value."""
    from pytest_iflow.monitoring.contents import CUSTOM_HEADER

    wanted = f'"{name}" with "{value}"'
    _expect(
        conversation, message, CUSTOM_HEADER, wanted, lambda each: (each.name, each.value) == (name, value)
    )


@then("{message} has the adapter attribute {string} with {string}")
def has_adapter_attribute(message: str, name: str, value: str, conversation: Conversation) -> None:
    """Expect what an adapter noted, such as an address that it called, with exactly this value."""
    from pytest_iflow.monitoring.contents import ADAPTER_ATTRIBUTE

    wanted = f'"{name}" with "{value}"'
    _expect(
        conversation,
        message,
        ADAPTER_ATTRIBUTE,
        wanted,
        lambda each: (each.name, each.value) == (name, value),
    )


@then("{message} has the attachment {string}")
def has_attachment(message: str, name: str, conversation: Conversation) -> None:
    """Expect an attachment of the message log by its name."""
    from pytest_iflow.monitoring.contents import ATTACHMENT

    _expect(conversation, message, ATTACHMENT, f'"{name}"', lambda each: each.name == name)


@then("{message} has an entry in the message store {string}")
def has_store_entry(message: str, store: str, conversation: Conversation) -> None:
    """Expect an entry that a Persist step wrote, by the id of the message store."""
    from pytest_iflow.monitoring.contents import STORE_ENTRY

    _expect(conversation, message, STORE_ENTRY, f'"{store}"', lambda each: each.store == store)


@then("{message} passed the step {string}")
def passed_step(message: str, step: str, conversation: Conversation) -> None:
    """Expect a step of the iFlow's model by its id, without an error in the last run that came to it.

    Of a message that completed a tenant keeps steps at the log level DEBUG only: send the request header
    SAP_MessageProcessingLogLevel with "DEBUG".
    """
    from pytest_iflow.monitoring.contents import RUN_STEP

    _expect(
        conversation,
        message,
        RUN_STEP,
        f'"{step}" without an error',
        lambda each: each.step == step and each.passed,
    )


def _expect(
    conversation: Conversation,
    message: str,
    kind: Kind[_Content],
    wanted: str,
    fits: Callable[[_Content], bool],
) -> None:
    from pytest_iflow.monitoring.contents import expect_content

    conversation.note(
        expect_content(conversation.message_of(message), kind, wanted, fits, conversation.patience)
    )
