"""Each scenario that was collected and selected is bound to its steps before the first one runs.

What cannot do what its feature says is broken: nothing of it runs, no fixture either, so nothing is sent.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_bdd.compat import getfixturedefs
from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext

from pytest_iflow.gherkin.collector import COLLECTED, FAULTS, CollectedScenario
from pytest_iflow.gherkin.faults import (
    Fault,
    Faults,
    argument_faults,
    conversion_faults,
    faults_of_scenario,
    file_faults,
    lost_step,
    missing_step,
    placeholder_faults,
)
from pytest_iflow.gherkin.outline import (
    Columns,
    OutlineTemplate,
    filled,
    has_placeholder,
    unknown_placeholders,
)
from pytest_iflow.gherkin.step_index import StepIndex
from pytest_iflow.tenants.suite_files import SuiteFiles

_OF_ONE_LINE = 3
"""How many faults of one line are listed: each row of an outline may have its own."""


class ScenarioCheck:
    """Finds the scenarios that cannot run, tells them, and keeps them from running.

    ``index`` finds the definitions of steps; without one, what they are is left to the run. ``files`` are
    those that features may read.
    """

    def __init__(self, config: pytest.Config, index: StepIndex | None, files: SuiteFiles) -> None:
        self._config = config
        self._files = files
        self._index = index
        self._broken: list[Faults] = []

    @pytest.hookimpl(tryfirst=True)  # before the terminal tells what was collected
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Check what was selected; what is skipped need not be ready."""
        binding = _Binding(session, self._index, self._files)
        for item in session.items:
            collected = item.stash.get(COLLECTED, None)
            if collected is None or item.get_closest_marker("skip") is not None:
                continue
            if FAULTS not in item.stash and (found := binding.faults(item, collected)):
                item.stash[FAULTS] = found
            if (faults := item.stash.get(FAULTS, None)) is not None:
                self._broken.append(faults)

    def pytest_report_collectionfinish(self) -> list[str]:
        """Tell all faults at once, each in one line."""
        if not self._broken:
            return []
        told: dict[str, dict[str, None]] = {}
        for place, what in dict.fromkeys(each for faults in self._broken for each in faults.told):
            told.setdefault(place, {})[what] = None
        count = f"{len(self._broken)} scenario{'s' if len(self._broken) > 1 else ''}"
        lines = [f"{count} cannot run, and nothing is sent for them:"]
        for place, faults_there in told.items():
            lines += [f"  {place}{what}" for what in list(faults_there)[:_OF_ONE_LINE]]
            if len(faults_there) > _OF_ONE_LINE:
                lines.append(f"  {place}: and {len(faults_there) - _OF_ONE_LINE:,} more in other rows")
        return lines

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Break a scenario that cannot run before its fixtures act; pytest's own skips come first."""
        faults = item.stash.get(FAULTS, None)
        if faults is not None:
            raise faults.error.with_traceback(None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let a mere collection fail as well."""
        if self._broken and self._config.option.collectonly and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@dataclass(frozen=True, slots=True)
class _Checked:
    """What is the same in all rows with the same columns, and the steps that are another one in each."""

    faults: tuple[Fault, ...]
    by_row: tuple[Step, ...]


class _Binding:
    """Binds the scenarios of a run to the definitions of their steps."""

    def __init__(self, session: pytest.Session, index: StepIndex | None, files: SuiteFiles) -> None:
        self._session = session
        self._files = files
        self._index = index
        self._checked: dict[tuple[OutlineTemplate, Columns], _Checked] = {}
        self._arguments: dict[tuple[int, int], tuple[Fault, ...]] = {}
        self._warned: set[tuple[str, int]] = set()
        if index:
            index.refresh(session)

    def faults(self, item: pytest.Item, collected: CollectedScenario) -> Faults | None:
        """Return what is wrong with a scenario; None where nothing is."""
        template, row = collected.template, collected.row
        values = row.values if row else {}
        columns = tuple(values)
        checked = self._checked.get((template, columns))
        file = item.nodeid.partition("::")[0]
        if checked is None:
            checked = self._check(item, file, collected, columns)
            self._checked[template, columns] = checked
        found = [*checked.faults]
        for step in checked.by_row:
            found += self._step_faults(item, file, step, filled(step.name, columns, values))
        return faults_of_scenario(file, found) if found else None

    def _check(
        self, item: pytest.Item, file: str, collected: CollectedScenario, columns: Columns
    ) -> _Checked:
        found = list(self._lost_steps(item, file, collected))
        by_row = []
        template = collected.template
        others = tuple(dict.fromkeys(name for table in template.examples for name in table.example_params))
        for step in template.steps:
            if columns:
                found += placeholder_faults(file, step, columns, others)
            if has_placeholder(step.name, columns):
                by_row.append(step)
            elif not columns or not any(unknown_placeholders(step.name, columns)):
                found += self._step_faults(item, file, step, step.name)
        return _Checked(tuple(found), tuple(by_row))

    def _step_faults(self, item: pytest.Item, file: str, step: Step, text: str) -> tuple[Fault, ...]:
        if self._index is None:
            return ()
        try:
            context = self._index.bind(item, step, text)
            if context is None:
                return (missing_step(file, step, text),)
            key = id(step), id(context)
            if key not in self._arguments:
                self._arguments[key] = tuple(self._argument_faults(item, file, step, context))
        except Exception:  # noqa: BLE001, a notation of the project that raises does so at run time, too
            return ()
        return (
            *self._arguments[key],
            *conversion_faults(file, step, text, context),
            *file_faults(file, step, text, context, self._files, item.path.parent),
        )

    def _argument_faults(
        self, item: pytest.Item, file: str, step: Step, context: StepFunctionContext
    ) -> Iterator[Fault]:
        fixtures = self._session._fixturemanager  # noqa: SLF001, pytest has no public list of fixtures
        return argument_faults(file, step, context, lambda name: bool(getfixturedefs(fixtures, name, item)))

    def _lost_steps(self, item: pytest.Item, file: str, collected: CollectedScenario) -> Iterator[Fault]:
        index = self._index
        for prose in collected.scenario.prose if index else ():
            if index and any(index.fits_any(item, text) for text in prose.steps if text):
                yield lost_step(file, prose)
            elif prose.is_suspicious and (file, prose.line) not in self._warned:
                self._warned.add((file, prose.line))
                said = lost_step(file, prose)
                try:
                    warn = pytest.PytestCollectionWarning(f"{file}:{prose.line}: {said.what}")
                    warnings.warn(warn, stacklevel=2)
                except pytest.PytestCollectionWarning:  # where warnings are errors
                    yield said
