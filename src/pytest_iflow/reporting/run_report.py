"""What a run leaves in ``reports/<tenant>/<environment>/``, written by the controller."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.allure.folders import discard_report
from pytest_iflow.reporting.allure.metadata import write_environment, write_executor
from pytest_iflow.reporting.allure.results import empty_results
from pytest_iflow.reporting.deployed_versions import by_artifact, deployed_versions
from pytest_iflow.reporting.fail_on import NEW, is_as_before
from pytest_iflow.reporting.history.comparison import compare
from pytest_iflow.reporting.history.store import HISTORY, History
from pytest_iflow.reporting.history.told import change_lines
from pytest_iflow.reporting.journal.journal import Journal, recover
from pytest_iflow.reporting.journal.run_end import RunEnd
from pytest_iflow.reporting.journal.scenario_results import ScenarioResults
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.reporting.run_result import RunResult
from pytest_iflow.reporting.selection import selection
from pytest_iflow.run import Run
from pytest_iflow.tenants.secrets import mask

_DISTRIBUTIONS = ("pytest-iflow", "pytest", "pytest-bdd", "allure-pytest", "requests")
RUNTIME_VERSION = "IFLOW_RUNTIME_VERSION"
"""Variable that tells the version of the tenant's runtime; it goes before the tenant file."""


class RunReport:
    """Collects the results of all scenarios and writes the reports of the run."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._config = config
        self._run = run
        self._reports = config.rootpath / config.getini("iflow_reports")
        self.folder = self._reports / run.environment.tenant / run.environment.name
        named = getattr(config.option, "allure_report_dir", None)
        self.allure_results = (
            config.invocation_params.dir / named if named else self.folder / "allure-results"
        )
        self._with_allure = config.pluginmanager.hasplugin("allure_pytest")
        self._keep_results = bool(named) and not config.option.clean_alluredir
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._journal = Journal(self.folder)
        config.add_cleanup(self._journal.close)
        self._end = RunEnd()
        self._results = ScenarioResults(
            self.folder, self._journal, lambda: self._journal.know(self._state()), self._seconds
        )
        self._history = History(self.folder)
        self._collection_errors: dict[str, str] = {}
        self._result: RunResult | None = None
        self._as_before = False
        if not config.option.collectonly and getattr(config.option, "xmlpath", None) is None:
            config.option.xmlpath = str(self.folder / "junit.xml")

    @property
    def parts(self) -> tuple[object, ...]:
        """Plugins of pytest that watch on behalf of this one."""
        return self._results, self._end

    def pytest_sessionstart(self) -> None:
        """Make room for the results of this run; one that was killed before it comes into the history."""
        if self._config.option.collectonly:
            return
        try:
            self._journal.claim()
        except IflowError as error:
            raise pytest.UsageError(str(error)) from error
        discard_report(self.folder)
        if self._with_allure and not self._keep_results:
            empty_results(self.allure_results)
        if (killed := recover(self.folder)) is not None:
            self._history.append(killed, self._config.getini("iflow_history"))
        self._journal.begin(self._state())

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self._collection_errors[report.nodeid] = mask(str(report.longrepr))
            self._journal.know(self._state())

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write summary, index, history, and what Allure shows beside the results."""
        if self._config.option.collectonly:
            return
        self._result = result = self._final(session)
        write_summary(result, self.folder)
        self._history.append(result, self._config.getini("iflow_history"))
        self._journal.end()
        write_index(self._reports)
        if self._with_allure:
            write_environment(self.allure_results, _facts(result))
            write_executor(self.allure_results, os.environ, f"{self._run.environment}")
        if session.exitstatus == pytest.ExitCode.TESTS_FAILED and self._config.getoption("--fail-on") == NEW:
            self._as_before = is_as_before(result) and not self._results.others_failed
            session.exitstatus = pytest.ExitCode.OK if self._as_before else session.exitstatus

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what changed, and where the reports are."""
        if self._result is None:
            return
        self._tell_changes(self._result, terminalreporter)
        has_junit = self._config.pluginmanager.hasplugin("junitxml")
        terminalreporter.section(f"reports of {self._run.environment}", sep="-")
        for name, path in (
            ("summary", self.folder / "summary.html"),
            ("all tenants", self._reports / "index.html"),
            ("Allure results", self.allure_results if self._with_allure else None),
            ("JUnit", Path(self._config.option.xmlpath) if has_junit else None),
        ):
            if path is not None:
                terminalreporter.write_line(f"{name + ':':<16}{_shown(path, self._config)}")

    def _tell_changes(self, result: RunResult, terminal: pytest.TerminalReporter) -> None:
        for number in sorted(self._history.damaged):
            terminal.write_line(f"line {number} of {HISTORY} is damaged and was left out", yellow=True)
        if result.changes is not None:
            terminal.section(f"changes since the run of {result.changes.since:%Y-%m-%d %H:%M} UTC", sep="-")
            for line in change_lines(result):
                terminal.write_line(line)
        if self._as_before:
            terminal.write_line("All failures are known from before: the exit code is 0 (--fail-on=new).")

    def _seconds(self) -> float:
        return time.monotonic() - self._clock

    def _state(self) -> RunResult:
        """What is known of the run by now, without its scenarios."""
        environment = self._run.environment
        told = self._run.environ.get(RUNTIME_VERSION) or environment.runtime_version
        return RunResult(
            tenant=environment.tenant,
            environment=environment.name,
            started=self._started,
            seconds=self._seconds(),
            scenarios=(),
            hosts=self._run.hosts(),
            versions=_versions(),
            interrupted=self._end.interrupted,
            collection_errors=tuple(self._collection_errors.values()),
            environment_problems=self._run.problems,
            unchecked_formats=tuple(sorted(self._run.unchecked_formats)),
            selection=selection(self._config),
            runtime_version=mask(told),
        )

    def _final(self, session: pytest.Session) -> RunResult:
        """The result of the run, compared with those before."""
        finished = self._results.finished.values()
        rest = self._results.not_run(self._end.reason(session))
        ran = any(each.status not in {"skipped", "not run"} for each in finished)
        artifacts = deployed_versions(self._run) if ran and not self._end.interrupted else {}
        scenarios = by_artifact((*finished, *rest), artifacts, self._run)
        result = replace(self._state(), scenarios=scenarios, artifacts=artifacts)
        return replace(result, changes=compare(result, self._history.newest_first()))


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
