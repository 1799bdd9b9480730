"""The folder of Allure results: written with every secret masked, empty containers left out."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import allure_commons
import pytest
from allure_commons.logger import AllureFileLogger
from attr import asdict

from pytest_iflow.reporting.allure.listener import ScenarioListener
from pytest_iflow.results.file_names import RESULTS
from pytest_iflow.results.troubles import Troubles
from pytest_iflow.secrets.registry import mask, mask_bytes, masked
from pytest_iflow.tenants.model import Environment

_NAMES = frozenset({"uuid", "historyId", "testCaseId", "children", "source"})
"""What Allure knows results and attachments by: made up, though a rule for business data may fit it."""


class MaskingFileLogger(AllureFileLogger):
    """Writes what allure-pytest writes, masked; what cannot be written is a trouble and ends no test."""

    def __init__(self, folder: Path, troubles: Troubles) -> None:
        super().__init__(str(folder))  # type: ignore[no-untyped-call]
        self._troubles = troubles

    note: Callable[[str, str], None] | None = None
    """Takes name and SHA-256 of each file; nobody where the results are no evidence of the run."""

    @allure_commons.hookimpl
    def report_container(self, container: Any) -> None:
        """Write a container of fixtures, under their names, if it holds any."""
        for after in container.afters:
            after.name = after.name.partition("::")[0]  # behind it is a function within pytest
        container.afters = [after for after in container.afters if after.stop]  # others are its bookkeeping
        if container.befores or container.afters:
            self._report_item(container)

    @allure_commons.hookimpl
    def report_attached_file(self, source: str, file_name: str) -> None:
        """Copy an attached file, masked."""
        self.report_attached_data(Path(source).read_bytes(), file_name)

    @allure_commons.hookimpl
    def report_attached_data(self, body: str | bytes, file_name: str) -> None:
        """Write an attachment, masked; it counts for nothing until the result that names it is there."""
        masked = mask(body).encode("utf-8", "replace") if isinstance(body, str) else mask_bytes(body)
        self._note_hash(file_name, masked)
        with self._troubles.writing(RESULTS):
            _write(f"{self._report_dir}/{file_name}", masked)

    def _report_item(self, item: Any) -> None:
        """Write a result in one move, so that a reader never sees half of it."""
        data = asdict(item, filter=lambda _, value: value or value is False)
        text = json.dumps(data, ensure_ascii=False)
        if mask(text) != text:  # value by value, so that no number is masked, which would be no JSON
            text = json.dumps(masked(data, _NAMES), ensure_ascii=False)
        file_name, written = item.file_pattern.format(prefix=uuid.uuid4()), text.encode("utf-8", "replace")
        name = f"{self._report_dir}/{file_name}"
        self._note_hash(file_name, written)
        with self._troubles.writing(RESULTS):
            _write(f"{name}.tmp", written)
            os.replace(f"{name}.tmp", name)  # noqa: PTH105, faster than Path.replace, for each scenario

    def _note_hash(self, file_name: str, data: bytes) -> None:
        if self.note is not None:
            self.note(file_name, hashlib.sha256(data).hexdigest())


def _write(name: str, data: bytes) -> None:
    with open(name, "wb", buffering=0) as file:  # noqa: PTH123, faster than Path.open, for each step
        written = file.write(data)
        while written < len(data):  # a disk with little room takes a part first, and then refuses
            written += file.write(data[written:])


@contextmanager
def allure_results(
    config: pytest.Config,
    environment: Environment,
    folder: Path,
    troubles: Troubles,
    note: Callable[[str, str], None] | None = None,
) -> Iterator[ScenarioListener]:
    """Write the results of this process into ``folder`` while the context lasts; raises OSError.

    ``note`` takes name and SHA-256 of each file as it is written.
    """
    listener = ScenarioListener(config, environment)
    writer = MaskingFileLogger(folder, troubles)
    writer.note = note
    config.pluginmanager.register(listener, "allure_listener")
    allure_commons.plugin_manager.register(listener)
    allure_commons.plugin_manager.register(writer)
    try:
        yield listener
    finally:
        allure_commons.plugin_manager.unregister(writer)
        allure_commons.plugin_manager.unregister(listener)
        config.pluginmanager.unregister(listener)


def empty_results(folder: Path) -> None:
    """Make ``folder`` an empty one: results of an earlier run would show as retries of this one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
