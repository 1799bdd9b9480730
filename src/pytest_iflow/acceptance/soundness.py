"""Whether a run is whole: what a decision may not rest on, whatever its results say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_iflow.acceptance.objection import Objection
from pytest_iflow.results.run_folder import JOURNAL, RunFolder
from pytest_iflow.results.run_result import RunResult

_WHOLE = "Run the whole suite to its end, then accept that run."


def unsoundness(run: RunResult, folder: Path) -> Iterator[Objection]:
    """Yield why the run in ``folder`` is partial, proves nothing, or holds what may not be kept."""
    yield from _partial(run, folder)
    unread = [scenario.message for scenario in run.scenarios if scenario.is_unreadable_file]
    if not_collected := (*run.collection_errors, *unread):
        yield Objection(
            "collection",
            "Files could not be collected; their scenarios did not run.",
            "Correct the files. " + _WHOLE,
            tuple(map(_first_line, not_collected)),
        )
    if run.environment_problems:
        yield Objection(
            "environment",
            "The environment was broken before the first scenario.",
            "pytest-iflow doctor says what to correct. " + _WHOLE,
            tuple(_first_line(text) for text in run.environment_problems),
        )
    if run.leaks:
        yield Objection(
            "leak",
            "Secrets stand in files of the run.",
            "Change these secrets, find out how they came there, and run the suite again.",
            run.leaks,
        )
    if not any(scenario.status in {"passed", "failed", "broken"} for scenario in run.scenarios):
        yield Objection("nothing-ran", "No scenario ran: the run proves nothing.", _WHOLE)


def _partial(run: RunResult, folder: Path) -> Iterator[Objection]:
    if RunFolder(folder).journal.exists():
        yield Objection(
            "partial",
            f"A later run has not ended, or was killed: there is a {JOURNAL} in its folder.",
            _WHOLE,
        )
    if run.interrupted:
        yield Objection("partial", "The run was interrupted before its end.", _WHOLE)
    if run.selection:
        yield Objection(
            "partial",
            f"The run left scenarios out: {run.selection}",
            "Run the suite without a selection. Tag with @skip(reason) what is not to be accepted.",
        )
    if not_run := tuple(each.node_id for each in run.scenarios if each.status == "not run"):
        yield Objection("partial", f"Scenarios that did not run: {len(not_run):,}.", _WHOLE, not_run)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
