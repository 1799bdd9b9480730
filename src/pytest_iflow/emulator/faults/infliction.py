"""A request meets its fate."""

from __future__ import annotations

import threading

from starlette.types import ASGIApp, Receive, Scope, Send

from pytest_iflow.emulator.faults.connection import close, reset
from pytest_iflow.emulator.faults.delivery import (
    AnswerCutError,
    dripping,
    pause_of,
    replayed,
    swallow,
    truncated,
)
from pytest_iflow.emulator.faults.fate import DUPLICATE, STATUSES_AFTER, Fate
from pytest_iflow.emulator.faults.injected import injected

# Seconds, more than any client waits.
SILENCE = 600.0


async def inflict(
    fate: Fate, app: ASGIApp, scope: Scope, receive: Receive, send: Send, stopping: threading.Event
) -> None:
    """Have a request processed, or not, as its fate wants it.

    ``stopping`` ends all waiting: what is under way then is answered at once.
    """
    pause = pause_of(scope, stopping)
    if fate.drip:
        send = dripping(send, fate.drip, pause)
    try:
        await pause(fate.wait)
        if "reset_before" in fate.hits:
            await reset(scope, receive)
        elif fate.status:
            await injected(fate.status)(scope, receive, send)
        else:
            await _process(fate, app, scope, receive, send, stopping)
    except AnswerCutError:
        await close(scope, receive)


async def _process(
    fate: Fate, app: ASGIApp, scope: Scope, receive: Receive, send: Send, stopping: threading.Event
) -> None:
    request = receive
    if DUPLICATE in fate.hits:
        deliver = await replayed(receive)
        await app(dict(scope), deliver(), swallow)
        request = deliver()
    if fate.hits & {"reset_after", "silent", *STATUSES_AFTER}:
        await app(scope, request, swallow)
        if fate.status_after:
            await injected(fate.status_after, processed=True)(scope, receive, send)
        elif "silent" in fate.hits:
            await pause_of(scope, stopping)(SILENCE)
            await close(scope, receive)
        else:
            await reset(scope, receive)
    else:
        await app(scope, request, truncated(send) if "truncated" in fate.hits else send)
