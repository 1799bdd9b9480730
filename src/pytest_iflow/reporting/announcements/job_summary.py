"""The summary of a run in Markdown, as GitHub shows it on the page of a job."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from pytest_iflow.reporting.announcements.annotations import failed_line
from pytest_iflow.reporting.console_text import harmless
from pytest_iflow.reporting.pages import duration
from pytest_iflow.reporting.pages.verdict import verdict_sentence
from pytest_iflow.results.changes import Change
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import SCENARIO_STATUSES
from pytest_iflow.secrets.registry import mask

MOST = 50
"""Failures that are listed; GitHub takes one mebibyte for each step."""

_LONGEST = 300
_MARKUP = re.compile(r"([\\`*_\[\]~|#$])")
_TOLD: tuple[Change, ...] = ("newly failing", "still failing", "flaky", "fixed")


def job_summary(run: RunResult) -> str:
    """Return verdict, counts, what changed and the failures; all texts masked and none taken for markup."""
    return mask("\n".join(_lines(run)) + "\n")


def _lines(run: RunResult) -> Iterator[str]:
    yield f"### {_cell(f'{run.tenant}/{run.environment}')}: {run.verdict}"
    yield ""
    yield _cell(verdict_sentence(run))
    if run.selection:
        yield f"\nPart of the suite: {_cell(run.selection)}"
    yield ""
    yield f"| {' | '.join(SCENARIO_STATUSES)} | time |"
    yield f"|{' ---: |' * (len(SCENARIO_STATUSES) + 1)}"
    counts = " | ".join(str(run.counts[status]) for status in SCENARIO_STATUSES)
    yield f"| {counts} | {duration(run.seconds)} |"
    yield from _changes(run)
    for problem in (*run.environment_problems, *run.collection_errors, *run.leaks):
        yield f"\n* {_cell(problem)}"
    if run.unchecked_formats:
        yield f"\n* Formats of JSON Schema that were not checked: {_cell(', '.join(run.unchecked_formats))}"
    yield from _failures(run)


def _changes(run: RunResult) -> Iterator[str]:
    if run.changes is None:
        return
    told = [f"{len(found)} {change}" for change in _TOLD if (found := run.changes.of(change))]
    if told:
        yield f"\nSince the run before: {', '.join(told)}."
    for update in run.changes.updates:
        yield f"\n* {_cell(update)}"


def _failures(run: RunResult) -> Iterator[str]:
    failures = [scenario for scenario in run.scenarios if scenario.status in {"failed", "broken"}]
    if not failures:
        return
    of = run.changes.scenarios if run.changes else {}
    failures.sort(key=lambda scenario: of.get(scenario.node_id) != "newly failing")
    yield "\n| scenario | cause | place |"
    yield "| --- | --- | --- |"
    for scenario in failures[:MOST]:
        new = " (new)" if of.get(scenario.node_id) == "newly failing" else ""
        cause = scenario.message.strip().partition("\n")[0]
        place = f"{scenario.file}:{failed_line(scenario)}"
        yield f"| {_cell(scenario.scenario)}{new} | {_cell(cause)} | {_cell(place)} |"
    if len(failures) > MOST:
        yield f"\nand {len(failures) - MOST} more"


def _cell(text: str) -> str:
    """One line that Markdown and HTML show as it is."""
    line = harmless(" ".join(text.split()))
    shown = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    return _MARKUP.sub(r"\\\1", html.escape(shown, quote=False))
