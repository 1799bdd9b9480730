"""Which sender a flow has."""

from __future__ import annotations

from dataclasses import replace

from pytest_iflow.emulator.flows.echo import FLOWS
from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.message import Reply
from pytest_iflow.emulator.runtime.senders import PlainSender, sender_of
from pytest_iflow.emulator.runtime.soap_sender import SoapSender

ERROR = FlowFailureError("cause", "a.B")


def test_sender_follows_the_protocol() -> None:
    """SOAP for cxf, plain for the rest."""
    assert isinstance(sender_of(replace(FLOWS[0], protocol="cxf")), SoapSender)
    assert isinstance(sender_of(replace(FLOWS[0], protocol="odata")), PlainSender)
    assert isinstance(sender_of(FLOWS[0]), PlainSender)


def test_plain_sender_changes_nothing() -> None:
    """Bodies and replies pass."""
    reply = Reply(b"x", "text/plain")
    sender = sender_of(FLOWS[0])
    assert sender.payload(b"body") == b"body"
    assert sender.reply(reply) is reply


def test_exception_is_returned_only_if_the_flow_says_so() -> None:
    """The class of the exception is what differs."""
    hidden = sender_of(FLOWS[0]).failure(ERROR, "AG1", "r")
    returned = sender_of(replace(FLOWS[0], returns_exception=True)).failure(ERROR, "AG1", "r")
    assert b"a.B" not in bytes(hidden.body)  # type: ignore[arg-type] # a failure's body is no iterable of chunks
    assert bytes(returned.body).startswith(b"a.B: An internal server error")  # type: ignore[arg-type] # the same
