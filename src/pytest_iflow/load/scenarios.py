"""The scenarios of a load run: collected by pytest, then run by users as often as there is time."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest
from pytest_bdd.parser import Step

from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.gherkin.bound_scenario import BOUND, BoundScenario
from pytest_iflow.gherkin.collector import COLLECTED, FAULTS, CollectedScenario
from pytest_iflow.gherkin.compiled import RUNNING
from pytest_iflow.gherkin.elsewhere import ELSEWHERE
from pytest_iflow.load.figures import SCENARIO
from pytest_iflow.load.measured_calls import WAITS, Tell, Waits
from pytest_iflow.load.scenario_fixtures import ScenarioFixtures, ScenarioNode, SharedFixtures
from pytest_iflow.secrets.registry import mask

MOST_REASONS = 5
"""Different reasons that are told of the failures at one step; of further ones only the step is told."""

LONGEST_REASON = 300
"""Characters of a reason."""


@dataclass(frozen=True, slots=True)
class LoadedScenario:
    """A scenario, or a row of an outline, that users can run."""

    item: pytest.Item
    collected: CollectedScenario
    bound: BoundScenario

    @property
    def name(self) -> str:
        """What the figures of all its rows stand under."""
        return self.collected.scenario.name

    @property
    def values(self) -> Mapping[str, str]:
        """The values of its row."""
        return self.collected.row.values if self.collected.row else {}

    def place_of(self, step: Step) -> str:
        """Return file, line and text of a step, the same for all rows."""
        texts = {each.line_number: each.name for each in self.collected.template.steps}
        text = texts.get(step.line_number, step.name)
        return f"{self.item.nodeid.partition('::')[0]}:{step.line_number}: {step.keyword} {text}"


def tagged(items: Sequence[pytest.Item], tag: str) -> list[pytest.Item]:
    """Return the scenarios with a tag."""
    return [item for item in items if COLLECTED in item.stash and tag in item.stash[COLLECTED].tags]


def loadable(items: Sequence[pytest.Item], tag: str) -> tuple[list[LoadedScenario], list[str]]:
    """Return the scenarios that users can run, and one sentence for each that is left out.

    Raises ``ConfigurationError`` where one is broken, or none is left.
    """
    found, left_out = [], []
    for item in items:
        if (faults := item.stash.get(FAULTS, None)) is not None:
            raise ConfigurationError(
                f"a scenario cannot run: {faults.error.what}",
                where=item.nodeid,
                remedy="correct it; pytest --collect-only lists all that cannot run",
            )
        if (skip := item.get_closest_marker("skip")) is not None:
            left_out.append(f"{item.nodeid}: {skip.kwargs.get('reason') or 'skipped'}")
        elif item.stash.get(ELSEWHERE, None):
            left_out.append(f"{item.nodeid}: it calls other environments, and no load is put on those")
        elif (bound := item.stash.get(BOUND, None)) is None:
            left_out.append(f"{item.nodeid}: only pytest-bdd itself can run it, for one test at a time")
        else:
            found.append(LoadedScenario(item, item.stash[COLLECTED], bound))
    if not found:
        why = f"; left out: {'; '.join(left_out)}" if left_out else ""
        raise ConfigurationError(
            f"no scenario that can run has the tag @{tag}{why}",
            remedy=f"write @{tag} above a scenario, or name another one with --tag",
        )
    return found, left_out


_OUTCOMES = (pytest.fail.Exception, pytest.skip.Exception, pytest.xfail.Exception)
"""What a step may raise beside exceptions; whichever it is, the scenario did not do what it says."""


class _CurrentStep:
    """Knows which step runs, or was the first that failed (``gherkin.compiled.StepListener``)."""

    def __init__(self) -> None:
        self.step: Step | None = None
        self._has_failed = False

    def begin_scenario(self, steps: Sequence[Step]) -> None:
        """Take the steps; they are known."""

    def begin_step(self, step: Step) -> None:
        """Take the step that runs from now on; behind one that failed there may be others to judge."""
        if not self._has_failed:
            self.step = step

    def end_step(self, error: BaseException | None) -> None:
        """Take the end of a step."""
        self._has_failed = self._has_failed or error is not None

    def end_scenario(self) -> None:
        """Take the end of the scenario."""


class ScenarioRuns:
    """Runs one scenario after the other, for whoever asks, and tells what came of each.

    With ``reasons`` a failure is told with what the error says. Without them only its step is told: the
    tenant file names business data that reports must not show.
    """

    def __init__(self, scenarios: Sequence[LoadedScenario], tell: Tell, *, reasons: bool) -> None:
        self._turns = itertools.cycle(scenarios)
        self._tell = tell
        self._reasons = reasons
        self._told: dict[str, set[str]] = {}
        self._shared = SharedFixtures()

    def run_next(self) -> None:
        """Run the scenario whose turn it is, and tell; raises what ends a user or the whole run."""
        scenario, listener, waits = next(self._turns), _CurrentStep(), Waits()
        before = WAITS.set(waits)
        began = time.perf_counter()
        failed = None
        try:
            self._run(scenario, listener)
        except (Exception, *_OUTCOMES) as error:  # noqa: BLE001, whatever a step raises is told
            failed = self._reason(scenario, listener.step, error)
        finally:
            WAITS.reset(before)
        spent = max(time.perf_counter() - began - waits.seconds, 0.0)
        self._tell(SCENARIO, mask(scenario.name), spent, 0, failed)

    def _run(self, scenario: LoadedScenario, listener: _CurrentStep) -> None:
        node = ScenarioNode(scenario.item)
        node.stash[COLLECTED] = scenario.collected
        fixtures = ScenarioFixtures(scenario.item, node, self._shared)
        try:
            for name in scenario.item.fixturenames:  # type: ignore[attr-defined]
                fixtures.value(name)
            compiled = node.stash[RUNNING] = scenario.bound.of_row(scenario.values)
            compiled.run(fixtures, listener)
        finally:
            fixtures.close()

    def close(self) -> None:
        """Tear down what all users had in common."""
        self._shared.close()

    def _reason(self, scenario: LoadedScenario, step: Step | None, error: BaseException) -> str:
        place = scenario.place_of(step) if step is not None else scenario.item.nodeid
        if not self._reasons:
            return mask(place)
        text = "\n".join((mask(place), *_first_line(error)))
        told = self._told.setdefault(place, set())
        if text not in told and len(told) >= MOST_REASONS:
            return mask(place)
        told.add(text)
        return text


def _first_line(error: BaseException) -> Iterator[str]:
    said = error.what if isinstance(error, IflowError) else f"{type(error).__name__}: {error}"
    yield from (line[:LONGEST_REASON] for line in mask(said).strip().splitlines()[:1])
