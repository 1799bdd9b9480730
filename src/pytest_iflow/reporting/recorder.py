"""The plugin of pytest that keeps the record of each scenario, in the process that runs it.

It hears of steps, exchanges and notes, and puts the result of the scenario on the report of the test. So the
result reaches the controller of xdist, too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Protocol

import pytest
from pytest_bdd.exceptions import StepDefinitionNotFoundError
from pytest_bdd.parser import Scenario, Step

from pytest_iflow.errors import IflowError, cause_of
from pytest_iflow.gherkin.collector import COLLECTED, faulty_steps
from pytest_iflow.gherkin.fixture_values import Fixtures
from pytest_iflow.reporting.exchange_text import exchange_title, rendered
from pytest_iflow.reporting.failure import outcome, present_scenario, shorten
from pytest_iflow.reporting.scenario_record import Attachment, ScenarioRecord
from pytest_iflow.results.json_format import from_plain, to_plain
from pytest_iflow.results.plan import planned_item
from pytest_iflow.results.scenario_result import RED, ScenarioResult, StepResult
from pytest_iflow.run import Note, NoteKind, Run
from pytest_iflow.transport.exchange import Exchange

SCENARIO = "iflow_scenario"
"""Attribute of a test report that holds the ``ScenarioResult``."""

ADVICE = "iflow_advice"
"""Attribute of a test report: what would make the run faster, in words for the terminal."""

UNCHECKED_FORMATS = "iflow_unchecked_formats"
"""Attribute of a test report: formats that no library checks, found since the report before."""

NOT_RUN = pytest.StashKey[bool]()
"""Key of an item's stash: the item is skipped since the environment is broken."""


MOST_HELD = 8 * 1024 * 1024
"""Characters of evidence that a scenario may gather before it is written."""

_RECORD_OF = pytest.StashKey[ScenarioRecord]()
"""Key of an item's stash: the record of its run, until that is written."""

_RECORD: ContextVar[ScenarioRecord | None] = ContextVar("iflow_scenario_record", default=None)
"""The record of the scenario that this thread, or this task, runs."""


class RecordWriter(Protocol):
    """Writes what a scenario left, masked."""

    def judge(self, record: ScenarioRecord, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
        """Take the outcome of a phase of a scenario: set-up, call or tear-down."""

    def write(self, record: ScenarioRecord) -> None:
        """Write all of a scenario that is finished."""

    def flush(self, record: ScenarioRecord) -> None:
        """Write the evidence that a scenario has gathered so far, and let go of it."""


class ScenarioRecorder:
    """Keeps a record of each scenario and test, and hands it to the ``writers`` when it is finished.

    It is the ``StepListener`` of compiled scenarios. Where pytest-bdd runs the steps, its hooks say the same.
    """

    def __init__(self, run: Run) -> None:
        self.writers: list[RecordWriter] = []
        self._run = run
        self.several_run = False
        self.message_listeners: list[Callable[[str], None]] = []
        self._latest: ScenarioRecord | None = None
        self._advised = False
        self._formats: set[str] = set()

    @property
    def current(self) -> ScenarioRecord | None:
        """The record of the scenario that runs; None between scenarios.

        A thread that a step started has no context of its own: what it does belongs to the latest scenario.
        Where several run at once nobody knows which, so it belongs to none.
        """
        record = _RECORD.get() or (None if self.several_run else self._latest)
        return None if record is None or record.finished else record

    def observe(self, exchange: Exchange) -> None:
        """Take an exchange into the record of the running scenario."""
        record = self.current
        if record is None:
            return
        record.add_exchange(exchange)
        if record.is_scenario and self.writers and not exchange.is_monitoring:
            self._attach(record, Attachment(exchange_title(exchange), rendered(exchange)))

    def announce_call(self) -> None:
        """Tell the listeners, by its node id, that the running scenario begins to send its first message."""
        record = self.current
        if record is not None and not record.sends_message:
            record.sends_message = True
            for tell in self.message_listeners:
                tell(record.item.nodeid)

    def note(self, note: Note) -> None:
        """Take what was found out about a message into the record."""
        record = self.current
        if record is None:
            return
        if note.kind is NoteKind.MONITOR_PAGE:
            record.pages[note.text] = None
            return
        if note.kind is NoteKind.MESSAGE_LOG:
            record.message_log = note.text
        if record.is_scenario and self.writers:
            self._attach(record, Attachment(note.title, note.text))

    def _attach(self, record: ScenarioRecord, attachment: Attachment) -> None:
        """Attach evidence; of a scenario that gathers much of it, it is written before the end."""
        record.attach(attachment)
        if sum(len(each.body) for each in record.attached) > MOST_HELD:
            for writer in self.writers:
                writer.flush(record)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Finish the record of a scenario also where Ctrl-C ends it."""
        self._record_of(item)
        try:
            return (yield)
        finally:
            self._finish()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin a record before any fixture of the scenario acts: a second try has one of its own."""
        self._record_of(item)

    def pytest_runtest_logfinish(self) -> None:
        """Finish the record of a scenario, or of one try of it."""
        self._finish()

    def _record_of(self, item: pytest.Item) -> ScenarioRecord:
        """The record of a test that pytest runs now; its thread may have begun it before."""
        record = self.current
        if record is None or record.item is not item:
            record = self._latest = _record_of(item)
            _RECORD.set(record)
        return record

    def adopt(self, item: pytest.Item, fixtures: Fixtures) -> None:
        """Let what happens in this thread go into the record of a scenario that has these fixtures."""
        record = _record_of(item)
        record.fixtures, record.thread = fixtures, threading.current_thread().name
        _RECORD.set(record)

    def _finish(self) -> None:
        record = self.current
        if record is not None:
            record.finished = True
            del record.item.stash[_RECORD_OF]
            for writer in self.writers:
                writer.write(record)

    def abandon(self, item: pytest.Item) -> None:
        """Take nothing more into the record of a scenario that the end of the run left unfinished."""
        _record_of(item).finished = True

    def begin_scenario(self, steps: Sequence[Step]) -> None:
        """Note the steps that lie ahead."""
        if record := self.current:
            record.begin_scenario(steps)

    def begin_step(self, step: Step) -> None:
        """Open a step."""
        if record := self.current:
            record.begin_step(step)

    def end_step(self, error: BaseException | None) -> None:
        """Close the step that is open; where it failed, say why a call was refused and what the log says."""
        record = self.current
        if record is None:
            return
        if error is not None and not isinstance(error, StepDefinitionNotFoundError):
            from pytest_iflow.diagnosis.gathering import note_refusal

            self._ask_tenant(record)
            note_refusal(self._run, error, record.last)
            record.cause = cause_of(error)
        record.end_step(error)

    def end_scenario(self) -> None:
        """Note the steps that were not reached."""
        if record := self.current:
            record.end_scenario()

    pytest_bdd_before_step, pytest_bdd_after_scenario = begin_step, end_scenario

    def pytest_bdd_before_scenario(self, scenario: Scenario) -> None:
        """Take the steps that pytest-bdd is going to run."""
        self.begin_scenario(scenario.steps)

    def pytest_bdd_after_step(self) -> None:
        """Take the end of a step of pytest-bdd that passed."""
        self.end_step(None)

    @pytest.hookimpl(tryfirst=True)  # before others show what was raised
    def pytest_bdd_step_error(self, exception: Exception) -> None:
        """Take the end of a step of pytest-bdd that raised."""
        self.end_step(exception)

    def pytest_bdd_step_func_lookup_error(self, step: Step, exception: Exception) -> None:
        """Take a step of pytest-bdd that no definition fits."""
        self.begin_step(step)
        self.end_step(exception)

    def _ask_tenant(self, record: ScenarioRecord) -> None:
        """Note what the tenant knows about the message of the last call, if there was one.

        The step that failed may have asked about something else: a body, a status. What the message log says
        often is the cause, also behind an answer with status 2xx.
        """
        request: Any = getattr(record.item, "_request", None)  # of a scenario, and of Python that binds one
        value = record.fixtures.value if record.fixtures else request.getfixturevalue
        conversation = value("conversation")
        try:
            report = conversation.message_report()
        except IflowError as error:
            report = f"it could not be read: {error}"
        if report:
            self._run.note("message log", report, NoteKind.MESSAGE_LOG)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the result on the report that decides: the call, or the phase around it that failed."""
        record = self._record_of(item)
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
            for writer in self.writers:
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
        )
        return record.result

    def _artifact(self, exchange: Exchange) -> str:
        """The id of the artifact that was called, by what is known without a question; else as called."""
        return self._run.discovery.called_artifact(exchange) or exchange.iflow or ""


def _record_of(item: pytest.Item) -> ScenarioRecord:
    """The record of a test; a new one where the one before is finished, as when it is run again."""
    record = item.stash.get(_RECORD_OF, None)
    if record is None or record.finished:
        record = item.stash[_RECORD_OF] = ScenarioRecord(item)
    return record
