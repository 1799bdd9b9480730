"""The record of one scenario or test: its steps, its calls and what was found out, each noted once.

The recorder fills it while the scenario runs. Whatever reports a scenario takes from it: the result of the
scenario, the terminal, Allure.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import time
from collections.abc import Sequence
from http import HTTPStatus
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from msgspec import Struct, field
from pytest_bdd.exceptions import StepDefinitionNotFoundError
from pytest_bdd.parser import Step

from pytest_iflow.gherkin.collector import COLLECTED
from pytest_iflow.gherkin.fixture_values import Fixtures
from pytest_iflow.results.scenario_result import CallResult, ScenarioResult, StepStatus, slowest
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX
from pytest_iflow.transport.exchange import Exchange

LONGEST_LINE = 120
"""Characters of a doc string that is shown beside its step."""

MOST_MESSAGES = 1_000
"""Messages of one scenario whose ids are kept."""

_PROCESS = str(uuid4())[:-12]
_NUMBERS = count()


def new_uuid() -> str:
    """Return a UUID: random for this process, then counted, which is far quicker than random each time."""
    return f"{_PROCESS}{next(_NUMBERS):012x}"


class Attachment(Struct):
    """A named piece of evidence in a ``file``; once that is written, the body is empty.

    ``exchange`` is the one that it tells of, if it does.
    """

    name: str
    body: str | bytes
    mime_type: str = "text/plain"
    extension: str = "txt"
    exchange: Exchange | None = None
    file: str = ""

    def __post_init__(self) -> None:
        self.file = f"{new_uuid()}-attachment.{self.extension}"


class Verdict(Struct):
    """What Allure shows of the outcome: one of its statuses, message, trace, labels of the cause."""

    status: str
    message: str = ""
    trace: str = ""
    labels: tuple[tuple[str, str], ...] = ()


class StepRecord(Struct):
    """A step, or a part of one that Python code opened with ``allure.step``, which has no ``step``.

    ``began`` and ``ended`` are seconds since 1970. ``error`` is what the step raised, ``verdict`` the outcome
    of a part.
    """

    name: str
    began: float
    step: Step | None = None
    ended: float = 0.0
    seconds: float = 0.0
    status: StepStatus = "skipped"
    error: BaseException | None = None
    verdict: Verdict | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    steps: list[StepRecord] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)


class ScenarioRecord:
    """What happens in one scenario or Python test, from its set-up to the end of its tear-down.

    ``last`` is the exchange that a failure is about. ``called`` are the first exchanges with each iFlow, and
    ``calls`` the slowest calls; ``elsewhere`` names the other environments that were called. ``message_ids``
    are those of the message logs of its calls, of the first ``prints_asked`` it is known what was printed,
    ``application_ids`` those that find the logs that no answer names. ``message_log`` is what the tenant
    knows about the message, ``brief_log`` its status, error and failed step. ``pages`` are addresses of
    messages in the Monitor.
    ``additions`` is what ``allure.dynamic`` was told, as Allure's TestResult. ``attached`` are all
    attachments that are not written yet.
    ``fixtures`` are those of a scenario that runs beside others, ``thread`` is the name of its thread.
    ``began`` and ``ended`` are those of the call, in seconds since 1970.
    """

    def __init__(self, item: pytest.Item) -> None:
        self.item = item
        self.fixtures: Fixtures | None = None
        self.thread = ""
        self.sends_message = False
        self.uuid = new_uuid()
        self.is_scenario = COLLECTED in item.stash
        self.began = self.ended = time.time()
        self.steps: list[StepRecord] = []
        self.attachments: list[Attachment] = []
        self.attached: list[Attachment] = []
        self.open: StepRecord | None = None
        self.parts: dict[str, StepRecord] = {}
        self.last: Exchange | None = None
        self.called: dict[str, Exchange] = {}
        self.calls: tuple[CallResult, ...] = ()
        self.elsewhere: dict[str, None] = {}
        self.message_ids: dict[str, None] = {}
        self.prints_asked = 0
        self.application_ids: dict[str, None] = {}
        self.monitoring_requests = 0
        self.message_log = self.brief_log = ""
        self.pages: dict[str, None] = {}
        self.cause = ""
        self.result: ScenarioResult | None = None
        self.verdict: Verdict | None = None
        self.additions: Any = None
        self.finished = False
        self._planned: Sequence[Step] = ()
        self._reached = 0
        self._clock = 0.0

    def begin_scenario(self, steps: Sequence[Step]) -> None:
        """Note the steps that lie ahead."""
        self._planned, self._reached = steps, 0

    def begin_step(self, step: Step) -> None:
        """Open a step."""
        self._reached += 1
        self.open = StepRecord(f"{step.keyword} {step.name}", time.time(), step)
        self.steps.append(self.open)
        self._clock = time.perf_counter()

    def end_step(self, error: BaseException | None) -> None:
        """Close the step that is open; ``error`` is what it raised."""
        step = self.open
        if step is None:
            return
        step.seconds = time.perf_counter() - self._clock
        step.ended = time.time()
        step.error = error
        step.status = "passed" if error is None else _status(error)
        self.open = None

    def end_scenario(self) -> None:
        """Note the steps that were not reached; one still open was left by ``pytest.skip`` or Ctrl-C."""
        if self.open is not None:
            self.end_step(None)
            self.steps[-1].status = "skipped"
        for step in self._planned[self._reached :]:
            self.add_step(step, "skipped")
        self._planned, self._reached = (), 0

    def add_step(self, step: Step, status: StepStatus) -> None:
        """Add a step that did not run."""
        now = time.time()
        self.steps.append(StepRecord(f"{step.keyword} {step.name}", now, step, now, status=status))

    def add_exchange(self, exchange: Exchange) -> None:
        """Note an exchange.

        Questions to the tenant's API are many and are counted; notes say what came of them. A token that is
        granted after a call is one for such questions: the failure stays about the call.
        """
        if exchange.iflow is not None:
            self.called.setdefault(exchange.iflow, exchange)
            if exchange.mpl_id and len(self.message_ids) < MOST_MESSAGES:
                self.message_ids[exchange.mpl_id] = None
            elif (
                exchange.application_id
                and exchange.application_id.startswith(ONE_CALL_PREFIX)
                and len(self.application_ids) < MOST_MESSAGES
            ):
                self.application_ids[exchange.application_id] = None
            request = exchange.request
            call = sys.intern(f"{request.method} {request.url.partition('?')[0]}")  # the same of many
            self.calls = slowest((*self.calls, CallResult(call, exchange.response.status, exchange.seconds)))
        about_a_call = self.last is not None and self.last.iflow is not None
        if exchange.is_monitoring:
            self.monitoring_requests += 1
        elif exchange.iflow or not about_a_call or exchange.response.status != HTTPStatus.OK:
            self.last = exchange

    def add_exchange_elsewhere(self, exchange: Exchange) -> None:
        """Note an exchange with another environment than the tested one: it is what was called there."""
        self.elsewhere[exchange.environment] = None

    def open_part(self, key: str, name: str, parameters: dict[str, str]) -> None:
        """Open a part of the step that runs, or of the part that is open."""
        part = StepRecord(name, time.time(), parameters=parameters)
        self._innermost_open.steps.append(part)
        self.parts[key] = part

    def close_part(self, key: str, verdict: Verdict) -> None:
        """Close a part of a step."""
        part = self.parts.pop(key)
        part.ended, part.verdict = time.time(), verdict

    def attach(self, attachment: Attachment) -> None:
        """Attach evidence to what runs: a part of a step, a step, else the scenario."""
        self._innermost_open.attachments.append(attachment)
        self.attached.append(attachment)

    @property
    def _innermost_open(self) -> StepRecord | ScenarioRecord:
        return next(reversed(self.parts.values()), None) or self.open or self


def _status(error: BaseException) -> StepStatus:
    if isinstance(error, StepDefinitionNotFoundError):
        return "undefined"
    return "skipped" if isinstance(error, pytest.skip.Exception) else "failed"


def step_attachments(step: Step) -> list[Attachment]:
    """Return the data table of ``step`` as CSV and its doc string as JSON, XML or text.

    A doc string that fits a line needs no file, which may take as long to make as a call.
    """
    found = []
    if step.datatable is not None:
        text = io.StringIO()
        csv.writer(text).writerows(step.datatable.raw())
        found.append(Attachment("data table", text.getvalue(), "text/csv", "csv"))
    if step.docstring is not None and not fits_a_line(step.docstring):
        found.append(Attachment("doc string", step.docstring, *_type_of(step.docstring)))
    return found


def fits_a_line(text: str) -> bool:
    """Whether a doc string is shown beside its step."""
    return len(text) <= LONGEST_LINE and "\n" not in text


def _type_of(text: str) -> tuple[str, str]:
    """The type of a text and the extension of its file."""
    if text.lstrip().startswith("<"):
        return "application/xml", "xml"
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return "text/plain", "txt"
    return "application/json", "json"
