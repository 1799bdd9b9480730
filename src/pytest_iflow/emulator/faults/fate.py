"""What happens to one request: drawn from a seeded source, one for each plane."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

STATUSES = {f"status_{status}": status for status in (401, 429, 500, 502, 503, 504)}
# A gateway that has lost sight of the service says so, and the message is processed all the same.
STATUSES_AFTER = {f"status_{status}_after": status for status in (502, 503, 504)}
# Each of these leaves nothing for those after it to happen to; the first that is drawn is the only one.
INSTEAD_OF_PROCESSING = ("reset_before", *STATUSES)
# Of these the first that is drawn decides how the answer ends.
ENDS = ("reset_after", "truncated", *STATUSES_AFTER, "silent")
DUPLICATE = "duplicate"
DELAYED = "delayed"
DELAY = 1.0


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one request: a wait in seconds, the shares that hit it, a rate in bytes a second.

    ``drip`` 0 is no limit to the rate.
    """

    wait: float = 0.0
    hits: frozenset[str] = frozenset()
    drip: float = 0.0

    @property
    def status(self) -> int | None:
        """The status that is answered instead of processing the request, or None."""
        return next((STATUSES[name] for name in self.hits if name in STATUSES), None)

    @property
    def status_after(self) -> int | None:
        """The status that is answered after the request was processed, or None for the service's own."""
        return next((STATUSES_AFTER[name] for name in self.hits if name in STATUSES_AFTER), None)


UNHARMED = Fate()


class Dice:
    """Draws the fate of one request after the other, for one plane.

    Each fault has a source of its own, so that to switch one on does not change which requests another one
    hits.
    """

    def __init__(self, seed: int, plane: str, values: Mapping[str, float]) -> None:
        names = (*INSTEAD_OF_PROCESSING, *ENDS, DUPLICATE, DELAYED, "jitter")
        self._values = values
        # No secret hangs on these numbers, and they have to repeat.
        self._sources = {
            name: random.Random(f"{seed}:{plane}:{name}")  # noqa: S311
            for name in names
            if values.get(name)
        }

    def throw(self) -> Fate:
        """Draw for the next request."""
        if not self._values:
            return UNHARMED
        numbers = {name: source.random() for name, source in self._sources.items()}
        drawn = {name for name, number in numbers.items() if number < self._values[name]}
        jitter = numbers.get("jitter", 0.0) * self._values.get("jitter", 0.0)
        delay = DELAY if DELAYED in drawn else 0.0
        return Fate(
            wait=self._values.get("latency", 0.0) + jitter + delay,
            hits=_decisive(drawn),
            drip=self._values.get("drip", 0.0),
        )


def _decisive(drawn: set[str]) -> frozenset[str]:
    instead = next((name for name in INSTEAD_OF_PROCESSING if name in drawn), None)
    if instead:
        return frozenset(drawn & {instead, DELAYED})
    end = next((name for name in ENDS if name in drawn), None)
    return frozenset(name for name in drawn if name in {DUPLICATE, DELAYED, end})
