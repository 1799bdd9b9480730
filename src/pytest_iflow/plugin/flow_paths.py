"""At the end of a run on a local tenant: which way each scenario went through exported iFlows is recorded.

``results/flow_paths.py`` has the record, ``plugin/changed_flows.py`` selects scenarios by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_bdd.parser import ScenarioTemplate

from pytest_iflow.gherkin.collector import COLLECTED, CollectedScenario
from pytest_iflow.results.run_folder import RunFolder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.credentials import LOCAL_FLOWS
from pytest_iflow.tenants.model import Environment

if TYPE_CHECKING:  # not for a run without exported iFlows
    from pytest_iflow.reporting.flow_passages import Passages
    from pytest_iflow.results.flow_paths import RecordedWay
    from pytest_iflow.tenants.deployed_flows import FlowInSuite

_TEXTS = "iflow_texts"
"""What a worker of xdist tells the controller at its end: the digests of the scenarios that it collected."""

_DIGITS = 16

_JUDGED = frozenset({"passed", "failed", "broken"})


class TextDigests:
    """Digests of scenarios as they stand in their features: name, tags, and steps with those of backgrounds.

    Rows of an outline share most of theirs, which is computed once.
    """

    def __init__(self) -> None:
        self._of_templates: dict[int, tuple[ScenarioTemplate, str]] = {}

    def of(self, collected: CollectedScenario) -> str:
        """Return the digest of a scenario, or of one row of it."""
        template = collected.template
        if id(template) not in self._of_templates:
            steps = [
                (step.keyword, step.name, step.docstring, step.datatable and step.datatable.raw())
                for step in template.steps
            ]
            self._of_templates[id(template)] = template, _digest((template.name, steps))
        row = collected.row
        return _digest(
            (self._of_templates[id(template)][1], collected.tags, row and sorted(row.values.items()))
        )


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "backslashreplace")).hexdigest()[:_DIGITS]


class ScenarioTexts:
    """The digests of all scenarios that a run is going to run, by node id; workers of xdist send theirs."""

    def __init__(self) -> None:
        self.by_node_id: dict[str, str] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Compute them."""
        digests = TextDigests()
        for item in session.items:
            collected = item.stash.get(COLLECTED, None)
            if collected is not None and not collected.feature.error:
                self.by_node_id[mask(item.nodeid)] = digests.of(collected)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over those of a worker, which all have the same."""
        self.by_node_id.update(getattr(node, "workeroutput", {}).get(_TEXTS, {}))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send them to the controller."""
        output: Any = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_TEXTS] = self.by_node_id


def record_paths(
    run: Run,
    result: RunResult,
    passages: Passages,
    flows: list[FlowInSuite],
    used: Mapping[str, str],
    texts: Mapping[str, str],
    folder: RunFolder,
) -> None:
    """Update the record; ``used`` are the files that the run has read.

    Raises OSError where it cannot be written, BundleError where a bundle cannot be read any more.
    """
    from pytest_iflow.results.flow_paths import RunState, read_flow_paths
    from pytest_iflow.results.history import is_whole

    paths, _ = read_flow_paths(folder.flow_paths)
    judged = [each for each in result.scenarios if each.node_id in texts and each.status in _JUDGED]
    ran = {each.node_id for each in judged}
    seen = dict(_recorded(judged, passages, texts))
    present = {each.node_id for each in result.scenarios}
    state = RunState(
        result.started.isoformat(),
        {**_inputs(result, used), **_local_files(run)},
        {each.bundle.id: each.state().digests for each in flows},
    )
    prunes = is_whole(result)

    def is_gone(node_id: str) -> bool:
        return node_id in ran or (prunes and node_id not in present)

    paths.with_run(state, seen, is_gone).write(folder.flow_paths)


def _recorded(
    judged: list[ScenarioResult], passages: Passages, texts: Mapping[str, str]
) -> Iterator[tuple[str, RecordedWay]]:
    from pytest_iflow.results.flow_paths import NOBODY, RecordedWay

    ways = passages.ways_by_scenario(judged)
    for each in judged:
        if each.node_id in ways:
            missed = {NOBODY: ()} if any(call.status == HTTPStatus.NOT_FOUND for call in each.calls) else {}
            way = {**ways[each.node_id], **missed}
            yield each.node_id, RecordedWay(way, texts[each.node_id], each.status == "passed")


def _inputs(result: RunResult, used: Mapping[str, str]) -> dict[str, str]:
    """Return the files that any scenario may rest on: features and their data are looked at one by one."""
    of_one = {each.file for each in result.scenarios} | {each.data_file for each in result.scenarios}
    return {
        name: sha256 for name, sha256 in used.items() if name not in of_one and not name.endswith(".feature")
    }


def _local_files(run: Run) -> dict[str, str]:
    """Return the hashes of files that the local tenant reads beside bundles, by name."""
    from pytest_iflow.results.chain import hash_of

    return {run.files.name_of(path): hash_of(path, follow=True) for path in _beside_bundles(run.environment)}


def _beside_bundles(environment: Environment) -> Iterator[Path]:
    from pytest_iflow.iflow_model.bundle import name_of
    from pytest_iflow.iflow_model.files import bundles_in

    folder = environment.folder / LOCAL_FLOWS
    bundles = bundles_in(folder) if folder.is_dir() else []
    known = {*bundles, *(path.parent / f"{name_of(path.name)}.prop" for path in bundles)}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if (
            path.is_file()
            and "__pycache__" not in path.parts
            and not known.intersection((path, *path.parents))
        ):
            yield path
