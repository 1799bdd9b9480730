"""Keeps a mistake in a flow that others wrote from being one of the runtime."""

from __future__ import annotations

from collections.abc import Callable

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.message import Message, Reply

LOWEST_STATUS = 200
HIGHEST_STATUS = 599


def checked(
    run: Callable[[Message, Surroundings], Reply],
) -> Callable[[Message, Surroundings], Reply]:
    """Return ``run`` with every exception, and every reply that cannot be sent, a failure of the message."""

    def run_checked(message: Message, surroundings: Surroundings) -> Reply:
        try:
            reply = run(message, surroundings)
            _check(reply)
        except FlowFailureError:
            raise
        except Exception as error:
            raise FlowFailureError(f"{type(error).__name__}: {error}") from error
        return reply

    return run_checked


def _check(reply: Reply) -> None:
    if not isinstance(reply, Reply):
        raise TypeError(f"a flow answers with a Reply, not with {type(reply).__name__}")
    if not isinstance(reply.body, bytes):
        raise TypeError(f"the body of a Reply is bytes, not {type(reply.body).__name__}")
    if reply.status is not None and not LOWEST_STATUS <= reply.status <= HIGHEST_STATUS:
        raise ValueError(f"no answer can have the status {reply.status}")
    for name, value in (("content-type", reply.content_type), *reply.headers):
        text = f"{name}{value}"
        text.encode("latin-1")
        if any(ord(character) < 0x20 for character in text):  # noqa: PLR2004 - the first printable one
            raise ValueError(f"the header {name!r} has a control character in it")
