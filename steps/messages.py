"""Phrases about what the tenant says of the message that the last call sent: its message processing log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from pytest_iflow.gherkin.vocabulary import then

from .conversation import Conversation

if TYPE_CHECKING:
    from pytest_iflow.monitoring.contents import Kind

_Content = TypeVar("_Content")


@then("the message is completed")
def is_completed(conversation: Conversation) -> None:
    """Wait until the message has ended, timeouts.log seconds at the most, and expect COMPLETED."""
    from pytest_iflow.monitoring.verdict import expect_status

    conversation.note(expect_status(conversation.message, "COMPLETED", conversation.patience))


@then("the message status becomes {string} within {float} second(s)")
def status_becomes(status: str, seconds: float, conversation: Conversation) -> None:
    """Wait so long for a status of the message, such as "FAILED"; another final one ends the wait."""
    from pytest_iflow.monitoring.verdict import expect_status

    conversation.note(expect_status(conversation.message, status, seconds))


@then("the message failed with an error containing {string}")
def failed_with(text: str, conversation: Conversation) -> None:
    """Wait until the message has FAILED, and expect a text within the tenant's error text."""
    from pytest_iflow.monitoring.verdict import expect_error

    conversation.note(expect_error(conversation.message, text, conversation.patience))


@then("the iFlow {string} processed the message with status {string}")
def processed_with(iflow: str, status: str, conversation: Conversation) -> None:
    """Wait until this iFlow, called by the first one, has handled the message with this status."""
    from pytest_iflow.monitoring.contents import expect_in_chain

    artifact = conversation.run.discovery.artifact(iflow)
    conversation.note(expect_in_chain(conversation.message, artifact, status, conversation.patience))


@then("the message passed through {int} iFlow(s)")
def passed_through(count: int, conversation: Conversation) -> None:
    """Wait until all iFlows that handled the message have ended, and expect so many, the first included."""
    from pytest_iflow.monitoring.contents import expect_iflows

    conversation.note(expect_iflows(conversation.message, count, conversation.patience))


@then("the message has the custom header {string} with {string}")
def has_custom_header(name: str, value: str, conversation: Conversation) -> None:
    """Expect a custom header property of the message log with exactly this value."""
    from pytest_iflow.monitoring.contents import CUSTOM_HEADER

    wanted = f'"{name}" with "{value}"'
    _expect(conversation, CUSTOM_HEADER, wanted, lambda each: (each.name, each.value) == (name, value))


@then("the message has the adapter attribute {string} with {string}")
def has_adapter_attribute(name: str, value: str, conversation: Conversation) -> None:
    """Expect what an adapter noted, such as an address that it called, with exactly this value."""
    from pytest_iflow.monitoring.contents import ADAPTER_ATTRIBUTE

    wanted = f'"{name}" with "{value}"'
    _expect(conversation, ADAPTER_ATTRIBUTE, wanted, lambda each: (each.name, each.value) == (name, value))


@then("the message has the attachment {string}")
def has_attachment(name: str, conversation: Conversation) -> None:
    """Expect an attachment of the message log by its name."""
    from pytest_iflow.monitoring.contents import ATTACHMENT

    _expect(conversation, ATTACHMENT, f'"{name}"', lambda each: each.name == name)


@then("the attachment {string} of the message contains {string}")
def attachment_contains(name: str, text: str, conversation: Conversation) -> None:
    """Expect a text within an attachment of the message log; reading it needs the role for payloads."""
    from pytest_iflow.monitoring.contents import expect_attachment_text

    conversation.note(expect_attachment_text(conversation.message, name, text, conversation.patience))


@then("the message has an entry in the message store {string}")
def has_store_entry(store: str, conversation: Conversation) -> None:
    """Expect an entry that a Persist step wrote, by the id of the message store."""
    from pytest_iflow.monitoring.contents import STORE_ENTRY

    _expect(conversation, STORE_ENTRY, f'"{store}"', lambda each: each.store == store)


@then("the message passed the step {string}")
def passed_step(step: str, conversation: Conversation) -> None:
    """Expect a step of the iFlow's model by its id, in what the tenant kept of the run, without an error."""
    from pytest_iflow.monitoring.contents import RUN_STEP

    _expect(
        conversation,
        RUN_STEP,
        f'"{step}" without an error',
        lambda each: each.step == step and not each.error and each.status != "FAILED",
    )


def _expect(
    conversation: Conversation, kind: Kind[_Content], wanted: str, fits: Callable[[_Content], bool]
) -> None:
    from pytest_iflow.monitoring.contents import expect_content

    conversation.note(expect_content(conversation.message, kind, wanted, fits, conversation.patience))
