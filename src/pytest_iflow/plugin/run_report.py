"""What a run leaves in ``reports/<tenant>/<environment>/``, written by the controller at its end."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pytest_iflow.errors import IflowError
from pytest_iflow.plugin.flow_coverage import CoverageOfRun
from pytest_iflow.plugin.options import folder_of_run
from pytest_iflow.plugin.run_end import EndSignals, RunEnd, exit_code
from pytest_iflow.plugin.selection import selection
from pytest_iflow.reporting.allure.results import empty_results
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.reporting.deployed_versions import by_artifact, deployed_versions
from pytest_iflow.reporting.masking.business_data import BUSINESS_DATA
from pytest_iflow.reporting.masking.leak_gate import LeakGate, leak_lines
from pytest_iflow.reporting.publish import ReportPlaces, publish, shown_path
from pytest_iflow.reporting.scenario_results import ScenarioResults
from pytest_iflow.reporting.terminal_failures import FINISHED, FinishedRun
from pytest_iflow.results.comparison import compare
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.history import History
from pytest_iflow.results.journal import Journal, NotedFiles
from pytest_iflow.results.run_folder import HISTORY, recover, unwritable
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask

if TYPE_CHECKING:
    from pytest_iflow.plugin.flow_paths import ScenarioTexts

_DISTRIBUTIONS = ("pytest-iflow", "pytest", "pytest-bdd", "allure-pytest", "requests")

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
        noted: NotedFiles,
        shard: str,
        texts: ScenarioTexts | None,
    ) -> None:
        self._config = config
        self._run = run
        self._signals = signals
        self._troubles = troubles
        self._shard = shard
        self.folder = folder_of_run(config, run.environment)
        named = getattr(config.option, "allure_report_dir", None)
        self.allure_results = config.invocation_params.dir / named if named else self.folder.allure_results
        self._keep_results = bool(named) and not config.option.clean_alluredir
        self._wanted = not config.option.collectonly
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._journal = Journal(self.folder.path, troubles, noted)
        config.add_cleanup(self._journal.close)
        self.gate = LeakGate(config, self.folder.path, [self.allure_results])
        self._end = RunEnd(signals)
        self._noted = noted
        self._coverage = CoverageOfRun(config, run, texts)
        self.results = ScenarioResults(
            self.folder.path, self._journal, self._note_state, self._seconds, troubles
        )
        self._history = History(self.folder.path)
        self._collection_errors: dict[str, str] = {}
        self._begun = False
        self._session: pytest.Session | None = None
        self._result: RunResult | None = None
        self._seal = ""
        if self._wanted and getattr(config.option, "xmlpath", None) is None:
            config.option.xmlpath = str(self.folder.junit)
        config.add_cleanup(self._end_late)

    @property
    def parts(self) -> tuple[object, ...]:
        """Plugins of pytest that watch on behalf of this one."""
        return self.results, self._end

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
            self._note_state()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """End the run when all other plugins have, also where something keeps them from it."""
        if not self._wanted:
            return (yield)
        self._session = session
        BUSINESS_DATA.forget()  # what pytest keeps for its next run is not to be masked by them
        try:
            return (yield)
        except (KeyboardInterrupt, pytest.exit.Exception) as error:
            self._end.interrupt(error)
            return None
        except OSError as error:
            self._troubles.note_unwritten(
                self._places.junit.name if self._places.junit else "a report", error
            )
            return None
        finally:
            self._end_run()

    def _note_state(self) -> None:
        """Write what is known of the run by now into the journal."""
        self._journal.write_run(self._state())

    def _begin(self) -> None:
        try:
            self._journal.claim()
            self.folder.discard_allure_report(self._troubles)
            if self._config.pluginmanager.hasplugin("allure_pytest") and not self._keep_results:
                empty_results(self.allure_results, self._troubles)
            killed = recover(self.folder.path, self._troubles.leave_aside)
            self._begun = True
            self._journal.begin(self._state())
        except IflowError as error:
            raise pytest.UsageError(console_text(str(error))) from error
        except OSError as error:
            raise pytest.UsageError(console_text(str(unwritable(self.folder.path, error)))) from error
        if killed is not None:
            with self._troubles.writing(HISTORY):
                self._history.append(killed, self._places.kept_runs)

    def _end_run(self) -> None:
        """Bring the run to its end: all that is done then, in its order.

        Signals come through while the tenant is asked what is deployed. Later they are only noted.
        """
        try:
            result = self._with_versions(self._collected())
            result = self._coverage.add_to(result, self.folder, self._troubles, self._noted.used)
        except KeyboardInterrupt as error:
            self._end.interrupt(error)
            result = self._collected()
        self._signals.hold()
        self._run.close()
        result = replace(result, interrupted=self._end.interrupted)
        with self._troubles.writing(HISTORY):
            result = replace(result, changes=compare(result, self._history.newest_first()))
        publish(result, self._places, self._troubles, self._journal)
        if leaks := self.gate.search():
            result = replace(result, leaks=leaks)
            publish(result, self._places, self._troubles)
        with suppress(OSError):  # without a seal the run cannot be accepted
            self._seal = self._journal.seal()
        self._result = result
        self._config.stash[FINISHED] = FinishedRun(result, self.folder.page)
        if self._session is not None:
            before, lost = self._session.exitstatus, self._troubles.has_unwritten
            missed = self._coverage.is_missed(result)
            self._session.exitstatus = exit_code(
                before, result, only_new=self._only_new, lost=lost, missed=missed
            )

    def _end_late(self) -> None:
        """See at the very end that no run stands there as what it is not.

        One that was refused or interrupted before its session began has no reports yet; one that a signal
        came to after they were written was interrupted all the same.
        """
        if self._begun and self._result is None:
            self._end_run()
        elif self._result is not None and self._end.interrupted and not self._result.interrupted:
            self._result = replace(self._result, interrupted=True)
            publish(self._result, self._places, self._troubles)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what changed, where the reports are, and what leaked."""
        if self._result is not None:
            self._show_changes(self._result, terminalreporter)
            self._show_reports(self._result, terminalreporter)
            if self._result.leaks:
                terminalreporter.section("secrets in the files of this run", sep="=", red=True, bold=True)
                *lines, last = leak_lines(self._result.leaks)
                for line in (*lines, f"The run fails. {last}"):
                    terminalreporter.write_line(line, red=True)

    def _show_changes(self, result: RunResult, terminal: pytest.TerminalReporter) -> None:
        for number in sorted(self._history.damaged):
            terminal.write_line(f"line {number} of {HISTORY} is damaged and was left out", yellow=True)
        if result.changes is not None:
            since = result.changes.since
            terminal.section(f"changes since the run of {since:%Y-%m-%d %H:%M} UTC", sep="-")
            for line in result.changes.lines(result.scenarios):
                terminal.write_line(line)
        if self._only_new and result.verdict == "failed" and result.is_as_before:
            terminal.write_line("All failures are known from before: the exit code is 0 (--fail-on=new).")

    def _show_reports(self, result: RunResult, terminal: pytest.TerminalReporter) -> None:
        terminal.section(f"reports of {self._run.environment}", sep="-")
        for name, path in (
            ("summary", self.folder.page),
            ("all tenants", self._places.index),
            ("flow coverage", self.folder.coverage_page),
            ("Allure results", self._places.allure_results),
            ("JUnit", self._places.junit),
        ):
            if path is not None and path.exists():
                terminal.write_line(f"{name + ':':<16}{shown_path(path, self._config.invocation_params.dir)}")
        for line, is_missed in self._coverage.lines(result):
            terminal.write_line(line, red=is_missed)
        if self._seal:
            terminal.write_line(f"{'seal:':<16}{self._seal}")
        for sentence in self._troubles.sentences:
            terminal.write_line(sentence, yellow=True)

    @property
    def _only_new(self) -> bool:
        """Whether failures that are known from before fail no run."""
        return bool(self._config.getoption("--fail-on") == "new")

    @property
    def _places(self) -> ReportPlaces:
        """Where the reports are written; other plugins decide on some until the run begins."""
        has = self._config.pluginmanager.hasplugin
        named = getattr(self._config.option, "xmlpath", None) if has("junitxml") else None
        here = self._config.invocation_params.dir
        return ReportPlaces(
            self.folder,
            self.allure_results if has("allure_pytest") else None,
            here / os.path.expanduser(os.path.expandvars(named)) if named else None,  # noqa: PTH111, as pytest
            self._config.getini("iflow_history"),
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._clock

    def _state(self) -> RunResult:
        """What is known of the run by now, without its scenarios."""
        environment = self._run.environment
        runtime_version = self._run.environ.get(RUNTIME_VERSION) or environment.runtime_version
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
            written_goldens=tuple(self._run.golden_writer.written) if self._run.golden_writer else (),
            selection=selection(self._config, self._shard),
            shard=self._shard,
            runtime_version=mask(runtime_version),
        )

    def _collected(self) -> RunResult:
        """The results of all scenarios and tests, those included that were not run."""
        rest = self.results.not_run(self._end.reason(self._session))
        return replace(self._state(), scenarios=(*self.results.finished.values(), *rest))

    def _with_versions(self, result: RunResult) -> RunResult:
        """The result with what is deployed on the tenant, which is asked for that if any scenario ran."""
        ran = any(each.status not in {"skipped", "not run"} for each in result.scenarios)
        if not ran or self._end.interrupted:
            return result
        artifacts = deployed_versions(self._run)
        scenarios = by_artifact(result.scenarios, artifacts, self._run)
        return replace(result, scenarios=scenarios, artifacts=artifacts)


@cache
def _versions() -> dict[str, str]:
    return {"Python": platform.python_version(), **{name: version(name) for name in _DISTRIBUTIONS}}
