"""Scenarios that cannot do what their feature says are broken: nothing of them runs, no fixture either.

So nothing is sent for them. All are found before the first scenario runs, and listed at once.
"""

from __future__ import annotations

import pytest

from pytest_iflow.gherkin.binding import Binding
from pytest_iflow.gherkin.collector import COLLECTED, FAULTS
from pytest_iflow.gherkin.faults import Faults
from pytest_iflow.gherkin.step_index import StepIndex
from pytest_iflow.other_environments import OtherEnvironments
from pytest_iflow.tenants.suite_files import SuiteFiles

_LISTED_PER_LINE = 3
"""How many faults of one line are listed: each row of an outline may have its own."""


class ScenarioCheck:
    """Finds the scenarios that cannot run, lists them, and keeps them from running.

    ``index`` finds the definitions of steps; without one, what they are is left to the run. ``files`` are
    those that features may read, ``others`` finds the environments that they call beside the tested one.
    """

    def __init__(
        self,
        config: pytest.Config,
        index: StepIndex | None,
        files: SuiteFiles,
        others: OtherEnvironments,
    ) -> None:
        self._others = others
        self._config = config
        self._files = files
        self._index = index
        self._broken: list[Faults] = []

    @pytest.hookimpl(tryfirst=True)  # before the terminal says what was collected
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Check what was selected; what is skipped need not be ready."""
        binding = Binding(session, self._index, self._files, self._others.variables, self._others)
        for item in session.items:
            collected = item.stash.get(COLLECTED, None)
            if collected is None or item.get_closest_marker("skip") is not None:
                continue
            if FAULTS not in item.stash:
                binding.bind(item, collected)
            if (faults := item.stash.get(FAULTS, None)) is not None:
                self._broken.append(faults)

    def pytest_report_collectionfinish(self) -> list[str]:
        """List all faults at once, each in one line."""
        if not self._broken:
            return []
        by_place: dict[str, dict[str, None]] = {}
        for place, what in dict.fromkeys(each for faults in self._broken for each in faults.summaries):
            by_place.setdefault(place, {})[what] = None
        count = len(self._broken)
        scenarios, them = ("scenarios", "them") if count > 1 else ("scenario", "it")
        lines = [f"{count} {scenarios} cannot run, and nothing is sent for {them}:"]
        for place, faults_there in by_place.items():
            lines += [f"  {place}{what}" for what in list(faults_there)[:_LISTED_PER_LINE]]
            if len(faults_there) > _LISTED_PER_LINE:
                lines.append(f"  {place}: and {len(faults_there) - _LISTED_PER_LINE:,} more")
        return lines

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Break a scenario that cannot run before its fixtures act; pytest's own skips come first."""
        faults = item.stash.get(FAULTS, None)
        if faults is not None:
            raise faults.error.with_traceback(None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Let a mere collection fail as well."""
        if self._broken and self._config.option.collectonly and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
