"""Coverage of exported iFlows at the end of a run: asked for, written, shown, and held against a limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from pytest_iflow.results.files import Troubles
from pytest_iflow.results.run_folder import COVERAGE, FLOW_PATHS, RunFolder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.run import Run
from pytest_iflow.tenants.credentials import exported_flows, needs_emulator

if TYPE_CHECKING:  # not for a run without exported iFlows
    from pytest_iflow.plugin.flow_paths import ScenarioTexts
    from pytest_iflow.reporting.flow_passages import Covered

_WHOLE = 100


def want_step_logs(config: pytest.Config, run: Run) -> None:
    """Have a run on a real tenant read message logs at its end, and its messages logged, if it is to.

    The messages of a protected environment are logged at another level with ``--allow-protected`` only.
    """
    wanted, environment = config.getoption("--flow-coverage"), run.environment
    wanted = config.getini("iflow_flow_coverage") if wanted is None else wanted
    run.reads_step_logs = wanted and not needs_emulator(environment)
    may_change = not environment.protected or config.getoption("--allow-protected")
    run.debug_logs = run.reads_step_logs and environment.debug_logs and may_change


class CoverageOfRun:
    """What the scenarios of a run passed in iFlows, and the share of branches that they have to.

    ``least`` is that share, None where nothing is asked for. It is for runs on the local tenant whose suite
    has exported iFlows, and for those on a real tenant that read message logs. The setting is for runs of the
    whole suite, the option for any but those of ``--changed-since``. The constructor raises UsageError for
    what is no share.
    """

    def __init__(self, config: pytest.Config, run: Run, texts: ScenarioTexts | None) -> None:
        self._run = run
        self._texts = texts
        self._is_part = bool(config.getoption("--changed-since"))
        said = config.getoption("--flow-coverage-fail-under")
        self._for_whole_runs = said is None
        text = config.getini("iflow_coverage_fail_under") if said is None else said
        try:
            self.least = None if text == "" else float(text)
        except ValueError:
            self.least = -1.0
        if self.least is not None and not 0 <= self.least <= _WHOLE:
            raise pytest.UsageError(
                f"{text} is no limit of the flow coverage: give a percentage, such as "
                "--flow-coverage-fail-under=80"
            )

    def is_missed(self, result: RunResult) -> bool:
        """Whether a run passed too little; one whose scenarios called no exported iFlow passed nothing."""
        is_left_aside = self._is_part or (self._for_whole_runs and bool(result.selection))
        if not self.least or is_left_aside:
            return False
        if not (self._run.reads_step_logs or exported_flows(self._run.environment)):
            return False
        from pytest_iflow.results.flow_coverage import percent

        return percent(result.flow_coverage) < self.least

    def lines(self, result: RunResult) -> Iterator[tuple[str, bool]]:
        """Yield the lines of the terminal, and whether each tells of a limit that is missed."""
        if not result.flow_coverage and not self.is_missed(result):
            return
        from pytest_iflow.results.flow_coverage import line, percent

        if result.flow_coverage:
            yield line(result.flow_coverage, result.flow_coverage_source), False
        if self.is_missed(result):
            share = f"{percent(result.flow_coverage):.1f} %"
            yield f"The run fails: {share} of the branches were passed, {self.least:g} % are asked for.", True

    def add_to(
        self, result: RunResult, folder: RunFolder, troubles: Troubles, used: Mapping[str, str]
    ) -> RunResult:
        """Return the result with what was passed; ``coverage.json`` and its page are written.

        Nothing is asked or imported where that is not measured. ``used`` are the files that the run has read.
        """
        ran = any(each.status in {"passed", "failed", "broken"} for each in result.scenarios)
        if not ran or (self._texts is None and not self._run.reads_step_logs):
            return result
        with troubles.writing(COVERAGE):
            covered = self._covered(result, folder, troubles, used)
            if covered is not None:
                from pytest_iflow.reporting.pages.flow_coverage import write_flow_coverage

                counts = tuple(each.count for each in covered.report.flows)
                result = replace(result, flow_coverage=counts, flow_coverage_source=covered.report.source)
                write_flow_coverage(covered, folder.path, self.least)
        return result

    def _covered(
        self, result: RunResult, folder: RunFolder, troubles: Troubles, used: Mapping[str, str]
    ) -> Covered | None:
        """Return what message logs tell, or the local tenant; then each scenario's way is recorded."""
        if self._texts is None:
            from pytest_iflow.reporting.logged_flows import logged_flows

            return logged_flows(self._run, result)
        from pytest_iflow.plugin.flow_paths import record_paths
        from pytest_iflow.reporting.flow_passages import ask_passages, covered_flows
        from pytest_iflow.tenants.deployed_flows import deployed_flows

        passages = ask_passages(self._run, result)
        flows = list(deployed_flows(self._run.environment))
        with troubles.writing(FLOW_PATHS):
            record_paths(self._run, result, passages, flows, used, self._texts.by_node_id, folder)
        return covered_flows(passages, flows, result)
