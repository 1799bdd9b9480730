"""How many requests came, and how many a second are let in."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, fields

UNKNOWN_CLIENT = "unknown"
ELSEWHERE = "elsewhere"
WINDOW = 1.0
CALLS_A_SECOND = 10


@dataclass(frozen=True, slots=True)
class Counters:
    """Tallies since the start: what was received, whatever became of it, and what was processed.

    Received requests are counted by plane, by flow (path of the runtime; ``elsewhere`` is no flow) and by
    client, which is who the Authorization header says it is; ``faults`` are those that were shown, by
    plane and name, ``too_many`` requests that were refused for their number, by area. Processed are token
    requests by client id, messages (``calls``) by iFlow address. Requests of a client that does not exist
    are counted under ``unknown``.
    """

    issued: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    planes: Counter[str] = field(default_factory=Counter)
    flows: Counter[str] = field(default_factory=Counter)
    clients: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    too_many: Counter[str] = field(default_factory=Counter)

    def as_json(self, client_ids: tuple[str, ...]) -> dict[str, object]:
        """Lay the tallies out; every client is named among the tokens, also one with none."""
        return {
            "tokens": {
                client_id: {"issued": self.issued[client_id], "refused": self.refused[client_id]}
                for client_id in (*client_ids, UNKNOWN_CLIENT)
            },
            "calls": dict(self.calls),
            "received": {
                "planes": dict(self.planes),
                "flows": dict(self.flows),
                "clients": dict(self.clients),
            },
            "faults": dict(self.faults),
            "too many": dict(self.too_many),
        }

    def clear(self) -> None:
        """Begin anew."""
        for each in fields(self):
            getattr(self, each.name).clear()


class RateLimit:
    """Lets ``limit`` requests in within any one second; ``clock`` tells seconds and never goes back.

    Over a network a connection makes no more than ``CALLS_A_SECOND`` (wire-facts 5.10). So nobody is refused
    whose connections could not reach the limit of a tenant, however quick this process answers.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limit = limit
        self._admitted: deque[tuple[float, Hashable]] = deque(maxlen=limit)

    def retry_after(self, connection: Hashable = None, open_connections: int = 0) -> int | None:
        """Let one request in (None), or say in how many whole seconds it may come again.

        ``connection`` tells the connection of the request from others. Where ``open_connections`` is 0,
        nobody knows how many there are, and all requests count.
        """
        now = self._clock()
        full = len(self._admitted) == self._limit
        if full and (wait := self._admitted[0][0] + WINDOW - now) > 0:
            used = {connection, *(each for _, each in self._admitted)}
            # One that is closed after each call leaves many behind, of which one at a time was open.
            lanes = min(len(used), open_connections)
            if not open_connections or lanes * CALLS_A_SECOND > self._limit:
                return math.ceil(wait)
        self._admitted.append((now, connection))
        return None
