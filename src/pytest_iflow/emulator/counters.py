"""What the landscape has been asked for, so that a test can prove "one token request per client"."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

UNKNOWN_CLIENT = "unknown"


@dataclass(frozen=True, slots=True)
class Counters:
    """Tallies since the start: token requests by client id, messages by iFlow address.

    Requests of a client that does not exist are counted under ``unknown``.
    """

    issued: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    def as_json(self, client_ids: tuple[str, ...]) -> dict[str, object]:
        """Lay the tallies out by client and by address; every client is named, also one with none."""
        return {
            "tokens": {
                client_id: {"issued": self.issued[client_id], "refused": self.refused[client_id]}
                for client_id in (*client_ids, UNKNOWN_CLIENT)
            },
            "calls": dict(self.calls),
        }
