"""What happens in each scenario while it runs: its steps, their outcome, and its HTTP exchanges.

The recorder is a plugin of pytest in the process that runs scenarios. It puts the result of a scenario on
the report of the test, as plain values under ``SCENARIO``, so that it reaches the controller of xdist.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

import pytest
from _pytest._code.code import ExceptionRepr
from pytest_bdd.parser import Scenario, Step

from pytest_iflow.gherkin.collector import COLLECTED, CollectedScenario, faulty_steps
from pytest_iflow.reporting.console_text import harmless
from pytest_iflow.reporting.exchange_text import exchange_text
from pytest_iflow.reporting.failure import EXPLAINED, present_failure, shorten
from pytest_iflow.reporting.masking.values import masked_comparison
from pytest_iflow.reporting.message_evidence import MESSAGE_LOG
from pytest_iflow.reporting.refusal import note_refusal
from pytest_iflow.results.json_format import to_plain
from pytest_iflow.results.plan import planned_item
from pytest_iflow.results.scenario_result import (
    RED,
    CallResult,
    ScenarioResult,
    ScenarioStatus,
    StepResult,
    StepStatus,
    slowest,
)
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask
from pytest_iflow.transport.exchange import Exchange

SCENARIO = "iflow_scenario"
"""Attribute of a test report that holds a ScenarioResult as ``to_plain`` makes it."""

NOT_RUN = pytest.StashKey[bool]()
"""Key of an item's stash: the item is skipped since the environment is broken."""


@dataclass(slots=True)
class _Running:
    """The scenario that runs now."""

    steps: list[StepResult] = field(default_factory=list)
    last: Exchange | None = None
    called: dict[str, Exchange] = field(default_factory=dict)
    calls: tuple[CallResult, ...] = ()
    cause: str = ""
    notes: dict[str, str] = field(default_factory=dict)
    monitoring_requests: int = 0
    judged: ScenarioResult | None = None
    open: Step | None = None
    opened_at: float = 0.0
    ahead: list[Step] = field(default_factory=list)


class ScenarioRecorder:
    """Records scenarios, one at a time."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._running = _Running()

    def observe(self, exchange: Exchange) -> None:
        """Take an exchange into the evidence of the running scenario; questions to the API are counted.

        They are many, and notes tell what came of them. A token that is granted after a call is one for such
        questions; the call stays what the scenario is about.
        """
        running = self._running
        if exchange.iflow is not None:
            running.called.setdefault(exchange.iflow, exchange)
            running.calls = slowest((*running.calls, CallResult.of(exchange)))
        about_a_call = running.last is not None and running.last.iflow is not None
        if exchange.is_monitoring:
            running.monitoring_requests += 1
        elif exchange.iflow or not about_a_call or exchange.response.status != HTTPStatus.OK:
            running.last = exchange

    def note(self, title: str, text: str) -> None:
        """Take what was found out about a message into the evidence; the last of each title stands."""
        self._running.notes[title] = mask(text)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Begin with nothing, before any fixture of the scenario acts."""
        self._running = _Running()

    def pytest_bdd_before_scenario(self, scenario: Scenario) -> None:
        """Note the steps that lie ahead."""
        self._running.ahead = list(scenario.steps)

    def pytest_bdd_before_step(self, step: Step) -> None:
        """Open a step."""
        self._running.open, self._running.opened_at = step, time.perf_counter()

    def pytest_bdd_after_step(self) -> None:
        """Close a step that did what it should."""
        self._close("passed")

    @pytest.hookimpl(tryfirst=True)  # before others show what was raised
    def pytest_bdd_step_error(self, exception: Exception) -> None:
        """Close a step that raised, and say why a call was refused."""
        self._running.cause = note_refusal(self._run, exception, self._running.last)
        self._close("failed")

    def pytest_bdd_step_func_lookup_error(self, step: Step) -> None:
        """Note a step that no definition fits."""
        self.pytest_bdd_before_step(step)
        self._close("undefined")

    def pytest_bdd_after_scenario(self) -> None:
        """Note the steps that were not reached; one still open was left by ``pytest.skip`` or Ctrl-C."""
        if self._running.open is not None:
            self._close("skipped")
        for step in self._running.ahead:
            self._running.steps.append(_step_result(step, "skipped", 0.0))
        self._running.ahead = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the result on the report that decides: the call, or the phase around it that failed."""
        collected = item.stash.get(COLLECTED, None)
        if collected is not None and call.excinfo is not None:
            shorten(call.excinfo, item.config)
            if faulty := faulty_steps(item, call.excinfo.value):
                self._running.steps = [_step_result(step, status, 0.0) for step, status in faulty]
        report = yield
        if collected is not None:
            self._present(report, call, collected, item)
        if report.when == "call" or not report.passed:
            setattr(report, SCENARIO, to_plain(self._result(report, call, item)))
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_assertrepr_compare(
        self, op: str, left: object, right: object
    ) -> Generator[None, list[Any], list[Any]]:
        """Mask both sides of a comparison that failed."""
        explanations = yield
        return masked_comparison(op, left, right, explanations)

    def _close(self, status: StepStatus) -> None:
        running = self._running
        if running.open is None:
            return
        seconds = time.perf_counter() - running.opened_at
        running.steps.append(_step_result(running.open, status, seconds))
        running.open = None
        del running.ahead[:1]

    def _scenario_text(self, collected: CollectedScenario) -> list[str]:
        """The scenario as written, with the step that failed marked."""
        marks = {"failed": ">", "undefined": ">"}
        shown = f"{collected.feature.path.name}:{collected.line}"
        return [
            harmless(mask(line))
            for line in (
                f"  {collected.scenario.keyword}: {collected.title}    ({shown})",
                *(
                    f"{marks.get(step.status, ' ')}     {step.keyword} {step.text}"
                    for step in self._running.steps
                ),
                "",
            )
        ]

    def _present(
        self,
        report: pytest.TestReport,
        call: pytest.CallInfo[None],
        collected: CollectedScenario,
        item: pytest.Item,
    ) -> None:
        """Show a scenario in the words of its feature; Python tests are shown as pytest does."""
        if report.failed and call.excinfo is not None:
            present_failure(report, call.excinfo.value, self._scenario_text(collected), item.config)
            self._attach_evidence(report)
        if report.skipped and isinstance(report.longrepr, tuple):
            report.longrepr = (str(item.path), collected.line, report.longrepr[2])

    def _attach_evidence(self, report: pytest.TestReport) -> None:
        if not isinstance(report.longrepr, ExceptionRepr):
            return
        if self._running.last is not None:
            report.longrepr.addsection("last exchange", harmless(exchange_text(self._running.last)), "-")
        if MESSAGE_LOG in self._running.notes:
            report.longrepr.addsection(MESSAGE_LOG, harmless(self._running.notes[MESSAGE_LOG]), "-")

    def _result(
        self, report: pytest.TestReport, call: pytest.CallInfo[None], item: pytest.Item
    ) -> ScenarioResult:
        running, not_run = self._running, report.skipped and NOT_RUN in item.stash
        last = None if report.passed else running.last
        message = mask(_message(report, call, item))
        if report.when == "teardown" and running.judged is not None and running.judged.status in RED:
            # What failed first stands.
            return replace(running.judged, message=f"{running.judged.message}\nafter that: {message}")
        running.judged = replace(
            planned_item(item),
            status="not run" if not_run else _status(report, call, item),
            seconds=report.duration,
            message=message,
            exchange=exchange_text(last) if last else "",
            steps=tuple(running.steps),
            message_log="" if report.passed else running.notes.get(MESSAGE_LOG, ""),
            monitoring_requests=running.monitoring_requests,
            cause=running.cause if report.failed else "",
            iflows=tuple(dict.fromkeys(self._artifact(each) for each in running.called.values())),
            calls=running.calls,
        )
        return running.judged

    def _artifact(self, exchange: Exchange) -> str:
        """The id of the artifact that was called, by what is known without a question; else as called."""
        return self._run.discovery.called_artifact(exchange) or mask(exchange.iflow or "")


def _step_result(step: Step, status: StepStatus, seconds: float) -> StepResult:
    return StepResult(step.keyword, mask(step.name), step.line_number, status, seconds)


def _status(report: pytest.TestReport, call: pytest.CallInfo[None], item: pytest.Item) -> ScenarioStatus:
    if report.passed or report.skipped:
        return "passed" if report.passed else "skipped"
    if report.when != "call":
        return "broken"
    if isinstance(item, pytest.DoctestItem):
        return "failed"
    error = call.excinfo.value if call.excinfo is not None else None
    # Without an error pytest itself fails what passed: an xfail that is strict.
    return "failed" if isinstance(error, AssertionError | pytest.fail.Exception | None) else "broken"


def _message(report: pytest.TestReport, call: pytest.CallInfo[None], item: pytest.Item) -> str:
    expected: str | None = getattr(report, "wasxfail", None)
    if expected is not None:
        what = "an expected failure" if report.skipped else "it passed, though a failure was expected"
        return f"{what}: {expected.removeprefix('reason: ')}".removesuffix(": ")
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    if report.passed:
        return ""
    if call.excinfo is None or isinstance(item, pytest.DoctestItem):
        return report.longreprtext
    error: Any = call.excinfo.value
    return str(error) if isinstance(error, EXPLAINED) else call.excinfo.exconly()
