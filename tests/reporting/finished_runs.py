"""Runs as they end, for tests of what is told about them."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from pytest_iflow.results.changes import Change, RunChanges
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult, ScenarioStatus, StepResult

MORNING = datetime(2026, 11, 3, 4, 42, tzinfo=UTC)
STEP = StepResult("Then", "the response status is 200", 9, "failed", 0.1)


def scenario(number: int, status: ScenarioStatus = "passed", message: str = "") -> ScenarioResult:
    """Return the scenario in a line of a feature file; one that failed did so two lines below."""
    steps = (replace(STEP, status="passed", line=number + 1), replace(STEP, line=number + 2))
    return ScenarioResult(
        f"features/a.feature::s{number}",
        "A",
        None,
        f"s{number}",
        {},
        "features/a.feature",
        number,
        (),
        status,
        1.0,
        message,
        "",
        steps if status == "failed" else (),
    )


def finished(*scenarios: ScenarioResult, changes: dict[int, Change] | None = None) -> RunResult:
    """Return a run of these scenarios; ``changes`` are by the line of the scenario."""
    changed = {f"features/a.feature::s{line}": change for line, change in (changes or {}).items()}
    return RunResult(
        "trial",
        "dev",
        MORNING,
        60.0,
        scenarios,
        hosts={},
        versions={},
        interrupted=False,
        collection_errors=(),
        changes=None if changes is None else RunChanges(MORNING, changed, ("Orders 1.0.4 is 1.0.5",)),
    )
