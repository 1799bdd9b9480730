"""Which faults each request gets: drawn from a seeded source for each plane."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pytest_iflow.emulator.faults.settings import PLANES, FaultSettings
from pytest_iflow.emulator.landscape import Landscape

STATUSES = {f"status_{status}": status for status in (401, 429, 500, 502, 503, 504)}
# A gateway that has lost its connection to the service answers so, and the message is processed all the same.
STATUSES_AFTER = {f"status_{status}_after": status for status in (502, 503, 504)}
# With one of these the request is not processed. Of several that are drawn the first one counts.
INSTEAD_OF_PROCESSING = ("reset_before", *STATUSES)
# These decide how the answer ends. Of several that are drawn the first one counts.
ENDS = ("reset_after", "truncated", *STATUSES_AFTER, "silent")
DUPLICATE = "duplicate"
DELAYED = "delayed"
DELAY = 1.0
RATE = "rate"
LONGEST_QUEUE = 1.0
# Seconds. That requests above a rate wait, and are refused far above it, is what the token service does
# (wire-facts 3.5); that the runtime would do so is assumed.


@dataclass(frozen=True, slots=True)
class RequestFaults:
    """The faults of one request: seconds to wait, names of faults, a rate in bytes a second.

    ``drip`` 0 is no limit to the rate.
    """

    wait: float = 0.0
    names: frozenset[str] = frozenset()
    drip: float = 0.0

    @property
    def status(self) -> int | None:
        """The status that is answered instead of processing the request, or None."""
        return next((STATUSES[name] for name in self.names if name in STATUSES), None)

    @property
    def status_after(self) -> int | None:
        """The status that is answered after the request was processed, or None for the service's own."""
        return next((STATUSES_AFTER[name] for name in self.names if name in STATUSES_AFTER), None)


NO_FAULTS = RequestFaults()


class FaultSource:
    """Draws the faults of one request after the other, for one plane.

    Each fault has random numbers of its own. To switch one on does not change which requests another one
    hits. ``clock`` gives seconds.
    """

    def __init__(
        self,
        seed: int,
        plane: str,
        values: Mapping[str, float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._next_free = 0.0
        names = (*INSTEAD_OF_PROCESSING, *ENDS, DUPLICATE, DELAYED, "jitter")
        self._values = values
        # No secret depends on these numbers, and they have to repeat.
        self._sources = {
            name: random.Random(f"{seed}:{plane}:{name}")  # noqa: S311
            for name in names
            if values.get(name)
        }

    def draw(self) -> RequestFaults:
        """Return the faults of the next request."""
        if not self._values:
            return NO_FAULTS
        numbers = {name: source.random() for name, source in self._sources.items()}
        drawn = {name for name, number in numbers.items() if number < self._values[name]}
        jitter = numbers.get("jitter", 0.0) * self._values.get("jitter", 0.0)
        delay = DELAY if DELAYED in drawn else 0.0
        queue = self._queue()
        if queue > LONGEST_QUEUE:
            return RequestFaults(names=frozenset({"status_429"}))
        return RequestFaults(
            wait=self._values.get("latency", 0.0) + jitter + delay + queue,
            names=_compatible(drawn),
            drip=self._values.get("drip", 0.0),
        )

    def _queue(self) -> float:
        """Return for how long a request waits; one that would wait too long gets no turn."""
        rate = self._values.get(RATE)
        if not rate:
            return 0.0
        now = self._clock()
        begins = max(now, self._next_free)
        if begins - now <= LONGEST_QUEUE:
            self._next_free = begins + 1 / rate
        return begins - now


def _compatible(drawn: set[str]) -> frozenset[str]:
    """Return those of the drawn faults that can happen to one request."""
    instead = next((name for name in INSTEAD_OF_PROCESSING if name in drawn), None)
    if instead:
        return frozenset(drawn & {instead, DELAYED})
    end = next((name for name in ENDS if name in drawn), None)
    return frozenset(name for name in drawn if name in {DUPLICATE, DELAYED, end})


class ActiveFaults:
    """Puts fault settings into force: draws for the planes, times into the profile of the landscape."""

    def __init__(self, landscape: Landscape, initial: FaultSettings) -> None:
        self._landscape = landscape
        self._profile = landscape.profile
        self._initial = initial
        self.apply(initial)

    def apply(self, settings: FaultSettings) -> None:
        """Put settings into force instead of those before; the draws begin anew."""
        self.settings = settings
        self._landscape.profile = settings.profile(self._profile)
        self._sources = {plane: FaultSource(settings.seed, plane, settings.of(plane)) for plane in PLANES}

    def restore(self) -> None:
        """Return to the settings of the start."""
        self.apply(self._initial)

    def draw(self, plane: str) -> RequestFaults:
        """Return the faults of the next request of a plane."""
        return self._sources[plane].draw()
