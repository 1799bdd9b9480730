"""The hooks of a run: feature files become tests, tags become marks, and the header says who is tested."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from pytest_bdd.parser import Scenario, Step
from pytest_bdd.scenario import scenario_wrapper_template_registry
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.errors import IflowError
from pytest_iflow.gherkin.bound_scenario import BOUND
from pytest_iflow.gherkin.collector import COLLECTED, FAULTS, CollectedScenario, FeatureFile
from pytest_iflow.gherkin.compiled import RUNNING, STEP_LISTENER
from pytest_iflow.gherkin.fixture_values import FixturesOfTest
from pytest_iflow.gherkin.missing_steps import explain_missing_step
from pytest_iflow.gherkin.selection import nearest_titles, select_scenarios
from pytest_iflow.gherkin.tags import marks_of_tags, reason_against_generated
from pytest_iflow.other_environments import OtherEnvironments
from pytest_iflow.plugin.run_end import EndSignals
from pytest_iflow.reporting.allure.labels import allure_marks
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.results.run_folder import RECORD, SUMS, reports_folder
from pytest_iflow.run import Run
from pytest_iflow.tenants.credentials import needs_emulator
from pytest_iflow.tenants.suite_files import SuiteFiles

_INSTALLED = frozenset({"site-packages", "dist-packages"})
_NOT_OF_THE_SUITE = frozenset({"pytest_iflow", "pytest", "_pytest"})
"""Packages that may lie in the folder of a suite: pytest-xdist copies pytest into that of another machine."""


class FeatureCollector:
    """Makes feature files of a suite tests; ``files`` are those that features may read."""

    def __init__(self, config: pytest.Config, files: SuiteFiles) -> None:
        self._config = config
        self._files = files
        self._reports = reports_folder(config.rootpath, config.getini("iflow_reports"))

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out what runs left, and all acceptance records: these keep copies of features."""
        is_record = all((collection_path / name).is_file() for name in (RECORD, SUMS))
        return True if is_record or collection_path == self._reports else None

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> FeatureFile | None:
        """Collect feature files."""
        if file_path.suffix != ".feature":
            return None
        feature: FeatureFile = FeatureFile.from_parent(parent, path=file_path)
        feature.files = self._files
        return feature

    def pytest_bdd_apply_tag(self) -> bool | None:
        """Keep pytest-bdd from making marks of tags in feature files: ``marks_of_tags`` does."""
        return True if FeatureFile.binding else None


class FeaturePlugin(FeatureCollector):
    """Collects and selects scenarios for one run."""

    def __init__(
        self, config: pytest.Config, run: Run, signals: EndSignals, others: OtherEnvironments
    ) -> None:
        super().__init__(config, run.files)
        self._others = others
        self._signals = signals
        self._run = run
        self._nearest: list[str] | None = None
        self._marks: dict[tuple[int, tuple[str, ...]], tuple[pytest.MarkDecorator, ...]] = {}

    def pytest_report_header(self) -> str:
        """Say what is tested, and where the times of the emulator are not those of a tenant."""
        environment = self._run.environment
        tested = f"iflow: tenant {environment.tenant}, environment {environment.name}"
        profile = environment.emulator.profile if environment.emulator else None
        if not needs_emulator(environment) or profile == "real":
            return tested
        return f'{tested} (its times are not real: profile = "real" has those of a tenant)'

    def pytest_sessionstart(self) -> None:
        """Start the local tenant, where it is the one; it gets ready while scenarios are collected."""
        if self._config.option.collectonly:
            return
        try:
            with self._signals.postponed():  # or nobody would know of a process that has just been started
                self._run.start_local_tenant()
        except IflowError as error:
            raise pytest.UsageError(console_text(str(error))) from error

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """See that there are credentials before the first scenario; a broken one ends the run, once."""
        if self._config.option.collectonly:
            return
        try:
            with self._signals.postponed():
                self._others.start_emulators()
            self._run.check_default_client()
        except IflowError as error:
            raise pytest.UsageError(console_text(str(error))) from error

    @pytest.hookimpl(tryfirst=True)
    def pytest_bdd_step_func_lookup_error(self, scenario: Scenario, step: Step, exception: Exception) -> None:
        """Say more of a step that no definition fits: pytest-bdd raises ``exception`` after this."""
        phrases = {context.parser.name for context in step_function_context_registry.values()}
        where = f"{Path(scenario.feature.filename).name}:{step.line_number}"
        exception.args = (explain_missing_step(step.keyword, step.name, where, phrases),)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Mark a scenario as its tags say; rows of a table have their marks in common."""
        collected = item.stash.get(COLLECTED, None)
        if collected is None:
            return
        key = id(collected.scenario), collected.row.tags if collected.row else ()
        if key not in self._marks:
            self._marks[key] = tuple(self._marks_of(collected, is_readable=FAULTS not in item.stash))
        for mark in self._marks[key]:
            item.add_marker(mark)

    def _marks_of(self, collected: CollectedScenario, *, is_readable: bool) -> Iterator[pytest.MarkDecorator]:
        if self._config.pluginmanager.hasplugin("allure_pytest"):
            yield from allure_marks(collected, self._config)
        if is_readable:  # a file that cannot be read has no tags, and none is missed
            environment, option = self._run.environment, self._config.getoption
            yield from marks_of_tags(
                collected.tags,
                self._config,
                tenant=environment.tenant,
                only_safe=environment.protected and not option("--allow-protected"),
                no_generated=reason_against_generated(environment, is_wanted=option("--generated")),
            )

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None]:
        """Select by title, and warn when a suite collects its features a second time in Python.

        A feature file that cannot be read stays whatever is selected: nobody knows what stands in it.
        """
        _warn_of_doubles(items)
        unreadable = {item: number for number, item in enumerate(items) if FAULTS in item.stash}
        items[:] = [item for item in items if item not in unreadable]
        texts = self._config.getoption("--scenario")
        if texts:
            before = list(items)
            select_scenarios(items, texts, self._config)
            self._nearest = None if items else nearest_titles(before, texts)
        yield
        for item, number in unreadable.items():
            items.insert(number, item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Run a scenario; pytest-bdd runs those that are not bound to their steps."""
        __tracebackhide__ = True
        collected, file = pyfuncitem.stash.get(COLLECTED, None), pyfuncitem.parent
        if collected is None or not isinstance(file, FeatureFile):
            return None
        request = pyfuncitem._request  # noqa: SLF001, what pytest hands to a test that asks for it
        values = collected.row.values if collected.row else {}
        bound = pyfuncitem.stash.get(BOUND, None)
        if bound is None:
            pyfuncitem.obj(request=request, _pytest_bdd_example=values)
            return True
        scenario = pyfuncitem.stash[RUNNING] = bound.of_row(values)
        try:
            scenario.run(FixturesOfTest(request, file.fixtures), self._config.stash[STEP_LISTENER])
        finally:
            del pyfuncitem.stash[RUNNING]
        return True

    def pytest_collection_finish(self) -> None:
        """Note the Python of the suite and the settings of pytest: a run rests on them, too."""
        if not self._config.option.collectonly:
            for path in _own_modules(self._config):
                with contextlib.suppress(OSError):
                    self._run.files.read_named(path)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Help when no title fitted ``--scenario``."""
        if self._nearest is not None:
            closest = "; the closest are:" if self._nearest else ", and none comes close"
            terminalreporter.write_line(f"no scenario has this in its title{closest}", yellow=True)
            for title in self._nearest:
                terminalreporter.write_line(f"  {title}")


def _own_modules(config: pytest.Config) -> Iterator[Path]:
    """The files of modules that the suite brought, and the file with the settings of pytest."""
    if config.inipath is not None:
        yield config.inipath
    root = os.path.normcase(config.rootpath) + os.sep  # a path object for each of 1,000 modules takes a while
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) or ""
        if not file.endswith(".py") or not os.path.normcase(file).startswith(root):
            continue
        path = Path(file)
        installed = _INSTALLED.intersection(path.parts) or path.is_relative_to(sys.prefix)
        if not installed and name.partition(".")[0] not in _NOT_OF_THE_SUITE:
            yield path


def _warn_of_doubles(items: list[pytest.Item]) -> None:
    ours = {
        (str(item.stash[COLLECTED].feature.path), item.stash[COLLECTED].scenario.name)
        for item in items
        if COLLECTED in item.stash
    }
    doubles = {
        template.feature.filename
        for item in items
        if COLLECTED not in item.stash
        and isinstance(item, pytest.Function)
        and (template := scenario_wrapper_template_registry.get(item.obj)) is not None
        and (template.feature.filename, template.name) in ours
    }
    for filename in sorted(doubles):
        _warn(
            f"{filename} runs twice: pytest-iflow collects feature files by itself, "
            "and a Python test binds them with scenarios() or @scenario; remove one of the two"
        )


def _warn(text: str) -> None:
    try:
        warnings.warn(pytest.PytestCollectionWarning(text), stacklevel=2)
    except pytest.PytestCollectionWarning as error:  # where warnings are errors
        raise pytest.UsageError(text) from error
