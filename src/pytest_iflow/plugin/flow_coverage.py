"""Coverage of exported iFlows at the end of a run: asked for, written, shown, and held against a limit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from pytest_iflow.results.files import Troubles
from pytest_iflow.results.run_folder import COVERAGE, RunFolder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.run import Run
from pytest_iflow.tenants.credentials import exported_flows

_WHOLE = 100


class CoverageLimit:
    """The share of branches that a run has to pass; ``least`` is None where nothing is asked for.

    It is for runs on the local tenant, and there for those whose suite has exported iFlows. The setting is
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
        if not self.least or is_left_aside or not exported_flows(self._run.environment):
            return False
        from pytest_iflow.results.flow_coverage import percent

        return percent(result.flow_coverage) < self.least

    def lines(self, result: RunResult) -> Iterator[tuple[str, bool]]:
        """Yield the lines of the terminal, and whether each tells of a limit that is missed."""
        if not result.flow_coverage and not self.is_missed(result):
            return
        from pytest_iflow.results.flow_coverage import line, percent

        if result.flow_coverage:
            yield line(result.flow_coverage), False
        if self.is_missed(result):
            share = f"{percent(result.flow_coverage):.1f} %"
            yield f"The run fails: {share} of the branches were passed, {self.least:g} % are asked for.", True


def with_flow_coverage(
    run: Run, result: RunResult, folder: RunFolder, troubles: Troubles, least: float | None
) -> RunResult:
    """Return the result with what was passed in exported iFlows; ``coverage.json`` and its page are written.

    Nothing is asked or imported where the local tenant has no such flow.
    """
    if not (exported_flows(run.environment) and any(each.calls for each in result.scenarios)):
        return result
    from pytest_iflow.reporting.flow_passages import covered_flows
    from pytest_iflow.reporting.pages.flow_coverage import write_flow_coverage

    with troubles.writing(COVERAGE):
        covered = covered_flows(run, result)
        if covered is not None:
            counts = tuple(each.count for each in covered.report.flows)
            result = replace(result, flow_coverage=counts)
            write_flow_coverage(covered, folder.path, least)
    return result
