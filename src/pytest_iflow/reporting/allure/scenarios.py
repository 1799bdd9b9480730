"""The record of a scenario as Allure's result: names, labels, steps with their evidence, and the outcome."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args

import pytest
from allure_commons.model2 import Status, TestResult
from allure_commons.types import LabelType, LinkType
from allure_commons.utils import md5, platform_label
from allure_pytest.utils import (
    ALLURE_DESCRIPTION_HTML_MARK,
    ALLURE_LABEL_MARK,
    ALLURE_LINK_MARK,
    ALLURE_UNIQUE_LABELS,
    ParsedPytestNodeId,
    allure_full_name,
    allure_title_path,
    get_history_id,
    get_pytest_report_status,
    get_status,
    get_status_details,
    parse_nodeid,
    should_convert_mark_to_tag,
)

from pytest_iflow.errors import cause_of
from pytest_iflow.gherkin.collector import COLLECTED, CollectedScenario
from pytest_iflow.reporting.allure.categories import (
    CATEGORY_LABEL,
    CAUSE_LABEL,
    categories_of_causes,
    category_of,
)
from pytest_iflow.reporting.allure.results import (
    AttachedFile,
    Label,
    Link,
    Parameter,
    Result,
    ResultsFolder,
    StatusDetails,
    Step,
)
from pytest_iflow.reporting.failure import EXPLAINED, told
from pytest_iflow.reporting.scenario_record import (
    Attachment,
    ScenarioRecord,
    StepRecord,
    Verdict,
    step_attachments,
)
from pytest_iflow.results.scenario_result import StepStatus
from pytest_iflow.tenants.model import Environment

SPEAKING = (*EXPLAINED, pytest.skip.Exception)
"""Errors whose text says all; the name of their class says nothing more."""

_NOTHING_ADDED = TestResult()

_TRIES = "execution_count"
"""What pytest-rerunfailures counts on an item; Allure shows tries before the last as retries by itself."""


class AllureResults:
    """Writes the result of each scenario, for one environment of a tenant, from its record."""

    def __init__(self, environment: Environment, folder: ResultsFolder) -> None:
        self._folder = folder
        self._of_run = {"tenant": environment.tenant, "environment": environment.name}
        self._process = (
            Label(LabelType.HOST, socket.gethostname()),
            Label(LabelType.THREAD, f"{os.getpid()}-{threading.current_thread().name}"),
            Label(LabelType.FRAMEWORK, "pytest"),
            Label(LabelType.LANGUAGE, platform_label()),
        )

    def write(self, record: ScenarioRecord) -> None:
        """Write the result of a scenario; Python tests have theirs from allure-pytest."""
        if record.is_scenario:
            result = self._result(record)
            self._folder.write(record.attached, result)
            record.attached.clear()

    def flush(self, record: ScenarioRecord) -> None:
        """Write the attachments of a scenario that goes on."""
        self._folder.write(record.attached)
        record.attached.clear()

    def steps_of_test(self, record: ScenarioRecord) -> list[Step]:
        """Return the steps of a Python test that binds a scenario; their attachments are written."""
        steps = [_step(each, record.attached) for each in record.steps]
        self.flush(record)
        return steps

    def _result(self, record: ScenarioRecord) -> Result:
        item, added = record.item, record.additions or _NOTHING_ADDED
        collected = item.stash[COLLECTED]
        verdict = record.verdict or Verdict(Status.SKIPPED)
        flaky = verdict.status == Status.PASSED and getattr(item, _TRIES, 1) > 1
        full_name, marks = allure_full_name(item), _Marks.of(item)
        parameters = self._parameters(collected, added)
        given = (
            item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        )
        own_words = collected.scenario.description or collected.feature.feature.description.strip()
        return Result(
            uuid=record.uuid,
            historyId=get_history_id(full_name, parameters, original_values=given),
            testCaseId=md5(full_name),
            fullName=full_name,
            name=added.name or collected.title,
            status=verdict.status,
            statusDetails=_details(verdict.message, verdict.trace, flaky=flaky),
            description=added.description or own_words,
            descriptionHtml=added.descriptionHtml or marks.description_html,
            steps=[_step(each, record.attached) for each in record.steps],
            attachments=_files(record.attachments),
            parameters=parameters,
            start=_milliseconds(record.began),
            stop=_milliseconds(record.ended),
            labels=[*_labels(record, marks, parse_nodeid(item)), *self._process],
            links=[
                *(Link(each.type, each.url, each.name) for each in added.links),
                *marks.links,
                *(Link(LinkType.LINK, page, "message log in the Monitor") for page in record.pages),
            ],
            titlePath=allure_title_path(item),
        )

    def _parameters(self, collected: CollectedScenario, added: TestResult) -> list[Parameter]:
        """Tenant, environment and the columns of a row: each counts for the history of the scenario."""
        values = self._of_run | (collected.row.values if collected.row else {})
        if collected.row and collected.row.repetition > 1:
            values["repetition"] = str(collected.row.repetition)  # or Allure takes equal rows for retries
        parameters = {name: Parameter(name, value) for name, value in values.items()}
        more = {
            each.name: Parameter(each.name, each.value, each.excluded, each.mode) for each in added.parameters
        }
        return [*(parameters | more).values()]


def _step(record: StepRecord, attached: list[Attachment]) -> Step:
    """Return a recorded step as one of a result; what it carries below its line is added to ``attached``."""
    carried = step_attachments(record.step) if record.step else []
    attached += carried
    verdict = record.verdict or _verdict_of_step(record)
    return Step(
        name=record.name,
        status=verdict.status,
        statusDetails=_details(verdict.message, verdict.trace),
        steps=[_step(each, attached) for each in record.steps],
        attachments=_files(carried + record.attachments),
        parameters=[Parameter(name, value) for name, value in record.parameters.items()],
        start=_milliseconds(record.began),
        stop=_milliseconds(record.ended),
    )


_OF_STATUS = {
    status: Verdict(Status.BROKEN if status in {"failed", "undefined"} else status)
    for status in get_args(StepStatus)
}
"""The verdict on a step that raised nothing; one that the check before the run refused is broken."""


def _verdict_of_step(record: StepRecord) -> Verdict:
    """The outcome of a step; an explained error needs no trace."""
    error = record.error
    if error is None:
        return _OF_STATUS[record.status]
    if isinstance(error, EXPLAINED):
        return Verdict(get_status(error), told(error))
    details = get_status_details(type(error), error, None)
    return Verdict(get_status(error), details.message or "", details.trace or "")


def _files(attachments: list[Attachment]) -> list[AttachedFile]:
    return [AttachedFile(name=each.name, source=each.file, type=each.mime_type) for each in attachments]


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _details(message: str, trace: str, *, flaky: bool = False) -> StatusDetails | None:
    return StatusDetails(flaky, message, trace) if flaky or message or trace else None


@dataclass(slots=True)
class _Marks:
    """What the marks of a scenario say to Allure; of some labels only that of the closest mark counts."""

    labels: dict[tuple[str, str], None] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    description_html: str = ""

    @classmethod
    def of(cls, item: pytest.Item) -> _Marks:
        found, only = cls(), set()
        for mark in item.iter_markers():
            kind, values = LabelType.TAG, (mark.name,)
            if mark.name == ALLURE_LABEL_MARK:
                kind, values = mark.kwargs["label_type"], mark.args
                if kind in ALLURE_UNIQUE_LABELS:
                    values = () if kind in only else mark.args[:1]
                    only.add(kind)
            elif mark.name == ALLURE_LINK_MARK:
                found.links.append(Link(mark.kwargs["link_type"], mark.args[0], mark.kwargs["name"]))
                continue
            elif mark.name == ALLURE_DESCRIPTION_HTML_MARK:
                found.description_html = found.description_html or mark.args[0]
                continue
            elif not should_convert_mark_to_tag(mark):
                continue
            found.labels |= dict.fromkeys((kind, value) for value in values)
        return found


def _labels(record: ScenarioRecord, marks: _Marks, place: ParsedPytestNodeId) -> list[Label]:
    """Return the labels of a scenario: its marks, its folder and file as suites, the cause of its failure."""
    added = [(each.name, each.value) for each in record.additions.labels] if record.additions else []
    labels = [*added, *marks.labels]
    known = {name for name, _ in labels}
    suites = {
        LabelType.PARENT_SUITE: place.parent_package,
        LabelType.SUITE: place.module,
        LabelType.SUB_SUITE: " > ".join(place.class_names),
    }
    labels += [(name, value) for name, value in suites.items() if value and name not in known]
    labels += [("package", place.package), *(record.verdict.labels if record.verdict else ())]
    return [Label(name, value) for name, value in labels]


_PASSED = Verdict(Status.PASSED)


def verdict_of(report: pytest.TestReport, call: pytest.CallInfo[None]) -> Verdict:
    """The outcome of a phase as allure-pytest has it, an explained failure in its own words."""
    status: str = get_pytest_report_status(report)
    expected: str | None = getattr(report, "wasxfail", None)
    if call.excinfo is None:
        if status == Status.PASSED and expected is not None:
            return Verdict(status, f"XPASS {expected}".rstrip())
        return _PASSED if status == Status.PASSED else Verdict(status)
    error = call.excinfo.value
    if status != Status.SKIPPED and not isinstance(error, AssertionError | pytest.fail.Exception):
        status = Status.BROKEN
    trace = report.longreprtext
    if isinstance(error, SPEAKING):
        message, trace = told(error), "" if isinstance(error, pytest.skip.Exception) else trace
    else:
        message = call.excinfo.exconly()
        if expected is not None:
            message = f"XFAIL {expected}".rstrip() + f"\n\n{message}"
    return Verdict(status, message, trace, tuple(labels_of_failure(error)))


def labels_of_failure(error: BaseException) -> Iterator[tuple[str, str]]:
    """Yield name and value of the labels that say where the cause of a failure lies."""
    category, cause = category_of(error), cause_of(error)
    if category:
        yield CATEGORY_LABEL, category.id
    if cause and cause in categories_of_causes():
        yield CAUSE_LABEL, cause
