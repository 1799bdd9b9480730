"""One scenario that runs in a thread of its own: with its fixtures, what it raised, and its log records."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.gherkin.compiled import CompiledScenario
from pytest_iflow.places import PLACES, Places, RunCutShort
from pytest_iflow.reporting.masking.streams import OutputApart
from pytest_iflow.reporting.recorder import ScenarioRecorder
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import REGISTRY
from pytest_iflow.steps.ahead import ask_about_message
from pytest_iflow.steps.conversation import Conversation

CONVERSATION = "conversation"
"""The one fixture of a scenario's own scope that a thread can make."""


class ThreadFixtures:
    """The fixtures of a scenario that pytest has not set up: those of the session, and its conversation.

    ``session_values`` are the values of the first kind, by name.
    """

    def __init__(
        self, run: Run, folder: Path, scenario: CompiledScenario, session_values: dict[str, Any]
    ) -> None:
        self.conversation: Conversation | None = None
        self._run = run
        self._folder = folder
        self._scenario = scenario
        self._values = dict(session_values)
        self._generators: list[Generator[Any]] = []

    def value(self, name: str) -> Any:
        """Return the value of a fixture; of no other than were looked at before."""
        if name not in self._values and name == CONVERSATION:
            self._values[name] = self.conversation = Conversation(
                self._run,
                self._folder,
                will_ask=lambda: ask_about_message(each.definition for each in self._scenario.ahead),
            )
        return self._values[name]

    def replace(self, name: str, value: Any) -> None:
        """Give a fixture another value for the rest of the scenario."""
        self._values[name] = value

    def call_generator(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        """Return what a step yields; the rest of it runs in ``finish``."""
        generator = function(**arguments)
        value = next(generator)
        self._generators.append(generator)
        return value

    def finish(self) -> None:
        """Run what stands behind the ``yield`` of steps, the last one first, then end the conversation."""
        with ExitStack() as ends:
            if self.conversation is not None:
                ends.callback(self.conversation.end)
            for generator in self._generators:
                ends.callback(next, generator, None)


class ScenarioRun:
    """The run of a scenario ahead of its turn.

    ``error`` is what its steps raised, ``teardown_error`` what came after them. ``began`` and ``ended`` are
    seconds since 1970, ``seconds`` how long it took. ``records`` are those of ``logging``. ``is_done`` is
    true at its end; where it has not begun by then, no more scenarios were sent.
    """

    def __init__(self, item: pytest.Function, scenario: CompiledScenario, fixtures: ThreadFixtures) -> None:
        self.item = item
        self.error: BaseException | None = None
        self.teardown_error: BaseException | None = None
        self.began = self.ended = self.seconds = 0.0
        self.records: list[logging.LogRecord] = []
        self.has_begun = False
        self.is_done = False
        self._business_data: tuple[str, ...] = ()
        self._output = OutputApart()
        self._scenario = scenario
        self._fixtures = fixtures

    def execute(
        self, places: Places, recorder: ScenarioRecorder, begins: Callable[[ScenarioRun], bool]
    ) -> None:
        """Run the scenario as one of so many; ``begins`` is asked, once there is a place, whether it may."""
        PLACES.set(places)
        RUNS_HERE.set(self)
        REGISTRY.values_apart()
        self._output.begin()
        try:
            places.take()
            self.has_begun = begins(self)
            if self.has_begun:
                self._execute(recorder)
        except RunCutShort as error:
            self.error = error
        finally:
            places.give_back()
            self._business_data = REGISTRY.values
            self.is_done = True

    def _execute(self, recorder: ScenarioRecorder) -> None:
        recorder.adopt(self.item, self._fixtures)
        self.began, clock = time.time(), time.perf_counter()
        try:
            self._scenario.run(self._fixtures, recorder)
        except BaseException as error:  # noqa: BLE001, pytest judges it in the main thread
            self.error = error
        self.seconds = time.perf_counter() - clock
        self.ended = self.began + self.seconds
        try:
            self._fixtures.finish()
        except BaseException as error:  # noqa: BLE001, as above
            self.teardown_error = error

    @property
    def is_cut_short(self) -> bool:
        """Whether the end of the run kept the scenario from its own end."""
        return isinstance(self.error, RunCutShort) or isinstance(self.teardown_error, RunCutShort)

    @property
    def has_failed(self) -> bool:
        """Whether its result will count as a failure, unless it is expected to fail."""
        error = self.error or self.teardown_error
        return error is not None and not isinstance(error, pytest.skip.Exception | RunCutShort)

    def hand_over(self) -> None:
        """Do in the main thread what the steps did here: raises what they raised."""
        __tracebackhide__ = True
        if self._business_data:
            REGISTRY.set_values(self._business_data)
        self._output.replay()
        if self.teardown_error is not None:
            self.item.addfinalizer(self._raise_teardown_error)
        if self.error is not None:
            raise self.error

    def _raise_teardown_error(self) -> None:
        __tracebackhide__ = True
        if self.teardown_error is not None:
            raise self.teardown_error


RUNS_HERE: ContextVar[ScenarioRun | None] = ContextVar("iflow_runs_here", default=None)
"""What this thread runs ahead; None in the main thread."""


class LogsByScenario(logging.Filter):
    """Keeps log records of threads with their scenarios, until pytest captures those of each scenario.

    pytest would take them for records of the scenario whose turn it is.
    """

    def __init__(self, config: pytest.Config) -> None:
        super().__init__()
        plugin: Any = config.pluginmanager.get_plugin("logging-plugin")
        names = ("caplog_handler", "report_handler", "log_cli_handler")
        self._handlers: list[logging.Handler] = [getattr(plugin, name) for name in names if plugin]

    @contextmanager
    def routed(self) -> Iterator[None]:
        """Keep them apart while the context lasts."""
        for handler in self._handlers:
            handler.addFilter(self)
        try:
            yield
        finally:
            for handler in self._handlers:
                handler.removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep a record that a thread makes; several handlers ask about each."""
        run = RUNS_HERE.get()
        if run is not None and (not run.records or run.records[-1] is not record):
            run.records.append(record)
        return run is None

    def replay(self, run: ScenarioRun) -> None:
        """Hand the records of a scenario to pytest, in its turn."""
        for record in run.records:
            for handler in self._handlers:
                if record.levelno >= handler.level:
                    handler.handle(record)
