"""``--changed-since OLD.zip``: only scenarios run that a change of the exported iFlows may affect.

The controller compares the iFlows and judges what is recorded of scenarios. Whoever collects, which under
xdist are the workers, leaves out those that nothing touches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_iflow.errors import ConfigurationError, suggestion
from pytest_iflow.gherkin.collector import COLLECTED, FAULTS
from pytest_iflow.plugin.flow_paths import TextDigests
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.results.affected_scenarios import (
    Affected,
    ChangedFlows,
    Judged,
    Reason,
    count_lines,
)
from pytest_iflow.results.chain import hash_of
from pytest_iflow.results.flow_paths import read_flow_paths
from pytest_iflow.results.json_format import from_plain, to_plain
from pytest_iflow.results.run_folder import RunFolder
from pytest_iflow.run import Run
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.credentials import exported_flows, needs_emulator
from pytest_iflow.tenants.deployed_flows import FlowInSuite, deployed_flows, with_content_beside

if TYPE_CHECKING:
    from pytest_iflow.iflow_model.flow_state import FlowState

_COUNTS = "iflow_changed_since"
"""What a worker tells the controller at its end: how many scenarios it found of each kind."""


class ChangedSelection:
    """Leaves out the scenarios of which it is known that no change touches them.

    ``judged`` are those of which something is known, by node id; ``flows`` and ``why_all``, which says why
    nothing is known of any, are there in the controller only.
    """

    def __init__(
        self,
        judged: Mapping[str, Judged],
        flows: ChangedFlows | None = None,
        other_files: Sequence[str] = (),
        why_all: str = "",
    ) -> None:
        self._judged = judged
        self._flows = flows
        self._other_files = other_files
        self._why_all = why_all
        self._counts: dict[Reason, int] = {}

    @classmethod
    def of_worker(cls, handed: Mapping[str, Any]) -> ChangedSelection:
        """Return the selection of a worker, which was handed what ``for_worker`` returned."""
        return cls({node_id: from_plain(each, Judged) for node_id, each in handed.items()})

    def for_worker(self) -> dict[str, Any]:
        """Return what workers have to know, in plain values."""
        return {node_id: to_plain(each) for node_id, each in self._judged.items()}

    def pytest_report_header(self) -> list[str]:
        """Say what changed."""
        if self._flows is None:
            return []
        changed = list(self._flows.changes()) or ["nothing that a message can meet"]
        return [console_text(mask(f"iflow: changed since {self._flows.named}: {each}")) for each in changed]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None]:
        """Deselect what no change touches, after shards are made: these are the same on all machines."""
        yield
        digests = TextDigests()
        reasons = [self._reason(item, digests) for item in items]
        self._counts = dict(Counter(reasons))
        left = [item for item, reason in zip(items, reasons, strict=True) if reason == "untouched"]
        if left:
            config.hook.pytest_deselected(items=left)
            items[:] = [item for item, reason in zip(items, reasons, strict=True) if reason != "untouched"]

    def _reason(self, item: pytest.Item, digests: TextDigests) -> Reason:
        collected = item.stash.get(COLLECTED, None)
        if collected is None:
            return "test"
        judged = self._judged.get(mask(item.nodeid))
        if judged is None or FAULTS in item.stash:
            return "new"
        return judged.reason if judged.text == digests.of(collected) else "edited"

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn what a worker of xdist found: they all collect the same."""
        self._counts = self._counts or getattr(node, "workeroutput", {}).get(_COUNTS, {})

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let a run pass that had nothing to run."""
        output: Any = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_COUNTS] = self._counts
        elif set(self._counts) == {"untouched"} and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how many scenarios run and why."""
        if self._flows is None or not self._counts:
            return
        for line in self._lines(self._flows):
            terminalreporter.write_line(console_text(mask(line)))

    def _lines(self, flows: ChangedFlows) -> Iterator[str]:
        if self._why_all:
            yield f"changed since {flows.named}: all scenarios run, for {self._why_all}"
        else:
            yield from count_lines(self._counts, flows, self._other_files)


def changed_selection(given: Sequence[str], here: Path, run: Run, folder: RunFolder) -> ChangedSelection:
    """Return what selects scenarios, by bundles that ``given`` names from the folder ``here``.

    Raises ConfigurationError for what is no bundle, holds no iFlow of the local tenant, or one twice.
    """
    environment = run.environment
    if not needs_emulator(environment) or not exported_flows(environment):
        raise ConfigurationError(
            f"{environment} runs no exported iFlow: its ways are not known",
            where="--changed-since",
            remedy="put the exported iFlow into tenants/local-flows, and run with --tenant=local",
        )
    flows = {each.bundle.id: each for each in deployed_flows(environment)}
    before: dict[str, FlowState] = {}
    for name in given:
        for own, state in _states_of(here / name, flows).items():
            if own in before:
                raise ConfigurationError(f"the iFlow {own} is there twice", where=f"--changed-since={name}")
            before[own] = state
    paths, why_all = read_flow_paths(folder.flow_paths)
    after = {own: each.state() for own, each in flows.items()}
    changed = ChangedFlows(", ".join(Path(name).name for name in given), before, after)
    affected = Affected(paths, changed, lambda name: _hash_now(run.root / name))
    judged = affected.judged()
    return ChangedSelection(judged, changed, list(affected.other_files), why_all)


def _states_of(path: Path, flows: Mapping[str, FlowInSuite]) -> dict[str, FlowState]:
    """Return the states of the flows that a bundle or package has.

    Parameters have the values of a file beside it, ``NAME.prop``; without one those of today. What else it
    does not have, such as script collections, is that of today, too.
    """
    from pytest_iflow.iflow_model.flow_state import flow_state
    from pytest_iflow.iflow_model.named_bundles import values_beside
    from pytest_iflow.iflow_model.package import read_package

    package = read_package(path)
    beside = values_beside(path)
    found = {}
    for bundle in package.flows():
        today = flows.get(bundle.id)
        whole = with_content_beside(package, today.package.bundles if today else ())
        found[bundle.id] = flow_state(whole, bundle, beside or (today.given if today else {}))
    if not found.keys() & flows.keys():
        names = ", ".join(found) or "no iFlow"
        raise ConfigurationError(
            f"{path.name} has {names}, and the local tenant runs no such iFlow",
            where="--changed-since",
            remedy=suggestion(next(iter(found), ""), flows),
        )
    return found


def _hash_now(path: Path) -> str:
    try:
        return hash_of(path, follow=True)
    except OSError:
        return ""
