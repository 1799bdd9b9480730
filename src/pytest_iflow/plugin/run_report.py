"""What a run leaves in ``reports/<tenant>/<environment>/``, written by the controller."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import pytest

from pytest_iflow.errors import ExitCode, IflowError
from pytest_iflow.plugin.run_end import EndSignals, RunEnd, RunSeal
from pytest_iflow.plugin.selection import selection
from pytest_iflow.reporting.allure.metadata import run_facts, write_environment, write_executor
from pytest_iflow.reporting.allure.results import empty_results
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.reporting.deployed_versions import by_artifact, deployed_versions
from pytest_iflow.reporting.fail_on import NEW, is_as_before
from pytest_iflow.reporting.junit.document import place_scenarios
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.reporting.scenario_results import ScenarioResults
from pytest_iflow.results.file_names import discard_report
from pytest_iflow.results.history.changes import RunChanges
from pytest_iflow.results.history.comparison import compare
from pytest_iflow.results.history.store import HISTORY, History
from pytest_iflow.results.history.told import tell_changes
from pytest_iflow.results.journal.journal import Journal, recover
from pytest_iflow.results.journal.noted_files import NotedFiles
from pytest_iflow.results.run_folder import SUMMARY, unwritable
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.troubles import Troubles
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask

_DISTRIBUTIONS = ("pytest-iflow", "pytest", "pytest-bdd", "allure-pytest", "requests")
_REPLACED = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)

RUNTIME_VERSION = "IFLOW_RUNTIME_VERSION"
"""Variable that tells the version of the tenant's runtime; it goes before the tenant file."""


class RunReport:
    """Collects the results of all scenarios and tests, and writes the reports of the run.

    All that is done when a run is over stands in ``_end_run``, in its order.
    """

    def __init__(
        self,
        config: pytest.Config,
        run: Run,
        signals: EndSignals,
        troubles: Troubles,
        noted: NotedFiles | None = None,
    ) -> None:
        self._config = config
        self._run = run
        self._signals = signals
        self._troubles = troubles
        self._reports = config.rootpath / config.getini("iflow_reports")
        self.folder = self._reports / run.environment.tenant / run.environment.name
        named = getattr(config.option, "allure_report_dir", None)
        self.allure_results = (
            config.invocation_params.dir / named if named else self.folder / "allure-results"
        )
        self._with_allure = config.pluginmanager.hasplugin("allure_pytest")
        self._keep_results = bool(named) and not config.option.clean_alluredir
        self._wanted = not config.option.collectonly
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._journal = Journal(self.folder, troubles, noted)
        self.seal = RunSeal(self._journal)
        config.add_cleanup(self._journal.close)
        self._end = RunEnd(signals, troubles)
        self._results = ScenarioResults(
            self.folder, self._journal, lambda: self._journal.know(self._state()), self._seconds, troubles
        )
        self._history = History(self.folder)
        self._collection_errors: dict[str, str] = {}
        self._begun = False
        self._session: pytest.Session | None = None
        self._result: RunResult | None = None
        self._as_before = False
        if self._wanted and getattr(config.option, "xmlpath", None) is None:
            config.option.xmlpath = str(self.folder / "junit.xml")
        config.add_cleanup(self._settle)

    @property
    def parts(self) -> tuple[object, ...]:
        """Plugins of pytest that watch on behalf of this one."""
        return self._results, self._end

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionstart(self) -> Generator[None, object, object]:
        """Make room for the results of this run; one that was killed before it comes into the history."""
        if self._wanted:
            with self._signals.postponed():
                self._begin()
        return (yield)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self._collection_errors[report.nodeid] = mask(str(report.longrepr))
            self._journal.know(self._state())

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Write all reports when everybody else is done, also where something keeps them from being done."""
        if not self._wanted:
            return (yield)
        self._session = session
        try:
            return (yield)
        except (KeyboardInterrupt, pytest.exit.Exception) as error:
            self._end.interrupt(error)
            return None
        except OSError as error:
            self._troubles.lose(self._junit.name if self._junit else "a report", error)
            return None
        finally:
            self._end_run()

    def _begin(self) -> None:
        try:
            self._journal.claim()
            discard_report(self.folder)
            if self._with_allure and not self._keep_results:
                empty_results(self.allure_results)
            killed = recover(self.folder, self._troubles.leave_aside)
            self._begun = True
            self._journal.begin(self._state())
        except IflowError as error:
            raise pytest.UsageError(console_text(str(error))) from error
        except OSError as error:
            raise pytest.UsageError(console_text(str(unwritable(self.folder, error)))) from error
        if killed is not None:
            with self._troubles.writing(HISTORY):
                self._history.append(killed, self._config.getini("iflow_history"))

    def _end_run(self) -> None:
        """Bring the run to its end: its result, what is still open, the reports, its exit code.

        While the reports are written signals are only noted.
        """
        try:
            result = self._final()  # may ask the tenant what is deployed
        except KeyboardInterrupt as error:
            self._end.interrupt(error)
            result = self._final()
        self._signals.hold()
        self._run.close()
        self._result = result = replace(result, interrupted=self._end.interrupted)
        self._write(result)
        self._write_beside(result)
        if self._session is not None:
            self._session.exitstatus = self._exit_code(self._session, result)

    def _write(self, result: RunResult) -> None:
        """Write what tells of the run as a whole; the journal goes once the summary stands."""
        with self._troubles.writing("the summary"):
            write_summary(result, self.folder)
            self._journal.end()
        with self._troubles.writing(HISTORY):
            self._history.append(result, self._config.getini("iflow_history"))
        with self._troubles.writing("index.html"):
            write_index(self._reports)

    def _write_beside(self, result: RunResult) -> None:
        """Complete what pytest and Allure wrote."""
        if self._with_allure:
            with self._troubles.writing("allure-results"):
                write_environment(self.allure_results, run_facts(result))
                write_executor(self.allure_results, os.environ, f"{self._run.environment}")
        if self._junit is not None and self._junit.is_file():
            with self._troubles.writing(self._junit.name):
                try:
                    place_scenarios(self._junit)
                except IflowError:
                    self._junit.unlink()  # half a document, for pytest was kept from writing it

    def _exit_code(self, session: pytest.Session, result: RunResult) -> int:
        code = session.exitstatus
        if self._run.problems and code in _REPLACED:
            return ExitCode.BROKEN_ENVIRONMENT
        if code == pytest.ExitCode.TESTS_FAILED and self._config.getoption("--fail-on") == NEW:
            self._as_before = is_as_before(result)
            code = pytest.ExitCode.OK if self._as_before else code
        if self._troubles.lost and code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            return ExitCode.REPORTS_INCOMPLETE
        return code

    def _settle(self) -> None:
        """See at the very end that no run stands there as what it is not.

        One that was refused or interrupted before its session began has no reports yet; one that a signal
        came to after they were written was interrupted all the same.
        """
        if self._begun and self._result is None:
            self._end_run()
        elif self._result is not None and self._end.interrupted and not self._result.interrupted:
            with self._troubles.writing("the summary"):
                self._result = replace(RunResult.read(self.folder / SUMMARY), interrupted=True)
                self._write(self._result)
                self._write_beside(self._result)

    @cached_property
    def _junit(self) -> Path | None:
        """The JUnit report, where one is written."""
        named = getattr(self._config.option, "xmlpath", None)
        if not named or not self._config.pluginmanager.hasplugin("junitxml"):
            return None
        return self._config.invocation_params.dir / Path(os.path.expandvars(named)).expanduser()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what changed, and where the reports are."""
        if self._result is None:
            return
        tell_changes(self._result, self._history.damaged, terminalreporter)
        if self._as_before:
            terminalreporter.write_line(
                "All failures are known from before: the exit code is 0 (--fail-on=new)."
            )
        terminalreporter.section(f"reports of {self._run.environment}", sep="-")
        for name, path in (
            ("summary", self.folder / "summary.html"),
            ("all tenants", self._reports / "index.html"),
            ("Allure results", self.allure_results if self._with_allure else None),
            ("JUnit", self._junit),
        ):
            if path is not None and path.exists():
                terminalreporter.write_line(f"{name + ':':<16}{_shown(path, self._config)}")
        if self.seal.seal:
            terminalreporter.write_line(f"{'seal:':<16}{self.seal.seal}")
        for sentence in self._troubles.sentences:
            terminalreporter.write_line(sentence, yellow=True)

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
            collection_errors=(*self._collection_errors.values(), *self._end.refused_collection),
            environment_problems=(*self._run.problems, *self._end.refusals),
            unchecked_formats=tuple(sorted(self._run.unchecked_formats)),
            selection=selection(self._config),
            runtime_version=mask(told),
        )

    def _final(self) -> RunResult:
        """The result of the run, compared with those before."""
        finished = self._results.finished.values()
        rest = self._results.not_run(self._end.reason(self._session))
        ran = any(each.status not in {"skipped", "not run"} for each in finished)
        artifacts = deployed_versions(self._run) if ran and not self._end.interrupted else {}
        scenarios = by_artifact((*finished, *rest), artifacts, self._run)
        result = replace(self._state(), scenarios=scenarios, artifacts=artifacts)
        changes: RunChanges | None = None
        with self._troubles.writing(HISTORY):
            changes = compare(result, self._history.newest_first())
        return replace(result, changes=changes)


def _versions() -> dict[str, str]:
    return {"Python": platform.python_version(), **{name: version(name) for name in _DISTRIBUTIONS}}


def _shown(path: Path, config: pytest.Config) -> str:
    try:
        return str(path.relative_to(config.invocation_params.dir))
    except ValueError:
        return str(path)
