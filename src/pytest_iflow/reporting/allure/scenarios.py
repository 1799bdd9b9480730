"""The record of a scenario as Allure's result: names, labels, steps with their evidence, and the outcome.

Its keys are those of Allure's format (allurereport.org, "How it works: Test result file").
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import pytest
from allure_commons.model2 import Status, TestResult
from allure_commons.types import LabelType, LinkType
from allure_commons.utils import md5, platform_label
from allure_pytest.utils import (
    ParsedPytestNodeId,
    get_status,
    get_status_details,
)
from msgspec import Struct

from pytest_iflow.errors import cause_of
from pytest_iflow.gherkin.collector import COLLECTED, CollectedScenario
from pytest_iflow.reporting.allure.categories import (
    CATEGORY_LABEL,
    CAUSE_LABEL,
    categories_of_causes,
    category_of,
)
from pytest_iflow.reporting.allure.labels import Marked, marked_as
from pytest_iflow.reporting.allure.results import ResultsFolder, filled
from pytest_iflow.reporting.failure import EXPLAINED, error_text
from pytest_iflow.reporting.scenario_record import (
    Attachment,
    ScenarioRecord,
    StepRecord,
    Verdict,
    fits_a_line,
    step_attachments,
)
from pytest_iflow.results.scenario_result import StepStatus
from pytest_iflow.tenants.model import Environment

SPEAKING = (*EXPLAINED, pytest.skip.Exception)
"""Errors whose text says all; the name of their class says nothing more."""

_NOTHING_ADDED = TestResult()

_TRIES = "execution_count"
"""What pytest-rerunfailures counts on an item; Allure shows tries before the last as retries by itself."""

_MOST_MARKED = 100
"""Scenarios whose marks are kept."""

_Document = dict[str, Any]


class _Place(Struct, frozen=True):
    """Where Allure shows a scenario, and by what it knows it; ``suites`` are labels."""

    full_name: str
    id: str
    package: str
    title_path: list[str]
    suites: tuple[tuple[str, str], ...]


class AllureResults:
    """Writes the result of each scenario, for one environment of a tenant, from its record."""

    def __init__(self, environment: Environment, folder: ResultsFolder) -> None:
        self._folder = folder
        self._of_run = {"tenant": environment.tenant, "environment": environment.name}
        self._places: dict[tuple[object, str], _Place] = {}
        self._marked: dict[tuple[object, ...], Marked] = {}
        self._main_thread = threading.current_thread().name
        self._of_process = {
            LabelType.HOST: socket.gethostname(),
            LabelType.FRAMEWORK: "pytest",
            LabelType.LANGUAGE: platform_label(),
        }

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

    def steps_of_test(self, record: ScenarioRecord) -> list[_Document]:
        """Return the steps of a Python test that binds a scenario; their attachments are written."""
        steps = _steps(record.steps, record.attached)
        self.flush(record)
        return steps

    def _result(self, record: ScenarioRecord) -> _Document:
        item, added = record.item, record.additions or _NOTHING_ADDED
        collected = item.stash[COLLECTED]
        verdict = record.verdict or Verdict(Status.SKIPPED)
        tries = getattr(item, _TRIES, 1)
        place = self._place_of(item)
        parameters = self._parameters(collected, added)
        marked = self._marked_as(item)
        labels, links = [*marked.labels], [*marked.links]
        links += [(each.type, each.url, each.name) for each in added.links]
        links += [(LinkType.LINK, page, "message log in the Monitor") for page in record.pages]
        labels += [(each.name, each.value) for each in added.labels]
        known = {name for name, _ in labels}
        labels += [(name, value) for name, value in place.suites if name not in known]
        labels += [("package", place.package), *verdict.labels, *self._of_process.items()]
        labels.append((LabelType.THREAD, f"{os.getpid()}-{record.thread or self._main_thread}"))
        return filled(
            uuid=record.uuid,
            historyId=_history_id(item, place.full_name, parameters),
            testCaseId=place.id,
            fullName=place.full_name,
            titlePath=place.title_path,
            name=added.name or collected.title,
            status=verdict.status,
            statusDetails=filled(
                flaky=(tries > 1 and verdict.status == Status.PASSED) or None,
                message=verdict.message,
                trace=verdict.trace,
            ),
            description=added.description
            or collected.scenario.description
            or collected.feature.feature.description.strip(),
            descriptionHtml=added.descriptionHtml or marked.description_html,
            steps=_steps(record.steps, record.attached),
            attachments=_files(record.attachments),
            parameters=parameters,
            start=round(record.began * 1000),
            stop=round(record.ended * 1000),
            labels=[{"name": name, "value": value} for name, value in labels],
            links=[filled(type=kind, url=url, name=name) for kind, url, name in links],
        )

    def _place_of(self, item: pytest.Item) -> _Place:
        """Return where a scenario stands; it is the same for all rows of an outline."""
        if item.nodeid.count("::") > 1:  # in the title, or in the values of the row
            return _place(item)
        key = item.parent, getattr(item, "originalname", "")
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = _place(item)
        return place

    def _marked_as(self, item: pytest.Item) -> Marked:
        """Return what the marks of a scenario say; rows of an outline have theirs in common."""
        key = item.parent, len(getattr(item.parent, "own_markers", ())), *map(id, item.own_markers)
        found = self._marked.get(key)
        if found is None:
            if len(self._marked) >= _MOST_MARKED:
                self._marked.clear()
            found = self._marked[key] = marked_as(item)
        return found

    def _parameters(self, collected: CollectedScenario, added: TestResult) -> list[_Document]:
        """Tenant, environment, the columns of a row, which count for the history; its place does not."""
        values = self._of_run | (collected.row.values if collected.row else {})
        if collected.row and collected.row.repetition > 1:
            values["repetition"] = str(collected.row.repetition)  # or Allure takes equal rows for retries
        parameters = {name: {"name": name, "value": value} for name, value in values.items()}
        if collected.data_place:
            parameters["data file"] = filled(name="data file", value=collected.data_place, excluded=True)
        for each in added.parameters:
            parameters[each.name] = filled(
                name=each.name, value=each.value, excluded=each.excluded, mode=each.mode
            )
        return [*parameters.values()]


def _steps(steps: Iterable[StepRecord], attached: list[Attachment]) -> list[_Document]:
    """Return recorded steps as those of a result; files that they need are added to ``attached``."""
    return [_step(each, attached) for each in steps]


def _step(record: StepRecord, attached: list[Attachment]) -> _Document:
    verdict, step, shown = record.verdict or _verdict_of_step(record), record.step, record.parameters
    attachments = record.attachments
    if step and (step.docstring or step.datatable):
        carried = step_attachments(step)
        attached += carried
        attachments = [*carried, *attachments]
        if step.docstring and fits_a_line(step.docstring):
            shown = {**shown, "doc string": step.docstring}
    document: _Document = {"name": record.name, "status": verdict.status}
    if verdict.message or verdict.trace:
        document["statusDetails"] = filled(message=verdict.message, trace=verdict.trace)
    if record.steps:
        document["steps"] = _steps(record.steps, attached)
    if attachments:
        document["attachments"] = _files(attachments)
    if shown:
        document["parameters"] = [{"name": name, "value": value} for name, value in shown.items()]
    document["start"], document["stop"] = round(record.began * 1000), round(record.ended * 1000)
    return document


def _history_id(item: pytest.Item, full_name: str, parameters: list[_Document]) -> str:
    """By what Allure knows a scenario again: computed as allure-pytest does, so that histories go on."""
    given = getattr(getattr(item, "callspec", None), "params", {})
    counted = sorted((each["name"], each["value"]) for each in parameters if not each.get("excluded"))
    values = [given.get(name, value) for name, value in counted]
    history_id: str = md5(
        "".join([full_name, *(each if isinstance(each, str) else repr(each) for each in values)])
    )
    return history_id


def _files(attachments: Iterable[Attachment]) -> list[_Document]:
    return [filled(name=each.name, source=each.file, type=each.mime_type) for each in attachments]


_ALLURE_STATUSES = {
    status: Verdict(Status.BROKEN if status in {"failed", "undefined"} else status)
    for status in get_args(StepStatus)
}
"""The verdict on a step that raised nothing; one that the check before the run refused is broken."""


def _verdict_of_step(record: StepRecord) -> Verdict:
    """The outcome of a step; an explained error needs no trace."""
    error = record.error
    if error is None:
        return _ALLURE_STATUSES[record.status]
    if isinstance(error, EXPLAINED):
        return Verdict(get_status(error), error_text(error))
    details = get_status_details(type(error), error, None)
    return Verdict(get_status(error), details.message or "", details.trace or "")


def _place(item: pytest.Item) -> _Place:
    """Return the place that allure-pytest gives a test: its folder and file as suites, and as package."""
    place = ParsedPytestNodeId(item.nodeid)
    class_names = "".join(f".{name}" for name in place.class_names)
    full_name = f"{place.package}{class_names}#{getattr(item, 'originalname', place.test_function)}"
    suites = (
        (LabelType.PARENT_SUITE, place.parent_package),
        (LabelType.SUITE, place.module),
        (LabelType.SUB_SUITE, " > ".join(place.class_names)),
    )
    return _Place(
        full_name,
        md5(full_name),
        place.package,
        [*filter(None, (*place.path_segments, *place.class_names))],
        tuple((name, value) for name, value in suites if value),
    )


_PASSED = Verdict(Status.PASSED)


def verdict_of(report: pytest.TestReport, call: pytest.CallInfo[None]) -> Verdict:
    """The outcome of a phase as allure-pytest has it, an explained failure in its own words."""
    status: str = report.outcome
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
        message, trace = error_text(error), "" if isinstance(error, pytest.skip.Exception) else trace
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
