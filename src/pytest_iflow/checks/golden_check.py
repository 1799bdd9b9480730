"""Golden messages and their rules are looked at before a run."""

from __future__ import annotations

from pathlib import Path

from pytest_iflow.checks.golden import GoldenMessage
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.suite_files import MissingFileError, SuiteFiles, read_regular


class GoldenCheck:
    """Looks at golden messages and their rules before a run, each file once.

    ``may_be_missing``: the run writes what is not there.
    """

    def __init__(self, files: SuiteFiles, *, may_be_missing: bool) -> None:
        self._files = files
        self._may_be_missing = may_be_missing
        self._known: dict[Path, ConfigurationError | None] = {}

    def __call__(self, name: str, folder: Path) -> None:
        """Raise ConfigurationError for a golden message that cannot be compared with, or may not be read."""
        try:
            path = self._files.find(name, folder, "payloads")
            self._files.require_readable(path)
        except MissingFileError as error:
            if self._may_be_missing:
                return
            raise ConfigurationError(
                f'there is no golden message "{name}"',
                where=error.where,
                remedy=f"{error.near}save an answer that was found good under this name "
                "(or by pytest --update-golden), or correct the name",
            ) from None
        if path not in self._known:
            self._known[path] = self._fault(path)
        if (fault := self._known[path]) is not None:
            raise ConfigurationError(fault.what, where=fault.where, remedy=fault.remedy)

    def _fault(self, path: Path) -> ConfigurationError | None:
        try:
            GoldenMessage.load(path, self._read)
        except ConfigurationError as error:
            return error
        return None

    def _read(self, path: Path) -> bytes:
        self._files.require_readable(path)
        return read_regular(path)
