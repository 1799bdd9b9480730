"""Failures in the terminal: what failed at a glance, then one of each kind in full and the rest by name.

With ``-v`` and ``--tb=long`` each failure is shown in full, as pytest does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from pytest_iflow.reporting.console_text import harmless
from pytest_iflow.reporting.failure import is_grouped
from pytest_iflow.reporting.publish import shown_path
from pytest_iflow.reporting.report_results import SCENARIO
from pytest_iflow.results.failure_kinds import (
    FailureKind,
    failed_step,
    first_line,
    ignore_advice,
    kinds_of,
    step_place,
)
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult, in_order_of_files


class FinishedRun(Struct, frozen=True):
    """A run whose reports are written; ``page`` is its summary page."""

    result: RunResult
    page: Path

    def places(self, start: Path) -> dict[str, str]:
        """Return where the page shows each failure, by node id; none where there is no page."""
        from pytest_iflow.reporting.pages.summary import failure_anchors

        if not self.page.exists():
            return {}
        page = shown_path(self.page, start)
        return {node_id: f"{page}#{anchor}" for node_id, anchor in failure_anchors(self.result).items()}


FINISHED = pytest.StashKey[FinishedRun]()
"""Key of the config's stash, once the reports are written."""

WITH_WHOLE_MESSAGES = 2
"""Verbosity (``-vv``) from which the last lines of a run hold messages as a whole, as pytest has it."""

WIDEST_LINE = 1_000
"""Characters of such a line below that."""

KINDS_IN_FULL = 20
"""Kinds of which one failure is shown in full; of the others a line says what failed."""

NAMED = 5
"""Failures of a kind that are named beside the one that is shown."""


class FailureSections(pytest.TerminalReporter):  # type: ignore[misc]  # final to type checkers only
    """pytest's reporter with failures by kind, and last lines that are not cut."""

    def summary_errors(self) -> None:
        """Say what failed at a glance, then show what broke: one scenario of each kind."""
        if self._grouped and self._grouped.total > 1:
            self.write_sep("=", "what failed")
            for line in self._grouped.at_a_glance():
                self.write_line(harmless(line))
        with self._one_of_each_kind("error"):
            super().summary_errors()

    def summary_failures(self) -> None:
        """Show one failure of each kind."""
        with self._one_of_each_kind("failed"):
            super().summary_failures()

    def short_test_summary(self) -> None:
        """Name each failure with the first line of its message, which is not cut to the terminal's width."""
        option, writer = self.config.option, self._tw
        forced, width = option.force_short_summary, self._width
        if option.verbose < WITH_WHOLE_MESSAGES:
            option.force_short_summary, writer.fullwidth = True, WIDEST_LINE
        try:
            super().short_test_summary()
        finally:
            option.force_short_summary, writer.fullwidth = forced, width

    def write_sep(
        self, sep: str, title: str | None = None, fullwidth: int | None = None, **markup: bool
    ) -> None:
        """Draw a line over the width of the terminal."""
        super().write_sep(sep, title, fullwidth or self._width, **markup)

    @cached_property
    def _width(self) -> int:
        return self._tw.fullwidth

    @cached_property
    def _grouped(self) -> GroupedFailures | None:
        """The failures by kind; None where each is shown in full."""
        if not is_grouped(self.config):
            return None
        reports = (*self.stats.get("error", ()), *self.stats.get("failed", ()))
        return GroupedFailures(self.config, reports)

    @contextmanager
    def _one_of_each_kind(self, category: str) -> Iterator[None]:
        """Let pytest show only the reports that stand for a kind of failure."""
        reports = self.stats.get(category)
        if not reports or self._grouped is None:
            yield
            return
        self.stats[category] = [each for each in reports if self._grouped.is_shown(each)]
        try:
            yield
        finally:
            self.stats[category] = reports

    def _outrep_summary(self, rep: Any) -> None:
        super()._outrep_summary(rep)
        for line in self._grouped.beside(rep) if self._grouped else ():
            self.write_line(harmless(line))


class GroupedFailures:
    """The failures of a run by kind, for their sections of the terminal; Python tests have no kind."""

    def __init__(self, config: pytest.Config, reports: Iterable[Any]) -> None:
        finished = config.stash.get(FINISHED, None)
        self._result = finished.result if finished else None
        self._places = finished.places(config.invocation_params.dir) if finished else {}
        self.kinds = kinds_of(in_order_of_files(filter(None, map(_scenario_of, reports))))
        self._kind_of = {id(kind.example): kind for kind in self.kinds[:KINDS_IN_FULL]}

    @property
    def total(self) -> int:
        """Return how many scenarios failed."""
        return sum(len(kind.failures) for kind in self.kinds)

    def at_a_glance(self) -> Iterator[str]:
        """Yield what failed, by kind: how often, with which message, at which step, and what to do."""
        for kind in self.kinds[:KINDS_IN_FULL]:
            scenario = kind.example
            yield f"{len(kind.failures):>5} x  {first_line(scenario.message)}"
            if step := failed_step(scenario):
                yield f"         {step_place(scenario, step)}  {step.keyword} {step.text}"
            yield from (f"         {line}" for line in self._remedy(kind))
        if rest := self.kinds[KINDS_IN_FULL:]:
            others = sum(len(kind.failures) for kind in rest)
            yield f"{others:>5} x  {len(rest)} other kinds of failures: see the last lines, or use -v"

    def is_shown(self, report: Any) -> bool:
        """Whether a report is shown in full: it stands for its kind, or is of no scenario."""
        scenario = _scenario_of(report)
        return scenario is None or id(scenario) in self._kind_of

    def beside(self, report: Any) -> Iterator[str]:
        """Yield what follows a report that is shown: where all of it stands, which failures are like it."""
        scenario = _scenario_of(report)
        kind = self._kind_of.get(id(scenario))
        if scenario is None or kind is None:
            return
        if place := self._places.get(scenario.node_id):
            yield f"all of it:  {place}"
        _, *others = kind.failures
        if not others:
            return
        yield f"the same in {len(others)} more:" if len(others) > 1 else "the same in one more:"
        same = first_line(scenario.message)
        for other in others[:NAMED]:
            message = first_line(other.message)
            differs = f"  {message}" if message != same else ""
            yield f"  {other.data_place or f'{other.file}:{other.line}'}  {other.scenario}{differs}"
        if len(others) > NAMED:
            yield f"  … and {len(others) - NAMED} more: see the last lines, or use -v"

    def _remedy(self, kind: FailureKind) -> Sequence[str]:
        """Why it failed and what to do, as the table of causes has it; for answers that differ, a rule."""
        if kind.paths and self._result is not None:
            return ignore_advice(kind, self._result.options)
        if kind.cause:
            from pytest_iflow.diagnosis.findings import CAUSES

            if row := CAUSES.get(kind.cause):
                return [f"likely: {row.why}", f"what to do: {row.remedy}"]
        return []


def _scenario_of(report: Any) -> ScenarioResult | None:
    """The scenario that a report is about; None for a Python test, and for a file that was not collected."""
    scenario: ScenarioResult | None = getattr(report, SCENARIO, None)
    return scenario if scenario is not None and scenario.kind == "scenario" else None
