"""Feature files as test modules: each scenario, and each row of an outline, is an ordinary test item.

``FeatureFile`` is a ``pytest.Module`` so that fixtures, marks, ``--lf``, xdist and re-runs work as for
Python tests. What pytest-bdd would make of the file in Python stands in a module made here.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from types import ModuleType
from typing import Any, Literal

import pytest
import pytest_bdd
from msgspec import Struct
from pytest_bdd.parser import Step

from pytest_iflow.errors import FeatureFileError, FileProblem
from pytest_iflow.gherkin.faults import Faults, FaultyStep, faults_of_file
from pytest_iflow.gherkin.feature_file import read_feature_file, unreadable_file
from pytest_iflow.gherkin.fixture_values import ROW, FixturesOfFile
from pytest_iflow.gherkin.outline import OutlineTemplate, filled
from pytest_iflow.gherkin.source import FeatureSource, Row, ScenarioSource
from pytest_iflow.tenants.suite_files import SuiteFiles


class CollectedScenario(Struct, frozen=True):
    """Where a test item comes from: its feature, its scenario and, in an outline, its row."""

    feature: FeatureSource
    scenario: ScenarioSource
    row: Row | None

    @property
    def line(self) -> int:
        """Line of the row, of the table whose rows a data file holds, or of the scenario."""
        return self.row.line if self.row else self.scenario.line

    @property
    def data_place(self) -> str:
        """Data file and line of the row, such as ``data/products.csv:17``; empty without one."""
        return f"{self.row.data_file}:{self.row.data_line}" if self.row and self.row.data_file else ""

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of feature, rule, scenario and Examples table, each once, without the ``@``."""
        return tuple(dict.fromkeys((*self.scenario.tags, *(self.row.tags if self.row else ()))))

    @property
    def template(self) -> OutlineTemplate:
        """The scenario as pytest-bdd knows it, steps of backgrounds included, before a row is filled in."""
        template = self.feature.feature.scenarios[self.scenario.key]
        assert isinstance(template, OutlineTemplate)  # noqa: S101, none else is made
        return template

    @property
    def steps(self) -> list[Step]:
        """The steps as they run; none in a file that cannot be read."""
        return [] if self.feature.error else self.template.render(self.row.values if self.row else {}).steps

    @property
    def title(self) -> str:
        """Name of the scenario with the values of its row, as a reader wants to see it."""
        name, row = self.scenario.name, self.row
        if row is None:
            return name
        title = filled(name, tuple(row.values), row.values)
        return title if title != name else f"{name} [{', '.join(row.values.values())}]"


COLLECTED = pytest.StashKey[CollectedScenario]()
"""Key of an item's stash under which its ``CollectedScenario`` stands."""


def row_of(item: pytest.Item) -> Mapping[str, str]:
    """Return the values of the row that a scenario runs with, by column; none without a row."""
    collected = item.stash.get(COLLECTED, None)
    if collected is not None:
        return collected.row.values if collected.row else {}
    callspec = getattr(item, "callspec", None)  # of Python that binds an outline
    values: Mapping[str, str] = callspec.params.get(ROW, {}) if callspec else {}
    return values


FAULTS = pytest.StashKey[Faults]()
"""Key of an item's stash: what keeps the scenario, or its whole file, from running."""


def faulty_steps(
    item: pytest.Item, error: BaseException
) -> list[tuple[Step, FaultyStep | Literal["skipped"]]]:
    """Return the steps of a scenario that ``error`` kept from running, with what is wrong with each."""
    faults = item.stash.get(FAULTS, None)
    if faults is None or faults.error is not error:
        return []
    return [(step, faults.steps.get(step.line_number, "skipped")) for step in item.stash[COLLECTED].steps]


def _warn(assumed: FileProblem) -> None:
    """Warn of what was assumed; where warnings are errors, raise FeatureFileError."""
    error = FeatureFileError.of_file([assumed], line=1)
    try:
        warnings.warn(pytest.PytestCollectionWarning(error.what), stacklevel=2)
    except pytest.PytestCollectionWarning:
        raise error from None


def _name_by_row(item: pytest.Function, row: str) -> None:
    """Name an item by the id of its row as people read it: pytest escapes umlauts and backslashes.

    Where fixtures have parameters, too, their ids stay, so that no two items have the same name.
    """
    names, ids = [*item.callspec.params], [*item.callspec._idlist]  # noqa: SLF001, an id for each
    if len(names) == len(ids):
        ids[names.index(ROW)] = row
    name = f"{item.originalname}[{'-'.join(ids)}]"
    if item.name != name and item.parent is not None:
        item.name, item.keywords[name] = name, True
        item._id = item.parent.id.child(name)  # noqa: SLF001, pytest made it of the name before


class FeatureFile(pytest.Module):
    """One ``.feature`` file as a collector of its scenarios."""

    files: SuiteFiles
    """What opens the file and its data files; set by who makes the collector."""
    _names: tuple[list[str], list[str]] | None = None
    binding = False
    """Whether pytest-bdd works for a feature file now, rather than for a Python test."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Collect the scenarios, or one item that says what is wrong with the file."""
        by_name = {scenario.test_name: scenario for scenario in self.source.scenarios}
        row_of_values = {id(row.values): row for each in self.source.scenarios for row in each.rows}
        shown = self.shown.replace("/", os.sep)
        for item in super().collect():
            assert isinstance(item, pytest.Function)  # noqa: S101, the module holds nothing else
            scenario, row = by_name[item.originalname], None
            if scenario.rows:
                row = row_of_values[id(item.callspec.params[ROW])]
                _name_by_row(item, row.id)
            collected = CollectedScenario(self.source, scenario, row)
            item.stash[COLLECTED] = collected
            if self.source.error:
                item.stash[FAULTS] = faults_of_file(self.source.error)
            item.fixturenames = self._set_up_first(item.fixturenames)
            # Node.location is computed from the Python function, which is pytest-bdd's; it is cached here.
            item.__dict__["location"] = (shown, collected.line - 1, collected.title)
            yield item

    def _set_up_first(self, names: list[str]) -> list[str]:
        """Return the fixtures that pytest sets up before a scenario runs, without what its function takes.

        The list is the same for all rows of an outline; of a scenario that runs nothing asks for these two.
        """
        if self._names is None or self._names[0] is not names:
            self._names = names, [name for name in names if name not in ("request", ROW)]
        return self._names[1]

    @cached_property
    def fixtures(self) -> FixturesOfFile:
        """The definitions of fixtures that the scenarios of this file see."""
        return FixturesOfFile(self)

    @cached_property
    def source(self) -> FeatureSource:
        """The parsed feature file, or what stands for one that cannot be read."""
        try:
            source = read_feature_file(self.path, self.shown, self.files)
            for assumed in source.assumed:
                _warn(assumed)
        except FeatureFileError as error:
            return unreadable_file(self.path, self.shown, error)
        return source

    @property
    def shown(self) -> str:
        """Path from the root of the project, with forward slashes."""
        return self.nodeid

    def _getobj(self) -> ModuleType:
        module = ModuleType(f"pytest_iflow_feature_{self.path.stem}")
        for scenario in self.source.scenarios:
            # That of a faulty file is never called: it fails before it runs.
            test = (lambda: None) if self.source.error else self._scenario_function(scenario)
            test.__module__ = module.__name__
            setattr(module, scenario.test_name, test)
        return module

    def _scenario_function(self, scenario: ScenarioSource) -> Callable[..., Any]:
        bind = pytest_bdd.scenario(self.path.name, scenario.key, features_base_dir=str(self.path.parent))
        template = self.source.feature.scenarios[scenario.key]
        # pytest-bdd would make parameters of the rows, with ids of its own.
        examples, template.examples = template.examples, []
        FeatureFile.binding = True
        try:
            test = bind(lambda: None)
        finally:
            FeatureFile.binding = False
            template.examples = examples
        if scenario.rows:
            rows = [pytest.param(row.values, id=row.id) for row in scenario.rows]
            test = pytest.mark.parametrize(ROW, rows)(test)
        return test

    def istestfunction(self, obj: object, name: str) -> bool:
        """Take every scenario, whatever ``python_functions`` says."""
        del name
        return callable(obj)
