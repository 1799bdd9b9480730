"""Runs made of letters, for tests of what is told of them.

Test modules import from it: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pytest_iflow.results.history import LETTERS, PastRun
from pytest_iflow.results.json_format import from_plain, to_plain
from pytest_iflow.results.plan import planned_by_id
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult

STATUSES = {letter: status for status, letter in LETTERS.items()}
FIRST_DAY = datetime(2026, 11, 1, 4, 42, tzinfo=UTC)


def node(name: str) -> str:
    """Return the node id of a scenario."""
    return f"features/orders.feature::{name}"


def scenario(name: str, letter: str, **fields: Any) -> ScenarioResult:
    """Return a scenario with the status that a letter of the history stands for."""
    row = to_plain(planned_by_id(node(name)))
    return from_plain({**row, "status": STATUSES[letter], "seconds": 0.25, **fields}, ScenarioResult)


def run(day: int = 1, *others: ScenarioResult, scenarios: str = "", **fields: Any) -> RunResult:
    """Return the run of a day; ``scenarios`` is such as ``"a=P b=F"``."""
    named = (entry.split("=") for entry in scenarios.split())
    known: dict[str, Any] = {
        "tenant": "trial",
        "environment": "dev",
        "started": FIRST_DAY + timedelta(days=day - 1),
        "seconds": 12.5,
        "scenarios": (*(scenario(name, letter) for name, letter in named), *others),
        "hosts": {},
        "versions": {},
        "interrupted": False,
        "collection_errors": (),
    }
    return RunResult(**{**known, **fields})


def past(*runs: RunResult) -> list[PastRun]:
    """Return what the history keeps of runs, given oldest first, as it gives them: newest first."""
    return [PastRun.of(each) for each in reversed(runs)]
