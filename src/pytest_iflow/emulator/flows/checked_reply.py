"""Keeps a mistake in a flow that others wrote from being one of the runtime."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import get_args

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.message import Later, Message, Reply
from pytest_iflow.emulator.message_logs.message_log import Status

LOWEST_STATUS = 200
HIGHEST_STATUS = 599
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# How the answer is sent is up to the runtime.
OF_THE_RUNTIME = frozenset({"connection", "content-length", "transfer-encoding"})


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
        except (Exception, SystemExit) as error:
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
        _check_header(name, value)
    if reply.later is not None:
        _check_later(reply.later)


def _check_header(name: str, value: str) -> None:
    if not (isinstance(name, str) and isinstance(value, str)):
        raise TypeError(f"the header {name!r} is a text and has one, not {value!r}")
    if not HEADER_NAME.fullmatch(name) or name.lower() in OF_THE_RUNTIME:
        raise ValueError(f"no flow can set a header of the name {name!r}")
    value.encode("latin-1")
    if any(ord(character) < 0x20 for character in value):  # noqa: PLR2004 - the first printable one
        raise ValueError(f"the header {name!r} has a control character in it")


def _check_later(later: Later) -> None:
    if not isinstance(later.seconds, (int, float)) or not 0 <= later.seconds < math.inf:
        raise ValueError(f"no message can be finished in {later.seconds!r} seconds")
    if later.status not in get_args(Status):
        raise ValueError(f"no message can have the status {later.status!r}")
