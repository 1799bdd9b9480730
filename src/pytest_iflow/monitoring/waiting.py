"""Waiting for a message: looks at growing intervals, until one sees what is wanted or time is up."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable
from dataclasses import dataclass

from pytest_iflow.errors import MonitoringError

FIRST_INTERVAL = 0.1
GROWTH = 1.5
LONGEST_INTERVAL = 5.0
"""Seconds between two looks: the first of the three at first, each by ``GROWTH`` longer, none above the last.

In two minutes these are 33 looks at most, the first and the last included.
"""

TIME_TO_LOOK = 3.0
"""Seconds that a look has, also one that begins shortly before the time is up."""

PASSING = frozenset({"rate-limited", "unavailable", "no-answer", "not-odata"})
"""Troubles with the API that may pass: where a look meets one, the next may go well."""


@dataclass(frozen=True, slots=True)
class Waited:
    """How a wait ended; ``seen`` is whether a look saw what was wanted.

    ``looks`` were taken within ``seconds``; ``trouble`` is what the last of them met, if it met any.
    """

    seen: bool
    seconds: float
    looks: int
    trouble: MonitoringError | None

    def __str__(self) -> str:
        return f"{self.looks} look{'' if self.looks == 1 else 's'} in {self.seconds:.1f} s"


def wait_until(
    look: Callable[[float], bool], within: float, *, not_before: Callable[[], float] = float
) -> Waited:
    """Call ``look`` until it is true, for ``within`` seconds at the most; the last look is at their end.

    It gets the deadline of the look itself, in seconds of ``time.monotonic``. Where ``not_before`` names a
    moment (in the same seconds) after the end, the wait lasts until then. Whatever ``look`` raises ends the
    wait, but for troubles of the kinds in ``PASSING``: these are waited through.
    """
    # It takes as long to load as a short scenario takes to run, and most runs never wait.
    from tenacity import RetryCallState, Retrying, retry_if_result, wait_exponential

    began = time.monotonic()
    met: list[MonitoringError] = []

    def attempt() -> bool:
        met.clear()
        try:
            return look(max(began + within, time.monotonic() + TIME_TO_LOOK))
        except MonitoringError as error:
            if error.kind not in PASSING:
                raise
            met.append(error)
            return False

    def left() -> float:
        return max(0.0, max(began + within, not_before()) - time.monotonic())

    growing = wait_exponential(multiplier=FIRST_INTERVAL, exp_base=GROWTH, max=LONGEST_INTERVAL)

    def interval(state: RetryCallState) -> float:
        asked_for = (met[0].retry_after if met else None) or 0.0
        return min(max(growing(state), asked_for), left())

    attempts = Retrying(
        retry=retry_if_result(operator.not_),
        wait=interval,
        stop=lambda _state: left() == 0.0,
        retry_error_callback=lambda _state: False,
    )
    seen = attempts(attempt)
    looks = int(attempts.statistics["attempt_number"])
    return Waited(seen, time.monotonic() - began, looks, met[0] if met else None)
