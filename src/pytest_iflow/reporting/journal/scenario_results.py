"""The results of a run as they come in, each kept in the journal at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.reporting.journal.journal import Journal
from pytest_iflow.reporting.journal.plan import PLAN, planned_by_id, read_plan, without_secrets, write_plan
from pytest_iflow.reporting.masking.reports import own_id
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
        self._node_ids: list[str] = []
        self._began: set[str] = set()
        self._reruns: Counter[str] = Counter()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep the node ids in the order of the plan, which has them masked."""
        self._node_ids = [item.nodeid for item in session.items if _OF_FEATURE in item.nodeid]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Keep them of a worker; write a plan of them where no worker could, as on another machine."""
        self._node_ids = [node_id for node_id in ids if _OF_FEATURE in node_id]
        if not self._plan.exists():
            write_plan(self._plan, map(planned_by_id, self._node_ids))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note that a scenario begins."""
        if _OF_FEATURE in nodeid:
            if not self._began:
                self._on_first()
            self._began.add(nodeid)
            self._journal.start(mask(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result of a scenario; one that fails after its call was judged counts as that."""
        data: dict[str, Any] | None = getattr(report, SCENARIO, None)
        node_id = own_id(report)
        if data is None:
            if report.failed and _OF_FEATURE in node_id:
                self._crash(node_id, report)
            self.others_failed |= report.failed and _OF_FEATURE not in node_id
        elif str(report.outcome) == _RERUN:
            self._reruns[node_id] += 1
            self.finished.pop(node_id, None)
        else:
            self.finished[node_id] = replace(ScenarioResult.from_dict(data), reruns=self._reruns[node_id])

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Write the result into the journal, when nothing can change it any more."""
        if nodeid in self.finished:
            self._journal.finish(self.finished[nodeid], self._clock())

    def not_run(self, reason: str) -> Iterator[ScenarioResult]:
        """Yield what stands in the plan and has no result, with the reason as its message."""
        for node_id, row in self._planned().items():
            if node_id not in self.finished:
                when = "while" if node_id in self._began else "before"
                yield replace(row, message=mask(f"{reason} {when} it ran"))

    def _planned(self) -> dict[str, ScenarioResult]:
        """The rows of the plan by node id; secrets that are known by now are masked in them."""
        rows = read_plan(self._plan)
        if len(rows) != len(self._node_ids):
            rows = list(map(planned_by_id, self._node_ids))
        return {
            node_id: without_secrets(replace(row, node_id=node_id))
            for node_id, row in zip(self._node_ids, rows, strict=True)
        }

    def _crash(self, node_id: str, report: pytest.TestReport) -> None:
        """Keep a scenario in which a worker of xdist died: nobody but xdist reports it."""
        self.finished[node_id] = replace(
            self._planned().get(node_id) or planned_by_id(node_id),
            status="broken",
            message=mask(str(report.longrepr)),
            reruns=self._reruns[node_id],
        )
        self.pytest_runtest_logfinish(node_id)
