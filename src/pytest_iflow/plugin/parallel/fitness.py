"""Which scenarios may run ahead of their turn, in a thread; of each other one, why it may not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from types import ModuleType
from typing import Any

import pytest
from _pytest.skipping import evaluate_skip_marks, evaluate_xfail_marks
from pytest_bdd.compat import getfixturedefs

from pytest_iflow.gherkin.bound_scenario import BOUND
from pytest_iflow.gherkin.collector import FAULTS, FeatureFile, row_of
from pytest_iflow.gherkin.compiled import CONVERSATION, CompiledScenario, CompiledStep, StepDefinition
from pytest_iflow.gherkin.fixture_values import ROW
from pytest_iflow.gherkin.vocabulary import runs_in_parallel
from pytest_iflow.plugin.parallel.scenario_run import ScenarioRun, ThreadFixtures
from pytest_iflow.reporting.recorder import ScenarioRecorder
from pytest_iflow.run import Run

SERIAL = "serial"
"""Tag of a feature or scenario that runs in its order, with no other one in flight."""

_OURSELVES = "pytest_iflow"
_HOOKS = (
    "pytest_runtest_protocol",
    "pytest_runtest_setup",
    "pytest_runtest_call",
    "pytest_runtest_teardown",
    "pytest_runtest_makereport",
    "pytest_pyfunc_call",
    "pytest_bdd_before_scenario",
    "pytest_bdd_before_step",
    "pytest_bdd_after_step",
)
_LOOKS_ON = frozenset(
    {
        "_hypothesis_pytestplugin",
        "_pytest",
        "allure_pytest",
        "anyio",
        "pytest_asyncio",
        "pytest_bdd",
        "pytest_cov",
        "pytest_html",
        "pytest_instafail",
        _OURSELVES,
        "pytest_metadata",
        "pytest_mock",
        "pytest_randomly",
        "pytest_rerunfailures",
        "pytest_sugar",
        "pytest_timeout",
        "xdist",
    }
)
"""Packages whose hooks do nothing for a scenario that its steps could need."""


class Place(Enum):
    """Where a test runs: ahead in a thread, in its turn with nothing else in flight, or not at all."""

    AHEAD = "ahead"
    IN_TURN = "in turn"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Where a test runs, and why in its turn; ``run`` is what runs ahead."""

    place: Place
    reason: str = ""
    run: ScenarioRun | None = None


class Fitness:
    """Judges the tests of a run in their order; where one is set up, since fixtures of the session are then.

    ``reason`` of all tests, empty unless an option of pytest keeps all in their order. ``recorder`` hears of
    what runs ahead, and ``fails`` is called when one of them fails.
    """

    def __init__(
        self, config: pytest.Config, run: Run, recorder: ScenarioRecorder, fails: Callable[[], None]
    ) -> None:
        self._run = run
        self._recorder = recorder
        self._fails = fails
        self.reason = _option_of_order(config)
        self._by_file: dict[pytest.Collector, str] = {}
        self._by_definitions: dict[tuple[int, ...], str | tuple[str, ...]] = {}
        self._values: dict[int, Any] = {}

    def judge(self, item: pytest.Item, current: pytest.Function) -> Judgement:
        """Say where a test runs; makes what runs ahead. ``current`` is the test whose turn it is."""
        if self._run.problems or FAULTS in item.stash or _is_kept_from_running(item):
            return Judgement(Place.NOWHERE)
        if reason := self._reason(item):
            return Judgement(Place.IN_TURN, reason)
        assert isinstance(item, pytest.Function)  # noqa: S101, every scenario is one
        scenario = item.stash[BOUND].of_row(row_of(item))
        wanted = self._wanted(item, scenario)
        if isinstance(wanted, str):
            return Judgement(Place.IN_TURN, wanted)
        try:
            values = {name: self._value(item, name, current) for name in wanted}
        except (Exception, pytest.fail.Exception, pytest.skip.Exception):  # noqa: BLE001, it is raised again
            return Judgement(Place.IN_TURN, "uses a fixture that cannot be set up")
        fixtures = ThreadFixtures(self._run, item, scenario, values)
        return Judgement(Place.AHEAD, run=ScenarioRun(item, scenario, fixtures, self._recorder, self._fails))

    def _reason(self, item: pytest.Item) -> str:
        """Return why a test runs in its turn, by what is known of it without its steps."""
        file = item.parent
        if not isinstance(file, FeatureFile):
            return "is a Python test"
        if BOUND not in item.stash:
            return "is run by pytest-bdd, as its hooks or parsers want it"
        if item.get_closest_marker(SERIAL) is not None:
            return f"is tagged @{SERIAL}"
        if file not in self._by_file:
            self._by_file[file] = _reason_of_file(item)
        return self.reason or self._by_file[file]

    def _wanted(self, item: pytest.Function, scenario: CompiledScenario) -> str | tuple[str, ...]:
        """Return the fixtures of the session that a scenario wants, or why it has to wait for its turn."""
        key = (id(item.parent), *(id(each.definition) for each in scenario.steps))
        if key not in self._by_definitions:
            self._by_definitions[key] = _fixtures_of_session(item, scenario.steps)
        return self._by_definitions[key]

    def _value(self, item: pytest.Function, name: str, current: pytest.Function) -> Any:
        """Return the value of a fixture of the session, which pytest sets up if need be.

        The test whose turn it is asks where it has the same one: pytest wants a test that is under way.
        """
        definition = _definition(item, name)
        key = id(definition)
        if key not in self._values:
            asking = current if _definition(current, name) is definition else item
            self._values[key] = asking._request.getfixturevalue(name)  # noqa: SLF001, pytest has no other way
        return self._values[key]


def _fixtures_of_session(item: pytest.Function, steps: Iterable[CompiledStep]) -> str | tuple[str, ...]:
    made: set[str] = {CONVERSATION}
    found: dict[str, None] = {}
    for each in steps:
        definition = each.definition
        if not _is_fit(definition):
            place = f"{definition.function.__module__}.{definition.function.__name__}"
            return f"has a step of the suite that is not declared to run in parallel ({place})"
        if definition.target_fixture is not None:
            made.add(definition.target_fixture)
        for name in each.fixtures:
            reason = _reason_of_fixture(item, name, may_be_made=name in made)
            if reason:
                return reason
            if name not in made:
                found[name] = None
    return tuple(found)


def _reason_of_fixture(item: pytest.Function, name: str, *, may_be_made: bool) -> str:
    definition = _definition(item, name)
    if name == CONVERSATION:
        is_ours = definition is not None and _package(definition.func.__module__) == _OURSELVES
        return "" if is_ours else f'uses the fixture "{name}", which the suite replaces'
    if may_be_made:
        return ""
    if definition is None or definition.scope != "session" or definition.params is not None:
        return f'uses the fixture "{name}", which is not one of the session'
    return ""


def _is_fit(definition: StepDefinition) -> bool:
    function = definition.function
    return _package(function.__module__) == _OURSELVES or runs_in_parallel(function)


def _definition(item: pytest.Item, name: str) -> pytest.FixtureDef[Any] | None:
    found = getfixturedefs(item.session._fixturemanager, name, item)  # noqa: SLF001, not public
    return found[-1] if found else None


def _is_kept_from_running(item: pytest.Item) -> bool:
    """Whether its marks skip a test, or say that it is expected to fail and not to be run."""
    if next(item.iter_markers(), None) is None:
        return False
    try:
        if evaluate_skip_marks(item) is not None:
            return True
        expected = evaluate_xfail_marks(item)
    except (Exception, pytest.fail.Exception):  # noqa: BLE001, pytest raises it again in its turn
        return True
    return expected is not None and not expected.run and not item.config.option.runxfail


def _option_of_order(config: pytest.Config) -> str:
    option = config.option
    names = {"usepdb": "--pdb", "trace": "--trace", "setupshow": "--setup-show", "setuponly": "--setup-only"}
    names |= {"setupplan": "--setup-plan", "stepwise": "--stepwise", "stepwise_skip": "--stepwise-skip"}
    given = [name for key, name in names.items() if getattr(option, key, False)]
    return f"runs in its turn with {given[0]}" if given else ""


def _reason_of_file(item: pytest.Item) -> str:
    """Return what keeps all scenarios of a feature file in their order."""
    for name in _HOOKS:
        for implementation in getattr(item.ihook, name).get_hookimpls():
            if (package := _package_of(implementation.plugin)) not in _LOOKS_ON:
                return f"{package} has the hook {name}"
    for name in getattr(item, "fixturenames", ()):
        definition = None if name in {"request", ROW} else _definition(item, name)
        if definition is None or definition.scope == "session":
            continue
        if _package(definition.func.__module__) not in _LOOKS_ON:
            return f'has the fixture "{name}" of scope {definition.scope} set up before it'
    return ""


def _package_of(plugin: object) -> str:
    return _package(plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__)


def _package(module: str) -> str:
    return module.partition(".")[0]
