"""Who answers what a flow sends. Requests never leave this machine: whoever runs the engine answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, field

from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import Attachment, Headers


class Request(Struct, frozen=True):
    """What a flow sends to a system by HTTP.

    ``receiver`` is the name that the flow has for the system, ``adapter`` the kind of adapter, ``flow`` the
    id of the flow's artifact, ``step`` the model id of the step. ``url`` has the query in it. ``credential``
    is the name of the security artifact that the adapter authenticates with, empty without one.
    """

    receiver: str
    adapter: str
    flow: str
    step: str
    method: str
    url: str
    headers: Headers
    body: bytes
    credential: str = ""


class Answer(Struct, frozen=True):
    """What a system answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


class Delivery(Struct, frozen=True):
    """A mail that was sent, or a file that was written; ``folder`` is the mailbox, or the server's folder.

    ``attributes`` are what the adapter knows beside the content: subject, sender, addressees, host.
    """

    receiver: str
    adapter: str
    flow: str
    step: str
    folder: str
    name: str
    content: bytes
    attributes: Mapping[str, str]
    attachments: tuple[Attachment, ...] = ()


class Receivers(Protocol):
    """The systems behind the receivers of all flows."""

    def answer(self, request: Request) -> Answer:
        """Answer a request; raises StepError where nobody answers, as for a connection that is refused."""

    def deliver(self, delivery: Delivery) -> None:
        """Take a mail or a file."""

    def fetch(self, request: Request, folder: str, name: str) -> bytes | None:
        """Return the content of a file that a flow polls, None where there is none; raises StepError."""


class NoReceivers:
    """Systems of which none answers; mails and files are kept."""

    def __init__(self) -> None:
        self.delivered: list[Delivery] = []

    def answer(self, request: Request) -> Answer:
        """Refuse each request, and say how to answer it."""
        raise nobody_answers(request)

    def deliver(self, delivery: Delivery) -> None:
        """Keep a mail or a file."""
        self.delivered.append(delivery)

    def fetch(self, request: Request, folder: str, name: str) -> bytes | None:
        """Return a file that was delivered before."""
        for delivery in reversed(self.delivered):
            if (delivery.receiver, delivery.folder, delivery.name) == (request.receiver, folder, name):
                return delivery.content
        return None


def nobody_answers(request: Request) -> StepError:
    """Return the error of a request that has no mock."""
    return StepError(
        f'nothing answers {request.method} {request.url} for the receiver "{request.receiver}": '
        "the local tenant sends no request to real addresses; give the receiver an answer",
        "java.net.ConnectException",
    )
