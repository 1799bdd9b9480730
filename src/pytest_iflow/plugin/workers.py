"""What travels between the controller of pytest-xdist and its workers, over the channel of execnet.

The controller hands out one emulator, one token per client, one list of endpoints. Workers say which files
they read and wrote, and what they could not write. Nothing of it is on disk.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypedDict

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.journal import NotedFiles
from pytest_iflow.run import Run

_KEY = "iflow"
_FILES = "iflow_files"
"""Key under which a worker says which files it read and wrote."""
_TROUBLES = "iflow_troubles"
"""Key under which it says what it could not write."""


class WorkerInput(TypedDict):
    """Folder of the emulator's keys, packed tokens and endpoints, what is broken, folder for Allure."""

    emulator_keys: str | None
    tokens: bytes
    endpoints: bytes
    problems: list[str]
    allure_results: str


def worker_input(config: pytest.Config) -> WorkerInput | None:
    """Return what the controller handed over; None in the controller and without xdist."""
    handed: WorkerInput | None = getattr(config, "workerinput", {}).get(_KEY)
    return handed


def worker_count(config: pytest.Config) -> int:
    """In how many processes scenarios run; 1 in the controller and without xdist."""
    count: int = getattr(config, "workerinput", {}).get("workercount", 1)
    return count


class Controller:
    """Equips each worker before it starts, and learns from it what it read, wrote and could not write."""

    def __init__(self, run: Run, allure_results: str, noted: NotedFiles, troubles: Troubles) -> None:
        self._run = run
        self._allure_results = allure_results
        self._noted = noted
        self._troubles = troubles

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Ask for tokens and endpoints once, unless nothing will run; a broken emulator ends the run."""
        will_run = not node.config.option.collectonly and not self._run.problems
        try:
            node.workerinput[_KEY] = WorkerInput(
                emulator_keys=self._run.emulator_keys if will_run else None,
                tokens=self._run.tokens.export() if will_run else b"",
                endpoints=self._run.discovery.export() if will_run else b"",
                problems=list(self._run.problems),
                allure_results=self._allure_results,
            )
        except IflowError as error:
            raise pytest.UsageError(console_text(str(error))) from error

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(self, data: dict[str, Any]) -> Generator[None, Any, Any]:
        """Learn which files are new since the last report."""
        self._noted.adopt(data.pop(_FILES, {}))
        return (yield)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn the rest; a worker that crashed can tell nothing more."""
        output = getattr(node, "workeroutput", {})
        self._noted.adopt(output.get(_FILES, {}))
        self._troubles.adopt(output.get(_TROUBLES, []))


class Worker:
    """Sends with each report which files are new since the last one, and the rest at its end."""

    def __init__(self, config: pytest.Config, noted: NotedFiles, troubles: Troubles) -> None:
        self._config: Any = config  # xdist adds attributes to it
        self._noted = noted
        self._troubles = troubles

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(self) -> Generator[None, Any, Any]:
        """Send it."""
        data = yield
        if data is not None and (new := self._noted.collect()):
            data[_FILES] = new
        return data

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Send the rest."""
        self._config.workeroutput[_FILES] = self._noted.collect()
        self._config.workeroutput[_TROUBLES] = self._troubles.export()
