"""Gherkin in Allure: what allure-pytest reports of a test, in the words of the feature.

allure-pytest knows no steps of pytest-bdd and reports each of its fixtures; its sister allure-pytest-bdd
writes fixture values into the report. So this listener takes the place of allure-pytest's own.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import count
from typing import Any

import pytest
from allure_commons.model2 import Label, Link, Parameter, Status, StatusDetails, TestStepResult
from allure_commons.types import AttachmentType, LinkType
from allure_commons.utils import now
from allure_pytest.listener import AllureListener
from allure_pytest.utils import get_status, get_status_details
from pytest_bdd.parser import Scenario, Step

from pytest_iflow.errors import cause_of
from pytest_iflow.gherkin.collector import COLLECTED, faulty_steps
from pytest_iflow.reporting.allure.categories import CATEGORY_LABEL, CATEGORY_OF_CAUSE, CAUSE_LABEL
from pytest_iflow.reporting.allure.failure_category import category_of
from pytest_iflow.reporting.attachment import step_attachments
from pytest_iflow.reporting.exchange_text import exchange_text, exchange_title
from pytest_iflow.reporting.failure import EXPLAINED, told
from pytest_iflow.run import MONITOR_PAGE
from pytest_iflow.tenants.model import Environment
from pytest_iflow.transport.exchange import Exchange

_MACHINERY = ("_pytest.", "pytest_bdd.", "pytest_iflow.", "xdist.")
"""Modules whose fixtures are no part of what a suite sets up."""

_TRIES = "execution_count"
"""What pytest-rerunfailures counts on an item; Allure shows tries before the last as retries by itself."""

_SPEAKING = (*EXPLAINED, pytest.skip.Exception)


class ScenarioListener(AllureListener):  # type: ignore[misc]  # allure-pytest has no type hints
    """Writes one Allure result per scenario, for one environment of a tenant."""

    def __init__(self, config: pytest.Config, environment: Environment) -> None:
        super().__init__(config)
        self._environment = environment
        self._step: str | None = None
        self._ahead: list[Step] = []
        self._in_scenario = False
        self._pages: dict[str, None] = {}
        self._numbers = count()

    def observe(self, exchange: Exchange) -> None:
        """Attach an exchange to the step that runs; what happens outside a scenario is nobody's evidence.

        Questions to the tenant's API are many; notes tell what came of them.
        """
        if self._in_scenario and not exchange.is_monitoring:
            title, text = exchange_title(exchange), exchange_text(exchange)
            self.attach_data(text, title, AttachmentType.TEXT, None)

    def note(self, title: str, text: str) -> None:
        """Attach what was found out about a message to the step that runs; its page becomes a link."""
        if not self._in_scenario:
            return
        if title == MONITOR_PAGE:
            self._pages[text] = None
        else:
            self.attach_data(text, title, AttachmentType.TEXT, None)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Name the result as the feature does; tenant and environment count for its history."""
        self._in_scenario = COLLECTED in item.stash
        self._pages.clear()
        yield from AllureListener.pytest_runtest_setup(self, item)
        collected = item.stash.get(COLLECTED, None)
        if collected is None:
            return
        result = self.allure_logger.get_test(self._cache.get(item.nodeid))
        result.name = collected.title
        result.description = collected.scenario.description or collected.feature.feature.description.strip()
        columns = dict(collected.row.values) if collected.row else {}
        if collected.row and collected.row.repetition > 1:
            columns["repetition"] = str(collected.row.repetition)  # or Allure takes equal rows for retries
        result.parameters = [
            Parameter(name=name, value=value)
            for name, value in {
                "tenant": self._environment.tenant,
                "environment": self._environment.name,
                **columns,
            }.items()
        ]

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Close the evidence after the fixtures are torn down; what passed when tried again is flaky."""
        yield from AllureListener.pytest_runtest_teardown(self, item)
        self._in_scenario = False
        result = self.allure_logger.get_test(self._cache.get(item.nodeid))
        if getattr(item, _TRIES, 1) > 1 and result.status == Status.PASSED:
            result.statusDetails = StatusDetails(flaky=True)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)  # around the recorder, which says it in short
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Let an explained failure or a skip speak for itself, without the name of its class."""
        for step, status in faulty_steps(item, call.excinfo.value) if call.excinfo else ():
            self._step = self._start(step)
            self._stop(Status.SKIPPED if status == "skipped" else Status.BROKEN)
        yield from AllureListener.pytest_runtest_makereport(self, item, call)
        result = self.allure_logger.get_test(self._cache.get(item.nodeid))
        for page in self._pages:
            result.links.append(Link(type=LinkType.LINK, url=page, name="message log in the Monitor"))
        self._pages.clear()
        if call.excinfo and all(label.name != CATEGORY_LABEL for label in result.labels):  # the first counts
            result.labels.extend(_labels_of_failure(call.excinfo.value))
        if result.statusDetails and call.excinfo and isinstance(call.excinfo.value, _SPEAKING):
            result.statusDetails.message = told(call.excinfo.value)
            if call.excinfo.errisinstance(pytest.skip.Exception):
                result.statusDetails.trace = None

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, Any, None]:
        """Report fixtures of the suite only."""
        if fixturedef.func.__module__.startswith(_MACHINERY):
            yield
        else:
            yield from AllureListener.pytest_fixture_setup(self, fixturedef, request)

    def _update_fixtures_children(self, item: pytest.Item) -> None:
        """Link an item with the fixtures that were reported, not with every fixture that it could use."""
        uuid = self._cache.get(item.nodeid)
        request = getattr(item, "_request", None)
        for definition in request._fixture_defs.values() if request else ():  # noqa: SLF001, no public way
            group_uuid = self._cache.get(definition)
            group = self.allure_logger.get_item(group_uuid) if group_uuid else None
            if group is not None and uuid not in group.children:
                self.allure_logger.update_group(group_uuid, children=uuid)

    def pytest_bdd_before_scenario(self, scenario: Scenario) -> None:
        """Note the steps that lie ahead."""
        self._ahead = list(scenario.steps)

    def pytest_bdd_before_step(self, step: Step) -> None:
        """Open a step with its keyword, its table and its doc string."""
        del self._ahead[:1]
        self._step = self._start(step)

    def pytest_bdd_after_step(self) -> None:
        """Close a step that passed."""
        self._stop(Status.PASSED)

    def pytest_bdd_step_error(self, exception: BaseException) -> None:
        """Close a step that raised, with what it raised."""
        self._stop(get_status(exception), _details(exception))

    def pytest_bdd_step_func_lookup_error(self, step: Step, exception: BaseException) -> None:
        """Show an undefined step as broken."""
        self.pytest_bdd_before_step(step)
        self._stop(Status.BROKEN, _details(exception))

    def pytest_bdd_after_scenario(self) -> None:
        """Show the steps that were not reached as skipped."""
        self._stop(Status.SKIPPED)  # one still open was left by pytest.skip or Ctrl-C
        for step in self._ahead:
            self._step = self._start(step)
            self._stop(Status.SKIPPED)
        self._ahead = []

    def _start(self, step: Step) -> str:
        uuid = f"step {next(self._numbers)}"  # a key of allure-pytest's, never written
        name = f"{step.keyword} {step.name}"
        self.allure_logger.start_step(None, uuid, TestStepResult(name=name, start=now()))
        for attachment in step_attachments(step):
            self.attach_data(attachment.text, attachment.name, attachment.type, None)
        return uuid

    def _stop(self, status: str, details: Any = None) -> None:
        if self._step is not None:
            self.allure_logger.stop_step(self._step, stop=now(), status=status, statusDetails=details)
            self._step = None


def _labels_of_failure(error: BaseException) -> Iterator[Label]:
    category, cause = category_of(error), cause_of(error)
    if category:
        yield Label(name=CATEGORY_LABEL, value=category.id)
    if cause in CATEGORY_OF_CAUSE:
        yield Label(name=CAUSE_LABEL, value=cause)


def _details(error: BaseException) -> Any:
    if isinstance(error, EXPLAINED):
        return StatusDetails(message=told(error))
    return get_status_details(type(error), error, None)
