"""The sender adapters: how a call becomes a flow's input, and its output an answer."""

from __future__ import annotations

from typing import Protocol

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Flow
from pytest_iflow.emulator.flows.message import Reply
from pytest_iflow.emulator.runtime.answers import failure
from pytest_iflow.emulator.runtime.soap_sender import SoapSender
from pytest_iflow.emulator.wire_answer import WireAnswer


class Sender(Protocol):
    """One sender for one call."""

    def payload(self, body: bytes) -> bytes:
        """Return what the flow gets of a body; raises FlowFailureError."""
        ...

    def reply(self, reply: Reply) -> Reply:
        """Return what is answered for the reply of the flow."""
        ...

    def failure(self, error: FlowFailureError, message_id: str, request_id: str) -> WireAnswer:
        """Return the answer for a message that failed."""
        ...


class PlainSender:
    """HTTPS and OData: bodies pass as they are."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def payload(self, body: bytes) -> bytes:
        """Return the body."""
        return body

    def reply(self, reply: Reply) -> Reply:
        """Return the reply."""
        return reply

    def failure(self, error: FlowFailureError, message_id: str, request_id: str) -> WireAnswer:
        """Answer with the text of wire-facts 4.3."""
        return failure(error, message_id, request_id, full=self._flow.returns_exception)


def sender_of(flow: Flow) -> Sender:
    """Return the sender for a call of a flow."""
    return SoapSender() if flow.protocol == "cxf" else PlainSender(flow)
