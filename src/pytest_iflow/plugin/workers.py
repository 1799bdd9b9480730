"""What travels between the controller of pytest-xdist and its workers, over the channel of execnet.

The controller hands out one emulator, one token per client, one list of endpoints. Workers say which files
they read and wrote, and what they could not write. Nothing of it is on disk. Those of other machines send
what they wrote.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, TypedDict

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.held_files import remove
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.results.files import Troubles, replace_file
from pytest_iflow.results.journal import Noted, NotedFiles
from pytest_iflow.results.run_folder import ALLURE_RESULTS
from pytest_iflow.run import Run

_KEY = "iflow"
_FILES = "iflow_files"
"""Key under which a worker says which files it read and wrote."""
_TROUBLES = "iflow_troubles"
"""Key under which it says what it could not write."""
_CONTENTS = "iflow_contents"
"""Key under which one of another machine sends the files that it wrote, by name."""


class WorkerInput(TypedDict):
    """Folder of the emulator's keys, packed tokens and endpoints, what is broken, folder for Allure.

    ``is_elsewhere`` says that the worker is on another machine: there that folder is none of ours.
    ``judged`` is what is known of scenarios by ``--changed-since``; None without it.
    """

    emulator_keys: str | None
    tokens: bytes
    endpoints: bytes
    problems: list[str]
    allure_results: str
    is_elsewhere: bool
    judged: dict[str, Any] | None


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

    def __init__(
        self,
        run: Run,
        allure_results: str,
        noted: NotedFiles,
        troubles: Troubles,
        judged: dict[str, Any] | None = None,
    ) -> None:
        self._run = run
        self._judged = judged
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
                is_elsewhere=not node.gateway.spec.popen,
                judged=self._judged,
            )
        except IflowError as error:
            node.nodemanager.teardown_nodes()  # execnet does it too late for Python 3.12
            raise pytest.UsageError(console_text(str(error))) from error

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(self, data: dict[str, Any]) -> Generator[None, Any, Any]:
        """Learn which files are new since the last report."""
        self._noted.adopt(data.pop(_FILES, {}))
        self._keep(data.pop(_CONTENTS, {}))
        return (yield)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Learn the rest; a worker that crashed can tell nothing more."""
        output = getattr(node, "workeroutput", {})
        self._noted.adopt(output.get(_FILES, {}))
        self._keep(output.get(_CONTENTS, {}))
        self._troubles.adopt(output.get(_TROUBLES, []))

    def _keep(self, contents: Mapping[str, bytes]) -> None:
        """Write what a worker of another machine wrote; a name is never more than that of a file."""
        for name, content in contents.items():
            with self._troubles.writing(ALLURE_RESULTS):
                replace_file(Path(self._allure_results, Path(name.replace("\\", "/")).name), content)


class Worker:
    """Sends with each report which files are new since the last one, and the rest at its end.

    ``folder`` is that of the run on a machine which is not the controller's: from there the files themselves
    are sent, and none stays.
    """

    def __init__(
        self, config: pytest.Config, noted: NotedFiles, troubles: Troubles, folder: Path | None
    ) -> None:
        self._config: Any = config  # xdist adds attributes to it
        self._noted = noted
        self._troubles = troubles
        self._folder = folder

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(self) -> Generator[None, Any, Any]:
        """Send it."""
        data = yield
        if data is not None and (new := self._noted.collect()):
            data[_FILES] = new
            data[_CONTENTS] = self._contents(new)
        return data

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Send the rest."""
        output = self._config.workeroutput
        output[_FILES] = rest = self._noted.collect()
        output[_CONTENTS] = self._contents(rest)
        output[_TROUBLES] = self._troubles.export()

    def _contents(self, noted: Noted) -> dict[str, bytes]:
        """Take the files that were written; none where the controller finds them by itself."""
        found: dict[str, bytes] = {}
        for name, _ in noted.get("files", ()) if self._folder else ():
            assert self._folder is not None  # noqa: S101, for mypy
            with self._troubles.writing(ALLURE_RESULTS):
                found[Path(name).name] = (self._folder / name).read_bytes()
                remove(self._folder / name)
        return found
