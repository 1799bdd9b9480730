"""What is other in a run than in those before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from pytest_iflow.results.json_format import Moment, keep_in_utc

Change = Literal["newly failing", "still failing", "flaky", "fixed", "new", "gone"]

CHANGES: tuple[Change, ...] = get_args(Change)
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

    since: Moment
    scenarios: Mapping[str, Change]
    updates: tuple[str, ...] = ()
    failing_since: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keep_in_utc(self, "since")

    def of(self, change: Change) -> list[str]:
        """Return the node ids of the scenarios with this change."""
        return [node_id for node_id, found in self.scenarios.items() if found == change]
