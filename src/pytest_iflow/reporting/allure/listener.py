"""What allure-pytest hears of a run: Python tests and fixtures, and what code tells ``allure`` in a scenario.

A scenario has its result from its record (``scenarios``). So allure-pytest's listener is left to Python tests
and fixtures, and what ``allure.step``, ``allure.attach`` and ``allure.dynamic`` say of a scenario comes into
its record. allure-pytest-bdd, the sister of allure-pytest, would write fixture values into the report.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import allure_commons
import pytest
from allure_commons.model2 import ExecutableItem, Label, Status, StatusDetails, TestResult, TestStepResult
from allure_commons.reporter import AllureReporter
from allure_commons.types import AttachmentType
from allure_pytest.listener import AllureListener

from pytest_iflow.gherkin.collector import COLLECTED
from pytest_iflow.reporting.allure.categories import CATEGORY_LABEL
from pytest_iflow.reporting.allure.results import ResultsFolder
from pytest_iflow.reporting.allure.scenarios import SPEAKING, AllureResults, labels_of_failure, verdict_of
from pytest_iflow.reporting.failure import error_text
from pytest_iflow.reporting.recorder import ScenarioRecorder
from pytest_iflow.reporting.scenario_record import Attachment, ScenarioRecord, Verdict
from pytest_iflow.tenants.model import Environment

_MACHINERY = ("_pytest.", "pytest_bdd.", "pytest_iflow.", "xdist.")
"""Modules whose fixtures are no part of what a suite sets up."""


_Reporter: Any = AllureReporter


class ScenarioLogger(_Reporter):  # type: ignore[misc]  # allure_commons has no type hints
    """Keeps what allure-pytest is told, as its own does; of a scenario it puts that into the record.

    While a fixture of the suite is set up or torn down, what is told belongs to the fixture.
    """

    def __init__(self, recorder: ScenarioRecorder) -> None:
        super().__init__()
        self._recorder = recorder

    @property
    def _record(self) -> ScenarioRecord | None:
        record = self._recorder.current
        if record is None or not (record.is_scenario or record.open):
            return None
        try:
            running = self.get_last_item(ExecutableItem)
        except StopIteration:  # in a thread that a step started
            running = None
        return record if running is None or isinstance(running, TestResult) else None

    def get_test(self, uuid: str | None) -> Any:
        """Return the result of a test; without an id what is told of the scenario that runs."""
        if uuid is None and (record := self._record) and record.is_scenario:
            record.additions = record.additions or TestResult()
            return record.additions
        return super().get_test(uuid)

    def start_step(self, parent_uuid: str | None, uuid: str, step: TestStepResult) -> None:
        """Begin an ``allure.step``."""
        if record := self._record:
            record.open_part(uuid, step.name, {each.name: each.value for each in step.parameters})
        else:
            super().start_step(parent_uuid, uuid, step)

    def stop_step(self, uuid: str, **outcome: Any) -> None:
        """End an ``allure.step``."""
        if (record := self._record) and uuid in record.parts:
            details = outcome["statusDetails"] or StatusDetails()
            verdict = Verdict(outcome["status"], details.message or "", details.trace or "")
            record.close_part(uuid, verdict)
        else:
            super().stop_step(uuid, **outcome)

    def attach_data(self, uuid: str, body: Any, **of_what: Any) -> None:
        """Take in what ``allure.attach`` is given."""
        if record := self._record:
            record.attach(_attachment(body, **of_what))
        else:
            super().attach_data(uuid, body, **of_what)

    def attach_file(self, uuid: str, source: str, **of_what: Any) -> None:
        """Take in the file that ``allure.attach.file`` names."""
        if record := self._record:
            record.attach(_attachment(Path(source).read_bytes(), **of_what))
        else:
            super().attach_file(uuid, source, **of_what)


def _attachment(body: Any, name: str | None, attachment_type: Any, extension: str | None) -> Attachment:
    """What was attached, with the type that was named: one of Allure's, or a MIME type."""
    if isinstance(attachment_type, AttachmentType):
        kind = attachment_type.mime_type, attachment_type.extension
    else:
        kind = attachment_type or "", extension or "attach"
    return Attachment(name or "", body, *kind)


class PythonTests(AllureListener):  # type: ignore[misc]  # allure-pytest has no type hints
    """allure-pytest's listener for Python tests. It is registered only where a run has any."""

    pytest_fixture_setup = pytest_fixture_post_finalizer = None  # AllurePlugin hears of fixtures

    def __init__(self, config: pytest.Config, recorder: ScenarioRecorder, results: AllureResults) -> None:
        super().__init__(config)
        self.allure_logger: Any = ScenarioLogger(recorder)
        self._recorder = recorder
        self._results = results

    def _hear(self, hook: str, item: pytest.Item, *arguments: Any) -> Generator[None, Any, None]:
        """Leave a scenario to its record."""
        if COLLECTED in item.stash:
            yield
        else:
            yield from getattr(AllureListener, hook)(self, item, *arguments)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: object) -> Generator[None, Any, None]:
        """Write the result of a test."""
        yield from self._hear("pytest_runtest_protocol", item, nextitem)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Begin the result of a test."""
        yield from self._hear("pytest_runtest_setup", item)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Take in the steps of a test that binds a scenario."""
        yield from self._hear("pytest_runtest_call", item)
        record, uuid = self._recorder.current, self._cache.get(item.nodeid)
        if record is not None and uuid is not None:
            self.allure_logger.get_test(uuid).steps += self._results.steps_of_test(record)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Complete the result of a test."""
        yield from self._hear("pytest_runtest_teardown", item)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)  # around the recorder, which says it in short
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Take in the outcome; an explained failure or a skip speaks without the name of its class."""
        yield from self._hear("pytest_runtest_makereport", item, call)
        if call.excinfo is None or COLLECTED in item.stash:
            return
        error, result = call.excinfo.value, self.allure_logger.get_test(self._cache.get(item.nodeid))
        if all(label.name != CATEGORY_LABEL for label in result.labels):  # the first counts
            result.labels += [Label(name, value) for name, value in labels_of_failure(error)]
        if result.statusDetails and isinstance(error, SPEAKING):
            result.statusDetails.message = error_text(error)
            if isinstance(error, pytest.skip.Exception):
                result.statusDetails.trace = None

    def _update_fixtures_children(self, item: pytest.Item) -> None:
        """Link a test with the fixtures that were reported, not with every fixture that it could use."""
        self.link_fixtures(item, self._cache.get(item.nodeid))

    def link_fixtures(self, item: pytest.Item, uuid: str) -> None:
        """Link the result ``uuid`` of a test or scenario with the fixtures of the suite that it used."""
        if not self._cache._items:  # noqa: SLF001, no fixture was reported
            return
        request = getattr(item, "_request", None)
        for definition in request._fixture_defs.values() if request else ():  # noqa: SLF001, no public way
            group_uuid = self._cache.get(definition)
            group = self.allure_logger.get_item(group_uuid) if group_uuid else None
            if group is not None and uuid not in group.children:
                self.allure_logger.update_group(group_uuid, children=uuid)


class AllurePlugin:
    """Hears of fixtures and of scenarios; ``tests`` hears of the rest, and of what ``allure`` is told."""

    def __init__(self, config: pytest.Config, tests: PythonTests, results: AllureResults) -> None:
        self._config = config
        self._tests = tests
        self.write = results.write
        self.flush = results.flush

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Listen to Python tests, where there are any."""
        if any(COLLECTED not in item.stash for item in session.items):
            self._config.pluginmanager.register(self._tests, "allure_listener")

    def judge(self, record: ScenarioRecord, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
        """Note the outcome of a phase of a scenario; what went wrong first stands."""
        if report.when != "teardown":
            self._tests.link_fixtures(record.item, record.uuid)
        verdict, before = verdict_of(report, call), record.verdict
        if before is None or (
            before.status == Status.PASSED
            and (report.when == "call" or verdict.status in {Status.FAILED, Status.BROKEN})
        ):
            record.verdict = verdict
        if report.when == "teardown" and self._config.option.attach_capture:
            captured = {"log": report.caplog, "stdout": report.capstdout, "stderr": report.capstderr}
            for name, text in captured.items():
                if text:
                    record.attach(Attachment(name, text))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, None]:
        """Report fixtures of the suite only."""
        if fixturedef.func.__module__.startswith(_MACHINERY):
            yield
        else:
            yield from AllureListener.pytest_fixture_setup(self._tests, fixturedef, request)

    @pytest.hookimpl(trylast=True)
    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """Write the container of a fixture, as allure-pytest does behind all others."""
        for _ in AllureListener.pytest_fixture_post_finalizer(self._tests, fixturedef):
            pass


@contextmanager
def allure_results(
    config: pytest.Config, recorder: ScenarioRecorder, environment: Environment, folder: ResultsFolder
) -> Iterator[None]:
    """Write the results of this process into ``folder`` while the context lasts."""
    results = AllureResults(environment, folder)
    tests = PythonTests(config, recorder, results)
    plugin = AllurePlugin(config, tests, results)
    config.pluginmanager.register(plugin)
    recorder.writers.append(plugin)
    for each in (tests, folder):
        allure_commons.plugin_manager.register(each)
    try:
        yield
    finally:
        for each in (folder, tests):
            allure_commons.plugin_manager.unregister(each)
        recorder.writers.remove(plugin)
        config.pluginmanager.unregister(plugin)
