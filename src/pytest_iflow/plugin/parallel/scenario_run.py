"""One scenario that runs in a thread of its own: with its fixtures, what it raised, and its log records."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import pytest

from pytest_iflow.gherkin.compiled import CONVERSATION, CompiledScenario
from pytest_iflow.places import Places, RunCutShort
from pytest_iflow.plugin.parallel.output import Output
from pytest_iflow.reporting.recorder import ScenarioRecorder
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import REGISTRY
from pytest_iflow.steps.ahead import ask_about_message
from pytest_iflow.steps.conversation import Conversation


class ThreadFixtures:
    """The fixtures of a scenario that pytest has not set up: those of the session, and its conversation.

    ``session_values`` are the values of the first kind, by name.
    """

    def __init__(
        self, run: Run, item: pytest.Item, scenario: CompiledScenario, session_values: dict[str, Any]
    ) -> None:
        self.conversation: Conversation | None = None
        self._run = run
        self._item = item
        self._scenario = scenario
        self._values = dict(session_values)
        self._generators: list[Generator[Any]] = []

    def value(self, name: str) -> Any:
        """Return the value of a fixture; of no other than were looked at before."""
        if name not in self._values and name == CONVERSATION:
            self._values[name] = self.conversation = Conversation.of(
                self._run, self._item, lambda: ask_about_message(self._scenario.ahead)
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
        __tracebackhide__ = True
        first: BaseException | None = None
        ends: list[Callable[[], object]] = [partial(next, each, None) for each in reversed(self._generators)]
        if self.conversation is not None:
            ends.append(self.conversation.end)
        for end in ends:
            try:
                end()
            except BaseException as error:  # noqa: BLE001, the others have to end, too
                first = first or error
        if first is not None:
            raise first


class ScenarioRun:
    """The run of a scenario ahead of its turn.

    ``number`` is its place in the order of the run. ``error`` is what its steps raised, ``teardown_error``
    what came after them. ``began`` and ``ended`` are seconds since 1970, ``seconds`` how long it took.
    ``output`` is what it printed and logged. ``is_done`` is true at its end; where it has not begun by then,
    no more scenarios were sent. It hears of its steps, and so does the ``recorder``; ``fails`` is called at
    once when one fails.
    """

    def __init__(
        self,
        item: pytest.Function,
        scenario: CompiledScenario,
        fixtures: ThreadFixtures,
        recorder: ScenarioRecorder,
        fails: Callable[[], None],
    ) -> None:
        self.item = item
        self.number = 0
        self.begin_scenario, self.begin_step = recorder.begin_scenario, recorder.begin_step
        self.end_scenario = recorder.end_scenario
        self._recorder = recorder
        self._fails = fails
        self.error: BaseException | None = None
        self.teardown_error: BaseException | None = None
        self.output = Output()
        self.began = self.ended = self.seconds = 0.0
        self.has_begun = False
        self.is_done = False
        self._business_data: tuple[str, ...] = ()
        self._scenario = scenario
        self._fixtures = fixtures

    def execute(self, places: Places, begins: Callable[[ScenarioRun], bool]) -> None:
        """Run the scenario as one of so many; ``begins`` is asked, once there is a place, whether it may."""
        places.enter(self.number)
        REGISTRY.values_apart()
        self.output.begin()
        try:
            places.take()
            self.has_begun = begins(self)
            if self.has_begun:
                self._execute()
        except RunCutShort as error:
            self.error = error
        finally:
            places.give_back()
            self._business_data = REGISTRY.values
            self.is_done = True

    def _execute(self) -> None:
        __tracebackhide__ = True
        self._recorder.adopt(self.item, self._fixtures)
        self.began, clock = time.time(), time.perf_counter()
        try:
            self._scenario.run(self._fixtures, self)
        except BaseException as error:  # noqa: BLE001, pytest judges it in the main thread
            self.error = error
        self.seconds = time.perf_counter() - clock
        self.ended = self.began + self.seconds
        try:
            self._fixtures.finish()
        except BaseException as error:  # noqa: BLE001, as above
            self.teardown_error = error
            self._fail(error)

    @property
    def is_cut_short(self) -> bool:
        """Whether the end of the run kept the scenario from its own end."""
        return isinstance(self.error, RunCutShort) or isinstance(self.teardown_error, RunCutShort)

    def end_step(self, error: BaseException | None) -> None:
        """Tell of a failure before it is looked into, which takes a while."""
        if error is not None:
            self._fail(error)
        self._recorder.end_step(error)

    def _fail(self, error: BaseException) -> None:
        if not isinstance(error, pytest.skip.Exception) and self.item.get_closest_marker("xfail") is None:
            self._fails()

    def hand_over(self) -> None:
        """Do in the main thread what the steps did here: raises what they raised."""
        __tracebackhide__ = True
        if self._business_data:
            REGISTRY.set_values(self._business_data)
        if self.teardown_error is not None:
            self.item.addfinalizer(self._raise_teardown_error)
        if self.error is not None:
            raise self.error

    def _raise_teardown_error(self) -> None:
        __tracebackhide__ = True
        if self.teardown_error is not None:
            raise self.teardown_error
