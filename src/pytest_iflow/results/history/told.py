"""What changed since an earlier run, as lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from pytest_iflow.results.history.changes import CHANGES, RunChanges
from pytest_iflow.results.history.store import HISTORY
from pytest_iflow.results.run_result import RunResult

MOST_TITLES = 20
"""Newly failing scenarios that are named; the pages name all."""


def tell_changes(run: RunResult, damaged: Iterable[int], terminal: pytest.TerminalReporter) -> None:
    """Write what changed since the run before, and which lines of the history are ``damaged``."""
    for number in sorted(damaged):
        terminal.write_line(f"line {number} of {HISTORY} is damaged and was left out", yellow=True)
    if run.changes is not None:
        terminal.section(f"changes since the run of {run.changes.since:%Y-%m-%d %H:%M} UTC", sep="-")
        for line in change_lines(run):
            terminal.write_line(line)


def change_lines(run: RunResult) -> list[str]:
    """Return the lines on ``run.changes``: how many of each, which fail newly and since when, updates.

    Empty for a run that was compared with none.
    """
    changes = run.changes
    if changes is None:
        return []
    counts = Counter(changes.scenarios.values())
    tally = ", ".join(f"{change}: {counts[change]:,}" for change in CHANGES if counts[change])
    lines = [tally or "every scenario that ran is as it was"]
    newly_failing = changes.of("newly failing")
    for node_id in newly_failing[:MOST_TITLES]:
        lines += _told(run, changes, node_id)
    if (more := len(newly_failing) - MOST_TITLES) > 0:
        lines.append(f"  and {more:,} more")
    return [*lines, *changes.updates]


def _told(run: RunResult, changes: RunChanges, node_id: str) -> list[str]:
    title = next((each.scenario for each in run.scenarios if each.node_id == node_id), node_id)
    since = changes.failing_since.get(node_id)
    return [f"  newly failing: {title}", *([f"    {since}"] if since else [])]
