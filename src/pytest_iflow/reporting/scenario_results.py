"""The results of a run as they come in, each kept in the journal at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.reporting.journal import Journal
from pytest_iflow.reporting.plan import PLAN, planned_by_id, unfinished, write_plan
from pytest_iflow.reporting.recorder import SCENARIO
from pytest_iflow.reporting.scenario_result import ScenarioResult
from pytest_iflow.tenants.secrets import mask

_RERUN = "rerun"
"""Outcome of a report after which pytest-rerunfailures tries again."""

_OF_FEATURE = ".feature::"
"""What the node id of every scenario has in it."""


class ScenarioResults:
    """Keeps the result of each scenario; the last try of one that was run again stands.

    ``on_first`` is called before the first scenario, ``clock`` gives the seconds since the run began.
    ``others_failed`` tells whether a test that is no scenario failed.
    """

    def __init__(
        self, folder: Path, journal: Journal, on_first: Callable[[], None], clock: Callable[[], float]
    ) -> None:
        self.finished: dict[str, ScenarioResult] = {}
        self.others_failed = False
        self._plan = folder / PLAN
        self._journal = journal
        self._on_first = on_first
        self._clock = clock
        self._began: set[str] = set()
        self._reruns: Counter[str] = Counter()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Write a plan of node ids where no worker could write a better one, as on another machine."""
        if not self._plan.exists():
            write_plan(self._plan, (planned_by_id(node_id) for node_id in ids if _OF_FEATURE in node_id))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note that a scenario begins."""
        if _OF_FEATURE in nodeid:
            if not self._began:
                self._on_first()
            self._began.add(nodeid)
            self._journal.start(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result of a scenario; one that fails after its call was judged counts as that."""
        data: dict[str, Any] | None = getattr(report, SCENARIO, None)
        if data is None:
            if report.failed and _OF_FEATURE in report.nodeid:
                self._crash(report)
            self.others_failed |= report.failed and _OF_FEATURE not in report.nodeid
        elif str(report.outcome) == _RERUN:
            self._reruns[report.nodeid] += 1
            self.finished.pop(report.nodeid, None)
        else:
            result = ScenarioResult.from_dict(data)
            self.finished[report.nodeid] = replace(result, reruns=self._reruns[report.nodeid])

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Write the result into the journal, when nothing can change it any more."""
        if nodeid in self.finished:
            self._journal.finish(self.finished[nodeid], self._clock())

    def not_run(self, reason: str) -> Iterator[ScenarioResult]:
        """Yield what stands in the plan and has no result, with the reason as its message."""
        for row in unfinished(self._plan, self.finished):
            when = "while" if row.node_id in self._began else "before"
            yield replace(row, message=mask(f"{reason} {when} it ran"))

    def _crash(self, report: pytest.TestReport) -> None:
        """Keep a scenario in which a worker of xdist died: nobody but xdist reports it."""
        rows = (row for row in unfinished(self._plan, ()) if row.node_id == report.nodeid)
        row = next(rows, None) or planned_by_id(report.nodeid)
        self.finished[report.nodeid] = replace(
            row,
            status="broken",
            message=mask(str(report.longrepr)),
            reruns=self._reruns[report.nodeid],
        )
        self.pytest_runtest_logfinish(report.nodeid)
