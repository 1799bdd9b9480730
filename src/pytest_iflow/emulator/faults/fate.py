"""What happens to one request: drawn from a seeded source, one for each plane."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

STATUSES = {f"status_{status}": status for status in (429, 500, 502, 503)}
# Each of these leaves nothing for those after it to happen to; the first that is drawn is the only one.
INSTEAD_OF_PROCESSING = ("reset_before", *STATUSES)
# Of these the first that is drawn decides how the answer ends.
ENDS = ("reset_after", "truncated")
DUPLICATE = "duplicate"


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


UNHARMED = Fate()


class Dice:
    """Draws the fate of one request after the other, for one plane.

    Each request takes the same number of draws whatever is on, so that to switch one fault on does not
    change which requests another one hits.
    """

    def __init__(self, seed: int, plane: str, values: Mapping[str, float]) -> None:
        # No secret hangs on these numbers, and they have to repeat.
        self._random = random.Random(f"{seed}:{plane}")  # noqa: S311
        self._values = values

    def throw(self) -> Fate:
        """Draw for the next request."""
        if not self._values:
            return UNHARMED
        drawn = {
            name
            for name in (*INSTEAD_OF_PROCESSING, *ENDS, DUPLICATE)
            if self._random.random() < self._values.get(name, 0.0)
        }
        jitter = self._random.random() * self._values.get("jitter", 0.0)
        return Fate(
            wait=self._values.get("latency", 0.0) + jitter,
            hits=_decisive(drawn),
            drip=self._values.get("drip", 0.0),
        )


def _decisive(drawn: set[str]) -> frozenset[str]:
    for name in INSTEAD_OF_PROCESSING:
        if name in drawn:
            return frozenset({name})
    end = next((name for name in ENDS if name in drawn), None)
    return frozenset(name for name in drawn if name in {DUPLICATE, end})
