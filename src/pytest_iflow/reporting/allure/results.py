"""The folder of Allure results: how its files are written, every secret masked."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import allure_commons
import msgspec
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import TEST_CASE_PATTERN
from attr import asdict

from pytest_iflow.reporting.masking.archives import is_archive
from pytest_iflow.reporting.masking.leak_gate import SearchedFiles
from pytest_iflow.reporting.scenario_record import Attachment, new_uuid
from pytest_iflow.results.files import Troubles
from pytest_iflow.results.run_folder import ALLURE_RESULTS, remove_earlier
from pytest_iflow.secrets.registry import REGISTRY, leaves_bytes_alone, mask, mask_bytes, masked

_NAMES = frozenset({"uuid", "historyId", "testCaseId", "children", "source"})
"""What Allure knows results and attachments by: made up, though a rule for business data may fit it."""

_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)


def filled(**document: Any) -> dict[str, Any]:
    """Return a document of Allure without what is empty in it, which Allure leaves out, too."""
    return {name: value for name, value in document.items() if value or value is False}


class ResultsFolder(AllureFileLogger):
    """Writes results, attachments and what allure-pytest hands over, masked.

    What cannot be written is a trouble and ends no test. ``note`` takes name and SHA-256 of each file as it
    is written; it is None where the results are no evidence of the run. Files that hold nothing to mask are
    added to ``searched``.
    """

    def __init__(
        self,
        folder: Path,
        troubles: Troubles,
        note: Callable[[str, str], None] | None = None,
        searched: SearchedFiles | None = None,
    ) -> None:
        super().__init__(str(folder))  # type: ignore[no-untyped-call]
        self._troubles = troubles
        self._note = note
        self._searched = searched

    def write(self, attachments: Sequence[Attachment], result: dict[str, Any] | None = None) -> None:
        """Write attachments, and the result that names them; one search tells whether any needs masking."""
        data = _encoded(result) if result else b""
        texts = [
            each.body.encode("utf-8", "replace") if isinstance(each.body, str) else None
            for each in attachments
        ]
        version = REGISTRY.version
        is_clean = leaves_bytes_alone(b"\n".join([*filter(None, texts), data]))
        for each, text in zip(attachments, texts, strict=True):
            if is_clean and text is not None:
                self._write(each.file, text, version)
            else:
                self.report_attached_data(each.body, each.file)
            each.body = ""
        if result:
            name = TEST_CASE_PATTERN.format(prefix=new_uuid())
            self._write(name, data if is_clean else _masked(data), version if is_clean else None)

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
        self._write(
            file_name, mask(body).encode("utf-8", "replace") if isinstance(body, str) else mask_bytes(body)
        )

    def _report_item(self, item: Any) -> None:
        """Write what allure-pytest made; what is empty is left out, as Allure does."""
        data = _encoded(asdict(item, filter=lambda _, value: value or value is False))
        self._write(item.file_pattern.format(prefix=new_uuid()), _masked(data))

    def _write(self, file_name: str, data: bytes, version: int | None = None) -> None:
        """Write a file at once: a run that is killed leaves it whole, for all but a full disk.

        ``version`` is that of the secrets that were looked for in ``data`` and not found.
        """
        if self._note is not None:
            self._note(file_name, hashlib.sha256(data).hexdigest())
        with self._troubles.writing(ALLURE_RESULTS):
            file = os.open(f"{self._report_dir}/{file_name}", _NEW_FILE, 0o666)
            try:
                written = os.write(file, data)
                while written < len(data):  # a disk with little room takes a part first, and then refuses
                    written += os.write(file, data[written:])
                if self._searched is not None and version is not None and not is_archive(data):
                    self._searched.add(file, version)
            finally:
                os.close(file)


def _encoded(document: object) -> bytes:
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:  # half a surrogate pair
        return json.dumps(msgspec.to_builtins(document), ensure_ascii=False).encode("utf-8", "replace")


def _masked(data: bytes) -> bytes:
    """Mask a document value by value, so that no number is masked, which would be no JSON."""
    return data if mask_bytes(data) == data else _encoded(masked(json.loads(data), _NAMES))


def empty_results(folder: Path, troubles: Troubles) -> None:
    """Make ``folder`` an empty one: results of an earlier run would show as retries of this one.

    Raises OSError where it cannot be made; what another program holds in it stays and is noted.
    """
    remove_earlier(folder, troubles)
    folder.mkdir(parents=True, exist_ok=True)
