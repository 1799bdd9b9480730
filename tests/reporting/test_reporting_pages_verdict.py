"""The verdict in words."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pytest_iflow.reporting.pages.verdict import verdict_sentence
from pytest_iflow.results.changes import RunChanges
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioStatus
from tests.reporting.page_samples import PASSED, RUN


def run_of(*statuses: ScenarioStatus) -> RunResult:
    """Return a run with one scenario of each status."""
    return replace(RUN, scenarios=tuple(replace(PASSED, status=status) for status in statuses))


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (run_of("passed"), "1 scenario ran, and nothing failed."),
        (run_of("passed", "skipped"), "1 of 2 scenarios passed, 1 skipped."),
        (run_of("failed", "broken"), "2 of 2 scenarios did not pass: 1 failed, 1 broken."),
        (run_of("skipped"), "1 scenario found, every one skipped: this run proves nothing."),
        (run_of(), "No scenario was found: this run proves nothing."),
        (
            replace(run_of("not run", "not run"), environment_problems=("x",)),
            "The environment is broken: 2 scenarios not run.",
        ),
        (run_of("not run"), "1 scenario found, and none was run: this run proves nothing."),
        (
            run_of("passed", "not run"),
            "1 of 2 scenarios was not run; nothing failed among the others, the rest is unknown.",
        ),
        (
            replace(
                run_of("failed"),
                changes=RunChanges(RUN.started, {"x": "newly failing", "y": "newly failing"}),
            ),
            "1 of 1 scenario did not pass: 1 failed. 2 are newly failing.",
        ),
        (
            replace(run_of("failed"), changes=RunChanges(RUN.started, {"x": "still failing"})),
            "1 of 1 scenario did not pass: 1 failed. None of them is newly failing.",
        ),
        (
            replace(run_of("failed"), changes=RunChanges(RUN.started, {PASSED.node_id: "new"})),
            "1 of 1 scenario did not pass: 1 failed. 1 failed the first time that it ran.",
        ),
        (
            replace(run_of("passed"), leaks=("a", "b")),
            "A secret stands in the files of this run, in 2 places.",
        ),
        (
            replace(run_of("passed", "not run"), interrupted=True),
            "The run was interrupted after 1 scenario; nothing failed until then, the rest is unknown.",
        ),
        (replace(run_of("passed"), collection_errors=("x", "y")), "2 files could not be collected."),
        (
            replace(run_of("passed", "skipped"), interrupted=True),
            "The run was interrupted after 1 scenario; nothing failed until then, the rest is unknown.",
        ),
        (
            replace(run_of("failed"), interrupted=True),
            "The run was interrupted after 1 scenario; 1 failed until then, the rest is unknown.",
        ),
    ],
)
def test_the_verdict_is_said_in_words(run: RunResult, sentence: str) -> None:
    """One sentence says what became of the run, with the numbers that matter."""
    assert verdict_sentence(run) == sentence
