"""The record of a scenario as Allure's result: names, labels, steps with their evidence, and the outcome."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest
from allure_commons.model2 import Status
from allure_commons.types import LabelType, LinkType
from allure_commons.utils import md5, platform_label
from allure_pytest.utils import (
    allure_description_html,
    allure_full_name,
    allure_labels,
    allure_links,
    allure_package,
    allure_suite_labels,
    allure_title_path,
    get_history_id,
    get_pytest_report_status,
    get_status,
    get_status_details,
    pytest_markers,
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
    Additions,
    Attachment,
    ScenarioRecord,
    StepRecord,
    Verdict,
    step_attachments,
)
from pytest_iflow.tenants.model import Environment

SPEAKING = (*EXPLAINED, pytest.skip.Exception)
"""Errors whose text says all; the name of their class says nothing more."""

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
        item, added = record.item, record.additions
        collected = item.stash[COLLECTED]
        verdict = record.verdict or Verdict(Status.SKIPPED)
        flaky = verdict.status == Status.PASSED and getattr(item, _TRIES, 1) > 1
        full_name = allure_full_name(item)
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
            name=added.title or collected.title,
            status=verdict.status,
            statusDetails=_details(verdict.message, verdict.trace, flaky=flaky),
            description=added.description or own_words,
            descriptionHtml=added.description_html or allure_description_html(item) or "",
            steps=[_step(each, record.attached) for each in record.steps],
            attachments=_files(record.attachments),
            parameters=parameters,
            start=_milliseconds(record.began),
            stop=_milliseconds(record.ended),
            labels=[*_labels(record), *self._process],
            links=[*_links(record)],
            titlePath=allure_title_path(item),
        )

    def _parameters(self, collected: CollectedScenario, added: Additions) -> list[Parameter]:
        """Tenant, environment and the columns of a row: each counts for the history of the scenario."""
        values = self._of_run | (collected.row.values if collected.row else {})
        if collected.row and collected.row.repetition > 1:
            values["repetition"] = str(collected.row.repetition)  # or Allure takes equal rows for retries
        parameters = {name: Parameter(name, value) for name, value in values.items()}
        return [*(parameters | added.parameters).values()]


def _step(record: StepRecord, attached: list[Attachment]) -> Step:
    """Return a recorded step as one of a result; what it carries below its line is added to ``attached``."""
    carried = step_attachments(record.step) if record.step else []
    attached += carried
    return Step(
        name=record.name,
        status=_status(record),
        statusDetails=_details(*_said(record.error)) if record.error else None,
        steps=[_step(each, attached) for each in record.steps],
        attachments=_files(carried + record.attachments),
        parameters=[Parameter(name, value) for name, value in record.parameters.items()],
        start=_milliseconds(record.began),
        stop=_milliseconds(record.ended),
    )


def _files(attachments: list[Attachment]) -> list[AttachedFile]:
    return [AttachedFile(name=each.name, source=each.file, type=each.mime_type) for each in attachments]


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _status(record: StepRecord) -> str:
    if record.error is not None:
        status: str = get_status(record.error)
        return status
    return record.status if record.status in {Status.PASSED, Status.SKIPPED} else Status.BROKEN


def _said(error: BaseException) -> tuple[str, str]:
    """Message and trace of what a step raised; an explained error needs no trace."""
    if isinstance(error, EXPLAINED):
        return told(error), ""
    details = get_status_details(type(error), error, None)
    return (details.message or "", details.trace or "") if details else ("", "")


def _details(message: str, trace: str, *, flaky: bool = False) -> StatusDetails | None:
    return StatusDetails(flaky, message, trace) if flaky or message or trace else None


def _labels(record: ScenarioRecord) -> Iterator[Label]:
    """Return the labels of a scenario: its marks, its folder and file as suites, the cause of its failure."""
    item = record.item
    labels = [*record.additions.labels, *allure_labels(item)]
    labels += [(LabelType.TAG, name) for name in pytest_markers(item)]
    known = {name for name, _ in labels}
    labels += [(name, value) for name, value in allure_suite_labels(item) if name not in known]
    labels += [("package", allure_package(item)), *(record.verdict.labels if record.verdict else ())]
    return (Label(name, value) for name, value in labels)


def _links(record: ScenarioRecord) -> Iterator[Link]:
    for kind, url, name in (*record.additions.links, *allure_links(record.item)):
        yield Link(kind, url, name)
    for page in record.pages:
        yield Link(LinkType.LINK, page, "message log in the Monitor")


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
