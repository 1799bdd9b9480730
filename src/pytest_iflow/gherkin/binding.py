"""Binds each scenario that was collected and selected to the definitions of its steps, and finds its faults.

What is the same in all rows of an outline is looked at once; only a step whose text has a placeholder is
looked up for each row.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
from pytest_bdd.compat import getfixturedefs
from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext

from pytest_iflow.checks.golden_check import GoldenCheck
from pytest_iflow.checks.schema import schema_store
from pytest_iflow.gherkin.bound_scenario import (
    BOUND,
    Before,
    BoundScenario,
    BoundStep,
    call_name_faults,
)
from pytest_iflow.gherkin.collector import FAULTS, CollectedScenario
from pytest_iflow.gherkin.compiled import StepDefinition, hooks_are_heard
from pytest_iflow.gherkin.elsewhere import StepElsewhere, calls_elsewhere, look_elsewhere
from pytest_iflow.gherkin.faults import (
    Fault,
    ambiguous_step,
    faults_of_scenario,
    lost_step,
    missing_step,
    placeholder_faults,
)
from pytest_iflow.gherkin.file_faults import FileCheck, NamedFile
from pytest_iflow.gherkin.fixture_values import ROW, FixtureOrigins
from pytest_iflow.gherkin.name_faults import NameCheck, StepNames
from pytest_iflow.gherkin.outline import (
    Columns,
    OutlineTemplate,
    filled,
    unknown_placeholders,
)
from pytest_iflow.gherkin.receiver_steps import (
    FlowsOfSuite,
    ReceiverNames,
    allow_receivers,
    speaks_of_receivers,
)
from pytest_iflow.gherkin.step_faults import (
    argument_faults,
    below_faults,
    conversion_faults,
    recall_faults,
    variable_faults,
)
from pytest_iflow.gherkin.step_index import StepIndex
from pytest_iflow.other_environments import OtherEnvironments
from pytest_iflow.tenants.model import Environment
from pytest_iflow.tenants.suite_files import SuiteFiles

SOFT = "soft"
"""The tag of a feature or a scenario whose checks are all judged, whichever fails."""


class Binding:
    """Binds the scenarios of a run; without an ``index`` pytest-bdd looks the steps up when they run.

    ``files`` are those that features may read, ``variables`` the names of those that all scenarios have.
    ``others`` finds the environments that they call beside the tested one; without it no tenant is tested,
    and ``environments`` are all of the suite.
    """

    def __init__(
        self,
        session: pytest.Session,
        index: StepIndex | None,
        files: SuiteFiles,
        variables: Collection[str],
        others: OtherEnvironments | None = None,
        environments: Iterable[Environment] = (),
    ) -> None:
        self._session = session
        self._others = others
        self._variables = frozenset(variables)
        constants = {} if others is None else others.variables
        self._unset = {} if others is None else others.tested.unset_variables
        may_be_missing = bool(session.config.getoption("--update-golden", False))
        schemas = schema_store(files) if others is None else others.tested.schemas
        self._file_check = FileCheck(
            files,
            GoldenCheck(files, may_be_missing=may_be_missing),
            schemas.compiled,
            constants,
            self._unset,
        )
        will_follow = not session.config.option.collectonly
        tested = None if others is None else others.tested
        suite = FlowsOfSuite([tested.environment] if tested else environments, may_lack=tested is None)
        self._name_check = NameCheck(tested, suite, constants, will_follow=will_follow)
        self._receiver_names = ReceiverNames(suite)
        self._index = index
        self._bound: dict[tuple[OutlineTemplate, Columns], BoundScenario] = {}
        self._arguments: dict[tuple[int, int], tuple[Fault, ...]] = {}
        self._definitions: dict[int, StepDefinition] = {}
        self._hooks_are_heard: dict[pytest.Collector | None, bool] = {}
        self._fixtures = FixtureOrigins(session)
        self._warned: set[tuple[str, int]] = set()
        if index:
            index.refresh(session)

    def bind(self, item: pytest.Item, collected: CollectedScenario) -> None:
        """Put on the item what it runs, or what is wrong with it."""
        values = collected.row.values if collected.row else {}
        columns = tuple(values)
        file = item.nodeid.partition("::")[0]
        key = collected.template, columns
        bound = self._bound.get(key)
        if bound is None:
            bound = self._bound[key] = self._bind_scenario(item, file, collected, columns)
        found, elsewhere = list(bound.faults), [*bound.elsewhere]
        is_bound = self._bind_row(item, file, bound, values, found, elsewhere) and bound.is_complete
        for each in bound.filled_below:
            found += each.below_faults(file, columns, values)
        if (elsewhere or bound.has_receivers) and self._others is not None:
            if elsewhere:
                found += look_elsewhere(item, file, collected.tags, elsewhere, self._others)
            if bound.has_receivers:
                allow_receivers(item, self._others.tested)
            if item.get_closest_marker("skip") is not None:
                return
        if found:
            item.stash[FAULTS] = faults_of_scenario(file, found)
        elif is_bound and not self._are_hooks_heard(item.parent):
            item.stash[BOUND] = bound

    def _bind_row(
        self,
        item: pytest.Item,
        file: str,
        bound: BoundScenario,
        values: Mapping[str, str],
        found: list[Fault],
        elsewhere: list[StepElsewhere],
    ) -> bool:
        """Look up the steps whose text is another one in each row, and add what is found.

        Returns whether each could be looked up.
        """
        is_bound = True
        for each in bound.by_row:
            text = filled(each.step.name, tuple(values), values)
            try:
                definition, faults = self._look_up(item, file, each, text)
            except Exception:  # noqa: BLE001, a notation of the project that raises does so at run time, too
                is_bound = False
                continue
            found += faults
            each.note(text, definition)
            if definition is not None and calls_elsewhere(definition):
                elsewhere.append(StepElsewhere(each.step, text, definition))
        return is_bound

    def _bind_scenario(
        self, item: pytest.Item, file: str, collected: CollectedScenario, columns: Columns
    ) -> BoundScenario:
        values = collected.row.values if collected.row else {}
        faults = list(self._lost_steps(item, file, collected))
        template = collected.template
        others = tuple(dict.fromkeys(name for table in template.examples for name in table.example_params))
        bound = [BoundStep(step, columns) for step in template.steps]
        is_complete = self._index is not None
        before = Before(self._variables.union(columns))
        definitions: list[tuple[Step, StepDefinition | None]] = []
        for each in bound:
            step, each.before = each.step, before
            definition = None
            if columns:
                faults += placeholder_faults(file, step, columns, others)
            if not (columns and any(unknown_placeholders(step.name, columns))):
                text = filled(step.name, columns, values)
                try:
                    definition, found = self._look_up(item, file, each, text)
                    if definition is not None:
                        before = before.after(step, text, definition)
                    if each.is_by_row:
                        found, definition = (), None
                    faults += found
                    if not found:
                        each.note(step.name, definition)
                    definition = None if found else definition
                except Exception:  # noqa: BLE001, a notation of the project that raises does so at run time, too
                    is_complete, definition = is_complete and each.is_by_row, None
            definitions.append((step, definition))
        faults += call_name_faults(file, definitions)
        elsewhere = [
            StepElsewhere(step, step.name, definition)
            for step, definition in definitions
            if definition is not None and calls_elsewhere(definition)
        ]
        return BoundScenario(
            columns,
            bound,
            tuple(faults),
            elsewhere,
            is_complete=is_complete,
            is_soft=SOFT in collected.scenario.tags,
            has_receivers=speaks_of_receivers(definitions),
        )

    def _look_up(
        self, item: pytest.Item, file: str, bound: BoundStep, text: str
    ) -> tuple[StepDefinition | None, tuple[Fault, ...]]:
        """Return the definition of a step with this text, and what is wrong with the two."""
        step = bound.step
        if self._index is None:
            return None, ()
        context = self._index.closest(item, step, text)
        if context is None:
            return None, (missing_step(file, step, text),)
        if rivals := self._index.rivals(item, step, text):
            places = [self._place_of(each) for each in (*rivals, context)]
            return None, (ambiguous_step(file, step, text, places),)
        definition = self._definitions.get(id(context))
        if definition is None:
            definition = self._definitions[id(context)] = StepDefinition(context)
        key = id(step), id(context)
        if key not in self._arguments:
            self._arguments[key] = tuple(self._argument_faults(item, file, step, context))
        before = bound.before
        named = NamedFile(
            step, text, definition, item.path.parent, before.variables, may_be_made=before.has_own_steps
        )
        names = StepNames(
            step,
            text,
            definition,
            partial(self._fixtures.are_replaced, item),
            lambda: before.has_own_steps or before.may_be_skipped or self._is_set_up(item),
        )
        return definition, (
            *self._arguments[key],
            *conversion_faults(file, step, text, context),
            *variable_faults(file, step, context, before.variables, self._unset),
            *recall_faults(file, step, text, definition, before.remembered),
            *(() if bound.is_filled_below else below_faults(file, step, context, before.variables)),
            *self._file_check.faults(file, named, has_schemas=self._fixtures.are_replaced(item, "schemas")),
            *self._name_check.faults(file, names),
            *self._receiver_names.faults(file, step, text, definition),
        )

    def _place_of(self, context: StepFunctionContext) -> str:
        code = inspect.unwrap(context.step_func).__code__
        file, root = Path(code.co_filename), self._session.config.rootpath
        shown = file.relative_to(root) if file.is_relative_to(root) else file
        return f"{shown.as_posix()}:{code.co_firstlineno}"

    def _is_set_up(self, item: pytest.Item) -> bool:
        """Tell whether fixtures of the suite act before the scenario."""
        names = set(getattr(item, "fixturenames", ())) - {"request", ROW}
        return any(self._fixtures.are_replaced(item, name) for name in names)

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

    def _are_hooks_heard(self, parent: pytest.Collector | None) -> bool:
        if parent is None:
            return True
        if parent not in self._hooks_are_heard:
            self._hooks_are_heard[parent] = hooks_are_heard(parent)
        return self._hooks_are_heard[parent]
