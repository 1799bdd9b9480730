"""What a run is going to run: each test that was collected and selected, as a result that is not run yet.

The plan stands in ``plan.jsonl`` beside the journal. Who collects writes it, which under xdist are workers:
the controller never sees their items.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pytest_bdd.scenario import scenario_wrapper_template_registry

from pytest_iflow.gherkin.collector import COLLECTED
from pytest_iflow.results.files import Troubles, replace_file
from pytest_iflow.results.json_format import decode, encode
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.secrets.registry import mask, mask_bytes
from pytest_iflow.tenants.suite_files import read_regular

_AT_ONCE = 500
"""Scenarios that are searched for secrets together."""


def planned_item(item: pytest.Item, **outcome: Any) -> ScenarioResult:
    """Return a test item as a result, be it a scenario or a Python test; its texts are not masked.

    Without ``outcome``, fields of the result, it is the one that it is before it runs.
    """
    collected = item.stash.get(COLLECTED, None)
    if collected is None:
        return _planned_test(item, outcome)
    row = collected.row
    return planned_by_id(
        item.nodeid,
        feature=collected.feature.feature.name,
        rule=collected.scenario.rule,
        scenario=item.location[2],
        example=row.values if row else {},
        line=collected.line,
        tags=collected.tags,
        data_file=row.data_file if row else "",
        data_line=row.data_line if row else 0,
        **outcome,
    )


def _planned_test(item: pytest.Item, outcome: dict[str, Any]) -> ScenarioResult:
    """A Python test under its own name, a scenario that Python binds under the words of its feature."""
    _, line, title = item.location
    function = item.obj if isinstance(item, pytest.Function) else None
    template = scenario_wrapper_template_registry.get(function) if function is not None else None
    if template is None:
        return planned_by_id(item.nodeid, scenario=title, line=(line or 0) + 1, **outcome)
    path, name = Path(template.feature.filename), item.name
    place = path.relative_to(item.config.rootpath) if path.is_relative_to(item.config.rootpath) else path
    example = name[name.index("[") :] if "[" in name else ""
    named = {"feature": template.feature.name} if template.feature.name else {}
    return planned_by_id(
        item.nodeid,
        scenario=f"{template.name} {example}".rstrip(),
        file=place.as_posix(),
        line=template.line_number,
        tags=tuple(sorted(template.tags | template.feature.tags)),
        **named,
        **outcome,
    )


def planned_by_id(node_id: str, **known: Any) -> ScenarioResult:
    """Return a scenario or test of which no more is known than its node id and the fields in ``known``."""
    file, _, title = node_id.partition("::")
    unknown: dict[str, Any] = {
        "feature": file,
        "rule": None,
        "scenario": title or file.rpartition("/")[2],  # a module that was skipped as a whole
        "example": {},
        "file": sys.intern(file),  # the same of many
        "line": 0,
        "tags": (),
        "status": "not run",
        "seconds": 0.0,
        "message": "",
        "exchange": "",
        "steps": (),
        "kind": "scenario" if file.endswith(".feature") else "test",
    }
    return ScenarioResult(node_id=node_id, **unknown | known)


def write_plan(path: Path, scenarios: Iterable[ScenarioResult]) -> None:
    """Write the plan, in one move: workers, which all collect the same, may do it at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, _masked_lines(iter(scenarios)))


def _masked_lines(scenarios: Iterator[ScenarioResult]) -> Iterator[bytes]:
    """Yield the lines of the plan, many at once, since it takes a while to search each for secrets."""
    while rows := list(islice(scenarios, _AT_ONCE)):
        data = _lines(rows)
        yield data if mask_bytes(data) == data else _lines(each.masked(mask) for each in rows)


def _lines(scenarios: Iterable[ScenarioResult]) -> bytes:
    return b"".join(b"%b\n" % encode(each) for each in scenarios)


def read_plan(path: Path, say: Callable[[str], None] = lambda _: None) -> list[ScenarioResult]:
    """Return what stands in the plan, in the order of collection; nothing without a plan.

    Lines that are damaged are left out and told to ``say``. Raises OSError as any read does.
    """
    if not path.is_file():
        return []
    rows: dict[str, ScenarioResult] = {}
    lines = read_regular(path).splitlines()
    for line in lines:
        with suppress(ValueError):
            row = decode(line, ScenarioResult)
            rows[row.node_id] = replace(row, status="not run")
    if (damaged := len(lines) - len(rows)) > 0:
        say(f"{path} is damaged: {damaged:,} of its lines were left out")
    return list(rows.values())


class Planner:
    """Writes the plan in the process that collects, unless another worker was first."""

    def __init__(self, path: Path, troubles: Troubles) -> None:
        self._path = path
        self._troubles = troubles

    @pytest.hookimpl(tryfirst=True)  # before xdist tells its controller, which begins to run then
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Write the plan."""
        is_written = self._path.is_file() and self._path.stat().st_size
        if session.config.option.collectonly or is_written:
            return
        with self._troubles.writing(self._path.name):
            write_plan(self._path, map(planned_item, session.items))
