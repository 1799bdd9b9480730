"""Coverage of exported iFlows at the end of a run: asked for, written, shown, and held against a limit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from pytest_iflow.results.files import Troubles
from pytest_iflow.results.run_folder import COVERAGE, RunFolder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.run import Run
from pytest_iflow.tenants.credentials import exported_flows, needs_emulator

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


class CoverageLimit:
    """The share of branches that a run has to pass; ``least`` is None where nothing is asked for.

    It is for runs on the local tenant whose suite has exported iFlows, and for those on a real tenant that
    read message logs. The setting is
    for runs of the whole suite, the option for any. The constructor raises UsageError for what is no share.
    """

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self._run = run
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
        is_left_aside = self._for_whole_runs and bool(result.selection)
        if not self.least or is_left_aside or not _is_measured(self._run):
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


def with_flow_coverage(
    run: Run, result: RunResult, folder: RunFolder, troubles: Troubles, least: float | None
) -> RunResult:
    """Return the result with what was passed in iFlows; ``coverage.json`` and its page are written.

    Nothing is asked or imported where that is not measured.
    """
    if not (_is_measured(run) and any(each.calls for each in result.scenarios)):
        return result
    from pytest_iflow.reporting.flow_passages import covered_flows
    from pytest_iflow.reporting.logged_flows import logged_flows
    from pytest_iflow.reporting.pages.flow_coverage import write_flow_coverage

    with troubles.writing(COVERAGE):
        covered = logged_flows(run, result) if run.reads_step_logs else covered_flows(run, result)
        if covered is not None:
            counts = tuple(each.count for each in covered.report.flows)
            result = replace(result, flow_coverage=counts, flow_coverage_source=covered.report.source)
            write_flow_coverage(covered, folder.path, least)
    return result


def _is_measured(run: Run) -> bool:
    return run.reads_step_logs or bool(exported_flows(run.environment))
