"""What the controller of pytest-xdist hands to its workers: one emulator, one token per client, one list.

It travels over the channel of execnet; nothing of it is on disk.
"""

from __future__ import annotations

from typing import Any, TypedDict

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.run import Run

_KEY = "iflow"


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
    """Equips each worker before it starts."""

    def __init__(self, run: Run, allure_results: str) -> None:
        self._run = run
        self._allure_results = allure_results

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
