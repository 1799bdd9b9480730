"""Binds each scenario that was collected and selected to the definitions of its steps, and finds its faults.

What is the same in all rows of an outline is looked at once; only a step whose text has a placeholder is
looked up for each row.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pytest
from pytest_bdd.compat import getfixturedefs
from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext

from pytest_iflow.gherkin.collector import FAULTS, CollectedScenario
from pytest_iflow.gherkin.compiled import CompiledScenario, CompiledStep, StepDefinition, hooks_are_heard
from pytest_iflow.gherkin.faults import Fault, faults_of_scenario, lost_step, missing_step, placeholder_faults
from pytest_iflow.gherkin.outline import (
    Columns,
    OutlineTemplate,
    filled,
    filled_step,
    has_placeholder,
    texts_of,
    unknown_placeholders,
)
from pytest_iflow.gherkin.step_faults import (
    argument_faults,
    below_faults,
    conversion_faults,
    file_faults,
    variable_faults,
)
from pytest_iflow.gherkin.step_index import StepIndex
from pytest_iflow.gherkin.variables import has_variables
from pytest_iflow.gherkin.vocabulary import Phrase
from pytest_iflow.tenants.suite_files import SuiteFiles

SOFT = "soft"
"""The tag of a feature or a scenario whose checks are all judged, whichever fails."""


def _texts_below(step: Step) -> Iterator[str]:
    texts = texts_of(step)
    next(texts)  # that of the step
    yield from (text for text, _ in texts)


def _remembered(definition: StepDefinition, step: Step) -> Iterator[str]:
    """Yield the name that a step gives to a value."""
    phrase = definition.context.parser
    if isinstance(phrase, Phrase) and phrase.remembers is not None:
        yield definition.arguments_of_text(step)[phrase.remembers]


class BoundStep:
    """A step of a scenario with the definition that it has in most rows."""

    __slots__ = (
        "_compiled",
        "_definition",
        "_has_variables",
        "_is_filled",
        "_of_text",
        "_others",
        "is_by_row",
        "step",
        "variables",
    )

    def __init__(self, step: Step, columns: Columns) -> None:
        self.step = step
        self.is_by_row = has_placeholder(step.name, columns)
        """Whether the text, and so perhaps the definition, is another one in each row."""
        self._is_filled = any(has_placeholder(text, columns) for text, _ in texts_of(step))
        self._definition: StepDefinition | None = None
        self._others: dict[str, StepDefinition] = {}
        self._compiled: CompiledStep | None = None
        self._of_text: dict[str, Any] | None = None
        self._has_variables = has_variables(step)
        self.variables: frozenset[str] = frozenset()
        """Names of the variables that there are where the step runs."""

    def note(self, text: str, definition: StepDefinition | None) -> None:
        """Note the definition of the step where this is its text."""
        if definition is None:
            return
        if self._definition is None:
            self._definition = definition
            if self._has_variables and isinstance(definition.context.parser, Phrase):
                return
            if not self._is_filled:
                self._compiled = CompiledStep(self.step, definition)
            elif not self.is_by_row and definition.is_constant:
                self._of_text = definition.arguments_of_text(self.step)
        elif definition is not self._definition:
            self._others[text] = definition

    def of_row(self, columns: Columns, values: Mapping[str, str]) -> CompiledStep:
        """Return what runs for a row; it is the same for all rows where there is nothing to fill in."""
        if self._compiled is not None:
            return self._compiled
        step = filled_step(self.step, columns, values)
        definition = self._others.get(step.name, self._definition)
        assert definition is not None  # noqa: S101, rows with an undefined step are faulty
        if self._has_variables and isinstance(definition.context.parser, Phrase):
            return CompiledStep(step, definition, has_variables=True)
        return CompiledStep(step, definition, self._of_text)


class BoundScenario:
    """A scenario, or all rows of an outline with the same columns, bound to its definitions.

    ``is_complete`` unless a definition could not be asked whether it fits. ``faults`` are those of all rows.
    """

    __slots__ = ("_columns", "_is_soft", "_steps", "by_row", "faults", "is_complete")

    def __init__(
        self,
        columns: Columns,
        steps: Sequence[BoundStep],
        faults: tuple[Fault, ...],
        *,
        is_complete: bool,
        is_soft: bool = False,
    ) -> None:
        self._is_soft = is_soft
        self._columns = columns
        self._steps = steps
        self.by_row = tuple(each for each in steps if each.is_by_row)
        self.faults = faults
        self.is_complete = is_complete

    def of_row(self, values: Mapping[str, str]) -> CompiledScenario:
        """Return what runs for one row; ``values`` are those of its columns."""
        steps = [each.of_row(self._columns, values) for each in self._steps]
        return CompiledScenario(steps, is_soft=self._is_soft)


BOUND = pytest.StashKey[BoundScenario]()
"""Key of an item's stash; without it pytest-bdd's own machinery runs the scenario."""


class Binding:
    """Binds the scenarios of a run; without an ``index`` pytest-bdd looks the steps up when they run.

    ``files`` are those that features may read, ``variables`` the names of those that all scenarios have.
    """

    def __init__(
        self,
        session: pytest.Session,
        index: StepIndex | None,
        files: SuiteFiles,
        variables: Collection[str] = (),
    ) -> None:
        self._session = session
        self._variables = frozenset(variables)
        self._files = files
        self._index = index
        self._bound: dict[tuple[OutlineTemplate, Columns], BoundScenario] = {}
        self._arguments: dict[tuple[int, int], tuple[Fault, ...]] = {}
        self._definitions: dict[int, StepDefinition] = {}
        self._hooks_are_heard: dict[pytest.Collector | None, bool] = {}
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
        found, is_bound = list(bound.faults), bound.is_complete
        for each in bound.by_row:
            text = filled(each.step.name, columns, values)
            try:
                definition, faults = self._look_up(item, file, each, text, columns)
            except Exception:  # noqa: BLE001, a notation of the project that raises does so at run time, too
                is_bound = False
                continue
            found += faults
            each.note(text, definition)
        if found:
            item.stash[FAULTS] = faults_of_scenario(file, found)
        elif is_bound and not self._are_hooks_heard(item.parent):
            item.stash[BOUND] = bound

    def _bind_scenario(
        self, item: pytest.Item, file: str, collected: CollectedScenario, columns: Columns
    ) -> BoundScenario:
        faults = list(self._lost_steps(item, file, collected))
        template = collected.template
        others = tuple(dict.fromkeys(name for table in template.examples for name in table.example_params))
        bound = [BoundStep(step, columns) for step in template.steps]
        is_complete = self._index is not None
        variables = self._variables.union(columns)
        for each in bound:
            step, each.variables = each.step, variables
            if columns:
                faults += placeholder_faults(file, step, columns, others)
            if not each.is_by_row and not (columns and any(unknown_placeholders(step.name, columns))):
                try:
                    definition, found = self._look_up(item, file, each, step.name, columns)
                    faults += found
                    if not found:
                        each.note(step.name, definition)
                    if definition is not None:
                        variables = variables.union(_remembered(definition, step))
                except Exception:  # noqa: BLE001, a notation of the project that raises does so at run time, too
                    is_complete = False
        is_soft = SOFT in collected.scenario.tags
        return BoundScenario(columns, bound, tuple(faults), is_complete=is_complete, is_soft=is_soft)

    def _look_up(
        self, item: pytest.Item, file: str, bound: BoundStep, text: str, columns: Columns
    ) -> tuple[StepDefinition | None, tuple[Fault, ...]]:
        """Return the definition of a step with this text, and what is wrong with the two."""
        step = bound.step
        if self._index is None:
            return None, ()
        context = self._index.closest(item, step, text)
        if context is None:
            return None, (missing_step(file, step, text),)
        definition = self._definitions.get(id(context))
        if definition is None:
            definition = self._definitions[id(context)] = StepDefinition(context)
        key = id(step), id(context)
        if key not in self._arguments:
            self._arguments[key] = tuple(self._argument_faults(item, file, step, context))
        is_filled_below = any(has_placeholder(each, columns) for each in _texts_below(step))
        return definition, (
            *self._arguments[key],
            *conversion_faults(file, step, text, context),
            *variable_faults(file, step, context, bound.variables),
            *(() if is_filled_below else below_faults(file, step, context, bound.variables)),
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

    def _are_hooks_heard(self, parent: pytest.Collector | None) -> bool:
        if parent is None:
            return True
        if parent not in self._hooks_are_heard:
            self._hooks_are_heard[parent] = hooks_are_heard(parent)
        return self._hooks_are_heard[parent]
