"""The results of a run as they come in, each kept in the journal at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from pytest_iflow.reporting.masking.reports import own_id
from pytest_iflow.reporting.report_results import SCENARIO
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.journal import Journal
from pytest_iflow.results.plan import planned_by_id, read_plan, write_plan
from pytest_iflow.results.run_folder import PLAN, BegunScenarios, RunFolder
from pytest_iflow.results.scenario_result import RED, ScenarioResult, ScenarioStatus
from pytest_iflow.secrets.registry import REGISTRY, mask

_RERUN = "rerun"
"""Outcome of a report after which pytest-rerunfailures tries again."""


class ScenarioResults:
    """Keeps the result of each scenario and test; the last try of one that was run again stands.

    ``on_first`` is called before the first of them, ``clock`` gives the seconds since the run began.
    """

    def __init__(
        self,
        folder: Path,
        journal: Journal,
        on_first: Callable[[], None],
        clock: Callable[[], float],
        troubles: Troubles,
    ) -> None:
        self.finished: dict[str, ScenarioResult] = {}
        self._plan = RunFolder(folder).plan
        self._journal = journal
        self._on_first = on_first
        self._clock = clock
        self._troubles = troubles
        self._node_ids: list[str] = []
        self._begun = BegunScenarios()
        self._names: dict[str, tuple[int, str]] = {}
        self._ahead: set[str] = set()
        self._in_workers = False
        self._known_secrets: dict[str, int] = {}
        self._reruns: Counter[str] = Counter()
        self._earlier_messages: dict[str, list[str]] = {}
        self._subtests: dict[str, list[str]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep the node ids in the order of the plan, which has them masked."""
        self._node_ids = [item.nodeid for item in session.items]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Keep them of a worker; write a plan of them where no worker could, as on another machine."""
        self._node_ids, self._in_workers = list(ids), True
        if not self._plan.exists():
            with self._troubles.writing(PLAN):
                write_plan(self._plan, map(planned_by_id, self._node_ids))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep a module that was skipped as a whole."""
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
            self._add_without_run(report.nodeid, "skipped", reason.removeprefix("Skipped: "))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note that a scenario or test begins, unless it has in its thread."""
        if nodeid in self._ahead:
            self._ahead.remove(nodeid)
        else:
            self._start(nodeid)

    def start_ahead(self, nodeid: str) -> None:
        """Note that a scenario begins in its thread."""
        if nodeid not in self._begun:
            self._ahead.add(nodeid)
            self._start(nodeid)

    def _start(self, nodeid: str) -> None:
        if not self._begun:
            self._on_first()
        notes_messages = not self._in_workers
        self._begun.begin(nodeid, notes_messages=notes_messages)
        self._journal.start(self._shown(nodeid), notes_messages=notes_messages)

    def send(self, nodeid: str) -> None:
        """Note that a scenario begins to send a message."""
        self._begun.send(nodeid)
        self._journal.send(self._shown(nodeid))

    def _shown(self, nodeid: str) -> str:
        """Return a node id as it is written; that of a scenario that goes on is masked once."""
        version, known = REGISTRY.version, self._names.get(nodeid)
        if known is None or known[0] != version:
            known = self._names[nodeid] = version, mask(nodeid)
        return known[1]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a result; one that fails after its call was judged counts as that."""
        result: ScenarioResult | None = getattr(report, SCENARIO, None)
        node_id = own_id(report)
        if hasattr(report, "context"):  # a subtest: pytest fails the test that it is a part of
            if report.failed:
                self._subtests.setdefault(node_id, []).append(result.message if result else "")
        elif result is None:
            if report.failed:
                self._add_without_run(node_id, "broken", str(report.longrepr))
                self.pytest_runtest_logfinish(node_id)  # nobody but xdist tells of a worker that crashed
        elif str(report.outcome) == _RERUN:
            self._reruns[node_id] += 1
            self._earlier_messages.setdefault(node_id, []).extend(result.message_ids)
            self.finished.pop(node_id, None)
            self._subtests.pop(node_id, None)
        else:
            self.finished[node_id] = self._with_subtests(node_id, result)
            self._known_secrets[node_id] = REGISTRY.version

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Write the result into the journal, when nothing can change it any more.

        It is masked again where a secret came in since its report.
        """
        self._names.pop(nodeid, None)
        result, version = self.finished.get(nodeid), self._known_secrets.pop(nodeid, None)
        if result is not None:
            if version != REGISTRY.version:
                result = self.finished[nodeid] = result.masked(mask)
            self._journal.finish(result, self._clock())

    def not_run(self, reason: str) -> Iterator[ScenarioResult]:
        """Yield what stands in the plan and has no result, with the reason as its message."""
        rest = [node_id for node_id in self._node_ids if node_id not in self.finished]
        planned = self._planned() if rest else {}
        for node_id in rest:
            row = replace(planned[node_id], message=f"{reason} {self._begun.words(node_id)}")
            yield row.masked(mask)

    def _planned(self) -> dict[str, ScenarioResult]:
        """The rows of the plan by node id, which they have masked."""
        try:
            rows = read_plan(self._plan)
        except OSError:
            rows = []
        if len(rows) != len(self._node_ids):
            rows = [planned_by_id(node_id) for node_id in self._node_ids]
        return dict(zip(self._node_ids, rows, strict=True))

    def _with_subtests(self, node_id: str, result: ScenarioResult) -> ScenarioResult:
        reruns = self._reruns[node_id]
        failed = self._subtests.get(node_id, ())
        if reruns:
            earlier = self._earlier_messages.get(node_id, ())
            result = replace(result, reruns=reruns, message_ids=(*earlier, *result.message_ids))
        if not failed or result.status in RED:
            return result
        parts = "subtest" if len(failed) == 1 else "subtests"
        message = "\n".join([f"{len(failed)} {parts} failed", *failed])
        return replace(result, status="failed", message=message)

    def _add_without_run(self, node_id: str, status: ScenarioStatus, message: str) -> None:
        row = self._planned().get(node_id) or planned_by_id(node_id)
        row = replace(row, status=status, message=message, reruns=self._reruns[node_id])
        self.finished[node_id] = row.masked(mask)
