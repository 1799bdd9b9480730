"""What a run is going to run: each scenario that was collected and selected, as a result that is not run yet.

The plan stands in ``plan.jsonl`` beside the journal. Who collects writes it, which under xdist are workers:
the controller never sees their items.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_iflow.gherkin.collector import COLLECTED, CollectedScenario
from pytest_iflow.reporting.atomic_file import replace_text
from pytest_iflow.reporting.scenario_result import ScenarioResult
from pytest_iflow.tenants.secrets import mask

PLAN = "plan.jsonl"


def planned(collected: CollectedScenario, node_id: str) -> ScenarioResult:
    """Return a collected scenario as the result that it is before it runs."""
    row = collected.row
    return replace(
        planned_by_id(node_id),
        feature=collected.feature.feature.name,
        rule=collected.scenario.rule,
        scenario=mask(collected.title),
        example={column: mask(value) for column, value in row.values.items()} if row else {},
        line=collected.line,
        tags=collected.tags,
    )


def planned_by_id(node_id: str) -> ScenarioResult:
    """Return a scenario of which nothing but its node id is known."""
    node_id = mask(node_id)
    file, _, title = node_id.partition("::")
    return ScenarioResult(
        node_id=node_id,
        feature=file,
        rule=None,
        scenario=title,
        example={},
        file=file,
        line=0,
        tags=(),
        status="not run",
        seconds=0.0,
        message="",
        exchange="",
        steps=(),
    )


def write_plan(path: Path, scenarios: Iterable[ScenarioResult]) -> None:
    """Write the plan, in one move: workers, which all collect the same, may do it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = list(scenarios)
    text = _lines(rows)
    replace_text(path, text if mask(text) == text else _lines(map(without_secrets, rows)))


def _lines(scenarios: Iterable[ScenarioResult]) -> str:
    return "".join(f"{json.dumps(each.to_dict())}\n" for each in scenarios)


def without_secrets(row: ScenarioResult) -> ScenarioResult:
    """Return a row of the plan with what is known to be secret by now masked in it."""
    return replace(
        row,
        node_id=mask(row.node_id),
        feature=mask(row.feature),
        rule=mask(row.rule) if row.rule else row.rule,
        scenario=mask(row.scenario),
        example={mask(column): mask(value) for column, value in row.example.items()},
        file=mask(row.file),
        tags=tuple(map(mask, row.tags)),
    )


def read_plan(path: Path) -> list[ScenarioResult]:
    """Return what stands in the plan, in the order of collection; nothing without a plan."""
    with suppress(FileNotFoundError):
        lines = path.read_text(encoding="utf-8").splitlines()
        return [ScenarioResult.from_dict(json.loads(line)) for line in lines]
    return []


class Planner:
    """Writes the plan in the process that collects, unless another worker was first."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @pytest.hookimpl(tryfirst=True)  # before xdist tells its controller, which begins to run then
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Write the plan."""
        if session.config.option.collectonly or self._path.exists():
            return
        write_plan(
            self._path,
            (
                planned(each.stash[COLLECTED], each.nodeid)
                for each in session.items
                if COLLECTED in each.stash
            ),
        )
