"""What allure-pytest hears of a run: Python tests and fixtures, and what code tells ``allure`` in a scenario.

A scenario has its result from its record (``scenarios``). So this listener takes the place of allure-pytest's
own: it leaves scenarios out, and puts what ``allure.step``, ``allure.attach`` and ``allure.dynamic`` say of
one into its record. Its sister allure-pytest-bdd would write fixture values into the report.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import allure_commons
import pytest
from allure_commons.model2 import Label, Status
from allure_commons.types import AttachmentType
from allure_commons.utils import represent
from allure_pytest.listener import AllureListener
from allure_pytest.utils import format_allure_link

from pytest_iflow.gherkin.collector import COLLECTED
from pytest_iflow.reporting.allure.categories import CATEGORY_LABEL
from pytest_iflow.reporting.allure.results import Parameter, ResultsFolder
from pytest_iflow.reporting.allure.scenarios import SPEAKING, AllureResults, labels_of_failure, verdict_of
from pytest_iflow.reporting.failure import told
from pytest_iflow.reporting.recorder import ScenarioRecorder
from pytest_iflow.reporting.scenario_record import Attachment, ScenarioRecord
from pytest_iflow.tenants.model import Environment

_MACHINERY = ("_pytest.", "pytest_bdd.", "pytest_iflow.", "xdist.")
"""Modules whose fixtures are no part of what a suite sets up."""


class AllurePlugin(AllureListener):  # type: ignore[misc]  # allure-pytest has no type hints
    """Listens for pytest and for ``allure``; ``results`` are those of scenarios."""

    def __init__(self, config: pytest.Config, recorder: ScenarioRecorder, results: AllureResults) -> None:
        super().__init__(config)
        self._recorder = recorder
        self._results = results
        self._fixtures = 0

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: object) -> Generator[None, Any, None]:
        """Write the result of a Python test."""
        if COLLECTED in item.stash:
            yield
        else:
            yield from AllureListener.pytest_runtest_protocol(self, item, nextitem)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Begin the result of a Python test."""
        if COLLECTED in item.stash:
            yield
        else:
            yield from AllureListener.pytest_runtest_setup(self, item)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Take in the steps of a Python test that binds a scenario."""
        if COLLECTED in item.stash:
            yield
            return
        yield from AllureListener.pytest_runtest_call(self, item)
        record = self._recorder.current
        result = self.allure_logger.get_test(self._cache.get(item.nodeid))
        if record is not None and result is not None:
            result.steps += self._results.steps_of_test(record)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Complete the result of a Python test."""
        if COLLECTED in item.stash:
            yield
        else:
            yield from AllureListener.pytest_runtest_teardown(self, item)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)  # around the recorder, which says it in short
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Take in the outcome; an explained failure or a skip speaks without the name of its class."""
        if COLLECTED in item.stash:
            report = (yield).get_result()
            if record := self._recorder.current:
                self._judge(record, report, call)
            return
        yield from AllureListener.pytest_runtest_makereport(self, item, call)
        if call.excinfo:
            result = self.allure_logger.get_test(self._cache.get(item.nodeid))
            if all(label.name != CATEGORY_LABEL for label in result.labels):  # the first counts
                result.labels += [Label(name, value) for name, value in labels_of_failure(call.excinfo.value)]
            if result.statusDetails and isinstance(call.excinfo.value, SPEAKING):
                result.statusDetails.message = told(call.excinfo.value)
                if isinstance(call.excinfo.value, pytest.skip.Exception):
                    result.statusDetails.trace = None

    def _judge(self, record: ScenarioRecord, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
        """Note the outcome of a phase of a scenario; what went wrong first stands."""
        verdict, before = verdict_of(report, call), record.verdict
        if report.when != "teardown":
            self._link(record.item, record.uuid)
        if before is None or (
            before.status == Status.PASSED
            and (report.when == "call" or verdict.status in {Status.FAILED, Status.BROKEN})
        ):
            record.verdict = verdict
        if report.when == "teardown" and self.config.option.attach_capture:
            for name, text in (
                ("log", report.caplog),
                ("stdout", report.capstdout),
                ("stderr", report.capstderr),
            ):
                if text:
                    record.attach(Attachment(name, text))

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, None]:
        """Report fixtures of the suite only."""
        if fixturedef.func.__module__.startswith(_MACHINERY):
            yield
            return
        self._fixtures += 1
        try:
            yield from AllureListener.pytest_fixture_setup(self, fixturedef, request)
        finally:
            self._fixtures -= 1

    def _update_fixtures_children(self, item: pytest.Item) -> None:
        """Link an item with the fixtures that were reported, not with every fixture that it could use."""
        self._link(item, self._cache.get(item.nodeid))

    def _link(self, item: pytest.Item, uuid: str) -> None:
        request = getattr(item, "_request", None)
        for definition in request._fixture_defs.values() if request else ():  # noqa: SLF001, no public way
            group_uuid = self._cache.get(definition)
            group = self.allure_logger.get_item(group_uuid) if group_uuid else None
            if group is not None and uuid not in group.children:
                self.allure_logger.update_group(group_uuid, children=uuid)

    @allure_commons.hookimpl
    def start_fixture(self, parent_uuid: str, uuid: str, name: str) -> None:
        """Begin a finalizer of a fixture: what is attached now belongs to it."""
        self._fixtures += 1
        super().start_fixture(parent_uuid, uuid, name)

    @allure_commons.hookimpl
    def stop_fixture(
        self, parent_uuid: str, uuid: str, name: str, exc_type: Any, exc_val: Any, exc_tb: Any
    ) -> None:
        """End a finalizer of a fixture."""
        super().stop_fixture(parent_uuid, uuid, name, exc_type, exc_val, exc_tb)
        self._fixtures -= 1

    @property
    def _record(self) -> ScenarioRecord | None:
        """The record that takes what ``allure`` is told now; None while that is allure-pytest's own business.

        That is so in Python tests, and while a fixture of the suite is set up or torn down.
        """
        record = self._recorder.current
        is_ours = record is not None and (record.is_scenario or record.open)
        return record if is_ours and not self._fixtures else None

    @allure_commons.hookimpl
    def start_step(self, uuid: str, title: str, params: dict[str, str]) -> None:
        """Begin an ``allure.step``."""
        if record := self._record:
            record.open_part(uuid, title, dict(params))
        else:
            super().start_step(uuid, title, params)

    @allure_commons.hookimpl
    def stop_step(self, uuid: str, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        """End an ``allure.step``."""
        if (record := self._record) and uuid in record.parts:
            record.close_part(uuid, exc_val)
        else:
            super().stop_step(uuid, exc_type, exc_val, exc_tb)

    @allure_commons.hookimpl
    def attach_data(self, body: Any, name: str | None, attachment_type: Any, extension: str | None) -> None:
        """Take in what ``allure.attach`` is given."""
        if record := self._record:
            record.attach(_attachment(body, name, attachment_type, extension))
        else:
            super().attach_data(body, name, attachment_type, extension)

    @allure_commons.hookimpl
    def attach_file(self, source: str, name: str | None, attachment_type: Any, extension: str | None) -> None:
        """Take in the file that ``allure.attach.file`` names."""
        if record := self._record:
            record.attach(_attachment(Path(source).read_bytes(), name, attachment_type, extension))
        else:
            super().attach_file(source, name, attachment_type, extension)

    @allure_commons.hookimpl
    def add_title(self, test_title: str) -> None:
        """Take in another title."""
        if record := self._record:
            record.additions.title = test_title
        else:
            super().add_title(test_title)

    @allure_commons.hookimpl
    def add_description(self, test_description: str) -> None:
        """Take in another description."""
        if record := self._record:
            record.additions.description = test_description
        else:
            super().add_description(test_description)

    @allure_commons.hookimpl
    def add_description_html(self, test_description_html: str) -> None:
        """Take in a description in HTML."""
        if record := self._record:
            record.additions.description_html = test_description_html
        else:
            super().add_description_html(test_description_html)

    @allure_commons.hookimpl
    def add_link(self, url: str, link_type: str, name: str | None) -> None:
        """Take in a link, unless there is one to that address."""
        if record := self._record:
            address = format_allure_link(self.config, url, link_type)
            if all(known != address for _, known, _ in record.additions.links):
                record.additions.links.append((link_type, address, name or address))
        else:
            super().add_link(url, link_type, name)

    @allure_commons.hookimpl
    def add_label(self, label_type: str, labels: Any) -> None:
        """Take in labels."""
        if record := self._record:
            record.additions.labels += [(label_type, each) for each in labels]
        else:
            super().add_label(label_type, labels)

    @allure_commons.hookimpl
    def add_parameter(self, name: str, value: Any, excluded: bool | None, mode: Any) -> None:
        """Take in a parameter."""
        if record := self._record:
            shown = represent(value)
            record.additions.parameters[name] = Parameter(
                name, shown, excluded or None, mode.value if mode else None
            )
        else:
            super().add_parameter(name, value, excluded, mode)


def _attachment(body: Any, name: str | None, kind: Any, extension: str | None) -> Attachment:
    """What was attached, with the type that was named: one of Allure's, or a MIME type."""
    if isinstance(kind, AttachmentType):
        return Attachment(name or "", body, kind.mime_type, kind.extension)
    return Attachment(name or "", body, kind or "", extension or "attach")


@contextmanager
def allure_results(
    config: pytest.Config,
    recorder: ScenarioRecorder,
    environment: Environment,
    folder: ResultsFolder,
) -> Iterator[None]:
    """Write the results of this process into ``folder`` while the context lasts."""
    results = AllureResults(environment, folder)
    listener = AllurePlugin(config, recorder, results)
    config.pluginmanager.register(listener, "allure_listener")
    recorder.writers.append(results)
    for plugin in (listener, folder):
        allure_commons.plugin_manager.register(plugin)
    try:
        yield
    finally:
        for plugin in (folder, listener):
            allure_commons.plugin_manager.unregister(plugin)
        recorder.writers.remove(results)
        config.pluginmanager.unregister(listener)
