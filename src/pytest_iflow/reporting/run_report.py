"""What a run leaves in ``reports/<tenant>/<environment>/``, written by the controller."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from pytest_iflow.reporting.allure.folders import discard_report
from pytest_iflow.reporting.allure.metadata import write_environment, write_executor
from pytest_iflow.reporting.allure.results import empty_results
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.reporting.recorder import SCENARIO
from pytest_iflow.reporting.run_result import RunResult
from pytest_iflow.reporting.scenario_result import ScenarioResult
from pytest_iflow.run import Run
from pytest_iflow.tenants.secrets import mask

_DISTRIBUTIONS = ("pytest-iflow", "pytest", "pytest-bdd", "allure-pytest", "requests")


class RunReport:
    """Collects the results of all scenarios and writes the reports of the run."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._config = config
        self._run = run
        self._reports = config.rootpath / config.getini("iflow_reports")
        self._folder = self._reports / run.environment.tenant / run.environment.name
        named = getattr(config.option, "allure_report_dir", None)
        self.allure_results = (
            config.invocation_params.dir / named if named else self._folder / "allure-results"
        )
        self._with_allure = config.pluginmanager.hasplugin("allure_pytest")
        self._keep_results = bool(named) and not config.option.clean_alluredir
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._scenarios: dict[str, ScenarioResult] = {}
        self._collection_errors: dict[str, str] = {}
        self._interrupted = False
        if not config.option.collectonly and getattr(config.option, "xmlpath", None) is None:
            config.option.xmlpath = str(self._folder / "junit.xml")

    def pytest_sessionstart(self) -> None:
        """Make room for the results of this run."""
        if not self._config.option.collectonly:
            discard_report(self._folder)
        if self._with_allure and not self._config.option.collectonly and not self._keep_results:
            empty_results(self.allure_results)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result of a scenario; one that fails after its call was judged counts as that."""
        data = getattr(report, SCENARIO, None)
        if data is not None:
            self._scenarios[report.nodeid] = ScenarioResult.from_dict(data)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self._collection_errors[report.nodeid] = mask(str(report.longrepr))

    def pytest_keyboard_interrupt(self) -> None:
        """Note that the run was cut short."""
        self._interrupted = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write summary, index, and what Allure shows beside the results."""
        if self._config.option.collectonly:
            return
        environment = self._run.environment
        result = RunResult(
            tenant=environment.tenant,
            environment=environment.name,
            started=self._started,
            seconds=time.monotonic() - self._clock,
            scenarios=tuple(self._scenarios.values()),
            hosts=self._run.hosts(),
            versions=_versions(),
            interrupted=self._interrupted,
            collection_errors=tuple(self._collection_errors.values()),
            environment_problems=self._run.problems,
        )
        write_summary(result, self._folder)
        write_index(self._reports)
        if self._with_allure:
            write_environment(self.allure_results, _facts(result))
            write_executor(self.allure_results, os.environ, f"{environment}")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the reports are."""
        if self._config.option.collectonly:
            return
        has_junit = self._config.pluginmanager.hasplugin("junitxml")
        terminalreporter.section(f"reports of {self._run.environment}", sep="-")
        for name, path in (
            ("summary", self._folder / "summary.html"),
            ("all tenants", self._reports / "index.html"),
            ("Allure results", self.allure_results if self._with_allure else None),
            ("JUnit", Path(self._config.option.xmlpath) if has_junit else None),
        ):
            if path is not None:
                terminalreporter.write_line(f"{name + ':':<16}{_shown(path, self._config)}")


def _versions() -> dict[str, str]:
    return {"Python": platform.python_version(), **{name: version(name) for name in _DISTRIBUTIONS}}


def _facts(result: RunResult) -> Mapping[str, str]:
    hosts = {f"{plane} host": host for plane, host in result.hosts.items()}
    return {"tenant": result.tenant, "environment": result.environment, **hosts, **result.versions}


def _shown(path: Path, config: pytest.Config) -> str:
    try:
        return str(path.relative_to(config.invocation_params.dir))
    except ValueError:
        return str(path)
