"""How often a question is put again to a tenant that does not answer, or says "later"."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from pytest_iflow.errors import MonitoringError

if TYPE_CHECKING:
    from tenacity import RetryCallState

_Answer = TypeVar("_Answer")

TRIES = 4
"""How often a question is put that has no deadline."""

PATIENCE = 30.0
"""Seconds after which a question that has no deadline is not put again."""

FIRST_WAIT = 0.5
LONGEST_WAIT = 8.0
"""Seconds between two tries where the tenant does not say when to come again; they double in between."""

_PASSES = frozenset({"rate-limited", "unavailable", "no-answer"})


def asked_again(ask: Callable[[], _Answer], deadline: float | None) -> _Answer:
    """Return what ``ask`` returns, and ask again while it raises what may pass.

    ``deadline`` is in seconds of ``time.monotonic``. Raises the last ``MonitoringError``, at once when the
    tenant wants more time than there is.
    """
    from tenacity import (  # noqa: PLC0415, it brings asyncio along, and most runs ask nothing
        Retrying,
        retry_if_exception,
        stop_after_attempt,
        stop_before_delay,
        stop_never,
    )

    left = PATIENCE if deadline is None else deadline - time.monotonic()
    often_enough = stop_after_attempt(TRIES) if deadline is None else stop_never
    again = Retrying(
        retry=retry_if_exception(_may_pass),
        wait=_until_then,
        stop=stop_before_delay(left) | often_enough,
        reraise=True,
    )
    return again(ask)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, MonitoringError) and error.kind in _PASSES


def _until_then(state: RetryCallState) -> float:
    """Seconds until the next try: what the tenant says, else doubling with a random part."""
    from tenacity import wait_exponential, wait_random  # noqa: PLC0415, as above

    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, MonitoringError) and error.retry_after is not None:
        return error.retry_after
    doubling = wait_exponential(FIRST_WAIT, max=LONGEST_WAIT)
    return (doubling + wait_random(0, FIRST_WAIT))(state)
