"""What a process of a run read of the suite and wrote as evidence, by hash, on its way into the journal.

Under pytest-xdist workers read and write, and the controller keeps the journal: the hashes travel with the
reports, over the channel of execnet.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.suite_files import SuiteFiles

_KEY = "iflow_files"

Noted = dict[str, list[tuple[str, str]]]
"""Under ``files`` and ``used`` lists of name and SHA-256, as a line of the journal has them."""


class NotedFiles:
    """Names and hashes that no line of the journal has as yet."""

    def __init__(self, files: SuiteFiles) -> None:
        self._files = files
        self._taken = 0
        self._written: list[tuple[str, str]] = []
        self._told: list[tuple[str, str]] = []

    def writer(self, results: Path, folder: Path) -> Callable[[str, str], None] | None:
        """Return what notes name and hash of a file in ``results``; None where that lies elsewhere."""
        if not results.is_relative_to(folder):
            return None
        inside = results.relative_to(folder).as_posix()
        return lambda name, sha256: self._written.append((f"{inside}/{name}", sha256))

    def take(self) -> Noted:
        """Return what is new since the last time."""
        used, self._taken = self._files.used[self._taken :], len(self._files.used)
        written, self._written = self._written, []
        told, self._told = self._told, []
        new = {"files": written, "used": [(mask(name), sha256) for name, sha256 in (*told, *used)]}
        return {key: entries for key, entries in new.items() if entries}

    def adopt(self, noted: Noted) -> None:
        """Take over what another process noted."""
        self._written += noted.get("files", ())
        self._told += noted.get("used", ())


class NotesOfWorkers:
    """The controller's part: takes over what workers note."""

    def __init__(self, noted: NotedFiles) -> None:
        self._noted = noted

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(self, data: dict[str, Any]) -> Generator[None, Any, Any]:
        """Take what came with a report."""
        self._noted.adopt(data.pop(_KEY, {}))
        return (yield)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take the rest; a worker that crashed can tell nothing more."""
        self._noted.adopt(getattr(node, "workeroutput", {}).get(_KEY, {}))


class NotesForController:
    """The worker's part: sends with each report what is new since the last one."""

    def __init__(self, config: pytest.Config, noted: NotedFiles) -> None:
        self._config: Any = config  # xdist adds attributes to it
        self._noted = noted

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(self) -> Generator[None, Any, Any]:
        """Send it."""
        data = yield
        if data is not None and (new := self._noted.take()):
            data[_KEY] = new
        return data

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Send the rest."""
        self._config.workeroutput[_KEY] = self._noted.take()
