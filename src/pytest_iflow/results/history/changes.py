"""What is other in a run than in those before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pytest_iflow.results.json_object import JsonObject

Change = Literal["newly failing", "still failing", "flaky", "fixed", "new", "gone"]

CHANGES: tuple[Change, ...] = ("newly failing", "still failing", "flaky", "fixed", "new", "gone")
"""Most urgent first."""


@dataclass(frozen=True, slots=True)
class RunChanges:
    """The comparison of a run with earlier ones of the same tenant and environment.

    ``since`` is when the last of these runs began, in UTC. ``scenarios`` maps node ids to what became of
    them, the most urgent first; one whose status is as before and good is not in it. ``updates`` are
    sentences on what changed on the tenant in between: its runtime, versions of artifacts. ``failing_since``
    has a sentence for each failing scenario that passed once: when that was, when it failed first, and what
    was updated in between. How each is judged stands in ``comparison``.
    """

    since: datetime
    scenarios: Mapping[str, Change]
    updates: tuple[str, ...] = ()
    failing_since: Mapping[str, str] = field(default_factory=dict)

    def of(self, change: Change) -> list[str]:
        """Return the node ids of the scenarios with this change."""
        return [node_id for node_id, found in self.scenarios.items() if found == change]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison in plain JSON types."""
        return {
            "since": self.since.isoformat(),
            "scenarios": dict(self.scenarios),
            "updates": list(self.updates),
            "failing_since": dict(self.failing_since),
        }

    @classmethod
    def from_json(cls, data: JsonObject) -> RunChanges:
        """Return what ``to_dict`` wrote; raises ValueError, which says what does not fit."""
        scenarios = JsonObject(data.text_by_name("scenarios"))
        return cls(
            since=data.moment("since"),
            scenarios={
                node_id: scenarios.one_of(node_id, CHANGES) for node_id in data.text_by_name("scenarios")
            },
            updates=data.texts("updates"),
            failing_since=data.later_text_by_name("failing_since"),
        )
