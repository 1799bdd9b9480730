"""The result of each scenario on its report: made of its record where it runs, and sent with the report.

So the result reaches the controller of xdist, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pytest_iflow.errors import CheckError
from pytest_iflow.gherkin.collector import COLLECTED, faulty_steps
from pytest_iflow.reporting.exchange_text import rendered
from pytest_iflow.reporting.failure import outcome, present_scenario, shorten
from pytest_iflow.reporting.recorder import ScenarioRecorder
from pytest_iflow.reporting.scenario_record import ScenarioRecord
from pytest_iflow.results.json_format import from_plain, to_plain
from pytest_iflow.results.plan import planned_item
from pytest_iflow.results.scenario_result import (
    PASSED_IN_FULL,
    PASSED_ROOM,
    PASSED_ROWS,
    RED,
    Difference,
    GoldenPlace,
    ScenarioResult,
    StepResult,
)
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask, mask_part
from pytest_iflow.tenants.credentials import exported_flows
from pytest_iflow.transport.exchange import Exchange

SCENARIO = "iflow_scenario"
"""Attribute of a test report that holds the ``ScenarioResult``."""

ADVICE = "iflow_advice"
"""Attribute of a test report: what would make the run faster, in words for the terminal."""

UNCHECKED_FORMATS = "iflow_unchecked_formats"
"""Attribute of a test report: formats that no library checks, found since the report before."""

NOT_RUN = pytest.StashKey[bool]()
"""Key of an item's stash: the item is skipped since the environment is broken."""


PASSED_CALLS = 4_000
"""Characters of all calls of such a scenario that are kept; Allure has all."""

MOST_DIFFERENCES = 50
"""Differences of a failure that are kept one by one; its message has all."""

PASSED_BELOW, BELOW = 1_000, 16 * 1024
"""Characters that are kept of a doc string or a table: of such a scenario, and of one that did not pass."""


class KeptOfPassed:
    """Decides of which scenarios that passed calls, doc strings and tables are kept.

    They are the first ones, and of an outline the first rows: ten thousand scenarios stay small in memory, in
    ``summary.json`` and on its page.
    """

    def __init__(self) -> None:
        self._scenarios, self._room = PASSED_IN_FULL, PASSED_ROOM
        self._rows: Counter[int] = Counter()

    def keeps(self, item: pytest.Item) -> bool:
        """Return whether they are kept of one more scenario."""
        collected = item.stash.get(COLLECTED, None)
        if collected is None or not self._scenarios or self._room <= 0:
            return False
        outline = id(collected.scenario)
        if self._rows[outline] >= PASSED_ROWS:
            return False
        self._rows[outline] += 1
        self._scenarios -= 1
        return True

    def take(self, result: ScenarioResult) -> None:
        """Count the room that the result of such a scenario takes."""
        self._room -= result.room

    @staticmethod
    def calls(record: ScenarioRecord) -> str:
        """Return the calls of iFlows that a scenario made, in short; without any its other requests."""
        found = [each for each in record.attached if each.exchange is not None]
        calls = [each for each in found if each.exchange and each.exchange.iflow] or found
        return _shortened("\n\n".join(str(each.body) for each in calls), PASSED_CALLS)


def _steps(record: ScenarioRecord, below: int) -> Iterator[StepResult]:
    """Yield the steps of a scenario, with so many characters of what stands ``below`` each."""
    for ran in record.steps:
        if (step := ran.step) is None:
            continue
        result = StepResult(step.keyword, step.name, step.line_number, ran.status, ran.seconds)
        if below and (step.docstring or step.datatable):
            doc_string = _shortened(step.docstring or "", below)
            rows = [tuple(map(str, row)) for row in step.datatable.raw()] if step.datatable else []
            sizes = accumulate(sum(map(len, row)) for row in rows)
            table = tuple(row for row, size in zip(rows, sizes, strict=True) if size <= below)
            if len(table) < len(rows):
                table += ((f"… {len(rows) - len(table)} more rows",),)
            result = replace(result, doc_string=doc_string, table=table)
        yield result


def _shortened(text: str, most: int) -> str:
    """Return a text, cut where it is long: what is cut is masked, since half a secret would not be found."""
    if len(text) <= most:
        return text
    return f"{mask_part(text, 0, most)}\n… cut here: {most:,} of {len(text):,} characters are shown"


def _differences(call: pytest.CallInfo[None]) -> Iterator[Difference]:
    """Yield what a check that failed expected and found, where it knows."""
    error = call.excinfo.value if call.excinfo is not None else None
    for row in error.rows[:MOST_DIFFERENCES] if isinstance(error, CheckError) else ():
        yield Difference(*row)


class ResultsOnReports:
    """Puts the result of each scenario on the report that decides, and what was found out about the run."""

    def __init__(self, run: Run, recorder: ScenarioRecorder) -> None:
        self._run = run
        self._recorder = recorder
        self._keeps_messages = run.reads_step_logs or bool(exported_flows(run.environment))
        self._advised = False
        self._formats: set[str] = set()
        self._passed = KeptOfPassed()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the result on the report that decides: the call, or the phase around it that failed."""
        record = self._recorder.record_of(item)
        collected = item.stash.get(COLLECTED, None)
        if collected is not None and call.excinfo is not None:
            shorten(call.excinfo, item.config)
            if faulty := faulty_steps(item, call.excinfo.value):
                record.steps.clear()
                for step, status in faulty:
                    record.add_step(step, status)
        report = yield
        if call.when == "call":
            record.began, record.ended = call.start, call.stop
        if collected is not None:
            present_scenario(report, call, collected, record)
            for writer in self._recorder.writers:
                writer.judge(record, report, call)
        if report.when == "call" or not report.passed:
            setattr(report, SCENARIO, self._result(report, call, record))
            self._add_findings(report)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(self) -> Generator[None, Any, Any]:
        """Send the result to the controller of xdist as plain values."""
        data = yield
        if data is not None and isinstance(result := data.get(SCENARIO), ScenarioResult):
            data[SCENARIO] = to_plain(result)
        return data

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(self, data: dict[str, Any]) -> Generator[None, Any, Any]:
        """Take the result that a worker sent."""
        plain = data.pop(SCENARIO, None)
        report = yield
        if report is not None and plain is not None:
            setattr(report, SCENARIO, from_plain(plain, ScenarioResult))
        return report

    def _add_findings(self, report: pytest.TestReport) -> None:
        """Put what this process found out about the run on a report: so the controller of xdist learns it."""
        if not self._advised and (advice := self._run.pacing.advice):
            self._advised = True
            setattr(report, ADVICE, advice)
        if "schemas" in self._run.__dict__ and (new := self._run.schemas.unchecked - self._formats):
            self._formats |= new
            setattr(report, UNCHECKED_FORMATS, sorted(new))

    def _result(
        self, report: pytest.TestReport, call: pytest.CallInfo[None], record: ScenarioRecord
    ) -> ScenarioResult:
        item, judged = record.item, record.result
        not_run = report.skipped and NOT_RUN in item.stash
        last = None if report.passed else record.last
        status, message = outcome(report, call, item)
        is_kept = status == "passed" and self._passed.keeps(item)
        below = PASSED_BELOW if is_kept else 0 if status == "passed" else BELOW
        if report.when == "teardown" and judged is not None and judged.status in RED:
            # What failed first stands.
            return replace(judged, message=f"{judged.message}\nafter that: {message}")
        record.result = planned_item(
            item,
            status="not run" if not_run else status,
            seconds=report.duration,
            message=message,
            exchange=rendered(last) if last else self._passed.calls(record) if is_kept else "",
            steps=tuple(_steps(record, below)),
            message_log="" if report.passed else record.message_log,
            monitoring_requests=record.monitoring_requests,
            cause=record.cause if report.failed else "",
            iflows=tuple(dict.fromkeys(self._artifact(each) for each in record.called.values())),
            calls=record.calls,
            other_environments=tuple(record.elsewhere),
            differences=tuple(_differences(call)),
            golden_places=tuple(self._golden_places(call)),
            message_ids=tuple(record.message_ids) if self._keeps_messages else (),
            application_ids=tuple(record.application_ids) if self._run.reads_step_logs else (),
        )
        if is_kept:
            self._passed.take(record.result)
        return record.result

    def _golden_places(self, call: pytest.CallInfo[None]) -> Iterator[GoldenPlace]:
        """Yield where the answer differs from golden messages, where nothing else is wrong."""
        error = call.excinfo.value if call.excinfo is not None else None
        for golden, path in error.golden_places if isinstance(error, CheckError) else ():
            is_ours = Path(golden).is_relative_to(self._run.root)
            name = Path(golden).relative_to(self._run.root).as_posix() if is_ours else golden
            yield GoldenPlace(mask(name), mask(path))

    def _artifact(self, exchange: Exchange) -> str:
        """The id of the artifact that was called, by what is known without a question; else as called."""
        return self._run.discovery.called_artifact(exchange) or exchange.iflow or ""
