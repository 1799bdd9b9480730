"""The result of each scenario on its report: made of its record where it runs, and sent with the report.

So the result reaches the controller of xdist, too.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from msgspec.structs import replace

from pytest_iflow.gherkin.collector import COLLECTED, faulty_steps
from pytest_iflow.reporting.exchange_text import rendered
from pytest_iflow.reporting.failure import outcome, present_scenario, shorten
from pytest_iflow.reporting.recorder import ScenarioRecorder
from pytest_iflow.reporting.scenario_record import ScenarioRecord
from pytest_iflow.results.json_format import from_plain, to_plain
from pytest_iflow.results.plan import planned_item
from pytest_iflow.results.scenario_result import RED, ScenarioResult, StepResult
from pytest_iflow.run import Run
from pytest_iflow.transport.exchange import Exchange

SCENARIO = "iflow_scenario"
"""Attribute of a test report that holds the ``ScenarioResult``."""

ADVICE = "iflow_advice"
"""Attribute of a test report: what would make the run faster, in words for the terminal."""

UNCHECKED_FORMATS = "iflow_unchecked_formats"
"""Attribute of a test report: formats that no library checks, found since the report before."""

NOT_RUN = pytest.StashKey[bool]()
"""Key of an item's stash: the item is skipped since the environment is broken."""


class ResultsOnReports:
    """Puts the result of each scenario on the report that decides, and what was found out about the run."""

    def __init__(self, run: Run, recorder: ScenarioRecorder) -> None:
        self._run = run
        self._recorder = recorder
        self._advised = False
        self._formats: set[str] = set()

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
        if report.when == "teardown" and judged is not None and judged.status in RED:
            # What failed first stands.
            return replace(judged, message=f"{judged.message}\nafter that: {message}")
        record.result = planned_item(
            item,
            status="not run" if not_run else status,
            seconds=report.duration,
            message=message,
            exchange=rendered(last) if last else "",
            steps=tuple(
                StepResult(
                    step.step.keyword, step.step.name, step.step.line_number, step.status, step.seconds
                )
                for step in record.steps
                if step.step is not None
            ),
            message_log="" if report.passed else record.message_log,
            monitoring_requests=record.monitoring_requests,
            cause=record.cause if report.failed else "",
            iflows=tuple(dict.fromkeys(self._artifact(each) for each in record.called.values())),
            calls=record.calls,
            other_environments=tuple(record.elsewhere),
        )
        return record.result

    def _artifact(self, exchange: Exchange) -> str:
        """The id of the artifact that was called, by what is known without a question; else as called."""
        return self._run.discovery.called_artifact(exchange) or exchange.iflow or ""
