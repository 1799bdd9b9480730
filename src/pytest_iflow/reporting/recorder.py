"""The plugin of pytest that keeps the record of each scenario, in the process that runs it.

It hears of steps, exchanges and notes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Protocol

import pytest
from pytest_bdd.exceptions import StepDefinitionNotFoundError
from pytest_bdd.parser import Scenario, Step

from pytest_iflow.errors import CheckError, IflowError, cause_of
from pytest_iflow.gherkin.fixture_values import Fixtures
from pytest_iflow.reporting.exchange_text import exchange_title, rendered
from pytest_iflow.reporting.scenario_record import Attachment, ScenarioRecord
from pytest_iflow.run import Note, NoteKind, Run
from pytest_iflow.tenants.credentials import exported_flows
from pytest_iflow.transport.exchange import Exchange

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
        self._tested = str(run.environment)
        self._may_run_scripts = bool(exported_flows(run.environment))
        self.several_run = False
        self.message_listeners: list[Callable[[str], None]] = []
        self._latest: ScenarioRecord | None = None

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
        title, is_elsewhere = exchange_title(exchange), exchange.environment not in {"", self._tested}
        if is_elsewhere:
            title = f"{exchange.environment}: {title}"
            record.add_exchange_elsewhere(exchange)
        else:
            record.add_exchange(exchange)
        if record.is_scenario and self.writers and not exchange.is_monitoring:
            self._attach(record, Attachment(title, rendered(exchange), exchange=exchange))

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
            record.message_log, record.brief_log = note.text, note.brief
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
        self.record_of(item)
        try:
            return (yield)
        finally:
            self._finish()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Begin a record before any fixture of the scenario acts: a second try has one of its own."""
        self.record_of(item)

    def pytest_runtest_logfinish(self) -> None:
        """Finish the record of a scenario, or of one try of it."""
        self._finish()

    def record_of(self, item: pytest.Item) -> ScenarioRecord:
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
        self._note_prints(record)
        if error is not None and not isinstance(error, StepDefinitionNotFoundError):
            from pytest_iflow.diagnosis.gathering import note_refusal

            self._ask_tenant(record)
            if isinstance(error, IflowError) and error.run is not None:
                if isinstance(error.exchange, Exchange):
                    record.last = error.exchange
                elif not isinstance(error, CheckError):  # no answer came from there
                    record.last = None
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

    def _note_prints(self, record: ScenarioRecord) -> None:
        """Note what scripts printed for the messages of the step, on the local tenant.

        Where no iFlow with scripts is deployed it is not asked again.
        """
        messages = list(record.message_ids)[record.prints_asked :]
        if not (messages and self._may_run_scripts and self.writers and record.is_scenario):
            return
        record.prints_asked += len(messages)
        with suppress(IflowError):
            printed, self._may_run_scripts = self._run.local_administration.script_prints(messages)
            if printed:
                self._run.note("what scripts printed", printed)

    def _ask_tenant(self, record: ScenarioRecord) -> None:
        """Note which call the step was about, and what the tenant knows about its message.

        The step that failed may have asked about something else: a body, a status. What the message log says
        often is the cause, also behind an answer with status 2xx.
        """
        request: Any = getattr(record.item, "_request", None)  # of a scenario, and of Python that binds one
        value = record.fixtures.value if record.fixtures else request.getfixturevalue
        conversation = value("conversation")
        record.last = conversation.judged_exchange or record.last
        try:
            report = conversation.message_report()
        except IflowError as error:
            text = f"it could not be read: {error}"
            self._run.note("message log", text, NoteKind.MESSAGE_LOG, text)
        else:
            if report is not None:
                self._run.note("message log", report.text, NoteKind.MESSAGE_LOG, report.brief)


def _record_of(item: pytest.Item) -> ScenarioRecord:
    """The record of a test; a new one where the one before is finished, as when it is run again."""
    record = item.stash.get(_RECORD_OF, None)
    if record is None or record.finished:
        record = item.stash[_RECORD_OF] = ScenarioRecord(item)
    return record
