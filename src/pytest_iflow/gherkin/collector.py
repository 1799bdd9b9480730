"""Feature files as test modules: each scenario, and each row of an outline, is an ordinary test item.

``FeatureFile`` is a ``pytest.Module`` so that fixtures, marks, ``--lf``, xdist and re-runs work as for
Python tests. What pytest-bdd would make of the file in Python stands in a module made here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import pytest_bdd

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.gherkin.feature_file import read_feature_file
from pytest_iflow.gherkin.row_ids import selectable
from pytest_iflow.gherkin.source import FeatureSource, Row, ScenarioSource
from pytest_iflow.tenants.suite_files import read_regular


@dataclass(frozen=True, slots=True)
class CollectedScenario:
    """Where a test item comes from: its feature, its scenario and, in an outline, its row."""

    feature: FeatureSource
    scenario: ScenarioSource
    row: Row | None

    @property
    def line(self) -> int:
        """Line of the row, or of the scenario."""
        return self.row.line if self.row else self.scenario.line

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags of feature, rule, scenario and Examples table, each once, without the ``@``."""
        return tuple(dict.fromkeys((*self.scenario.tags, *(self.row.tags if self.row else ()))))

    @property
    def title(self) -> str:
        """Name of the scenario with the values of its row, as a reader wants to see it."""
        name, row = self.scenario.name, self.row
        if row is None:
            return name
        for column, value in row.values.items():
            name = name.replace(f"<{column}>", value)
        return name if name != self.scenario.name else f"{name} [{', '.join(row.values.values())}]"


COLLECTED = pytest.StashKey[CollectedScenario]()
"""Key of an item's stash under which its ``CollectedScenario`` stands."""


class FeatureFile(pytest.Module):
    """One ``.feature`` file as a collector of its scenarios."""

    read: Callable[[Path], bytes] = staticmethod(read_regular)
    """What opens the file."""
    binding = False
    """Whether pytest-bdd works for a feature file now, rather than for a Python test."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Collect the scenarios; raises ``CollectError`` when the file has problems."""
        by_name = {selectable(scenario.name): scenario for scenario in self.source.scenarios}
        for item in super().collect():
            assert isinstance(item, pytest.Function)  # noqa: S101, the module holds nothing else
            scenario = by_name[item.originalname]
            row = None
            if scenario.rows:
                row = scenario.rows[item.callspec.indices["_pytest_bdd_example"]]
            collected = CollectedScenario(self.source, scenario, row)
            item.stash[COLLECTED] = collected
            # Node.location is computed from the Python function, which is pytest-bdd's; it is cached here.
            item.__dict__["location"] = (self.shown.replace("/", os.sep), collected.line - 1, collected.title)
            yield item

    @cached_property
    def source(self) -> FeatureSource:
        """The parsed feature file; raises ``CollectError``, which pytest shows without a traceback."""
        try:
            return read_feature_file(self.path, self.shown, self.read)
        except FeatureFileError as error:
            raise self.CollectError(str(error)) from None

    @property
    def shown(self) -> str:
        """Path from the root of the project, with forward slashes."""
        return self.nodeid

    def _getobj(self) -> ModuleType:
        module = ModuleType(f"pytest_iflow_feature_{self.path.stem}")
        for scenario in self.source.scenarios:
            test = self._scenario_function(scenario)
            test.__module__ = module.__name__
            setattr(module, selectable(scenario.name), test)
        return module

    def _scenario_function(self, scenario: ScenarioSource) -> Callable[..., Any]:
        bind = pytest_bdd.scenario(self.path.name, scenario.name, features_base_dir=str(self.path.parent))
        FeatureFile.binding = True
        try:
            test: Any = bind(lambda: None)
        finally:
            FeatureFile.binding = False
        for mark in getattr(test, "pytestmark", ()):
            if mark.name == "parametrize":
                mark.args[1][:] = [pytest.param(row.values, id=row.id) for row in scenario.rows]
        return test  # type: ignore[no-any-return]  # pytest-bdd has no types here

    def istestfunction(self, obj: object, name: str) -> bool:
        """Take every scenario, whatever ``python_functions`` says."""
        del name
        return callable(obj)
