"""The evidence of a run: its files, kept in the record with the SHA-256 of each."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.pages.acceptance_link import RECORDS
from pytest_iflow.reporting.run_result import RunResult

"""Folder of the records, within that of the run; no evidence itself."""

_CHUNK = 1 << 20
_FILE_NAME = re.compile(r'"([^"\n]+\.\w{1,10})"')
_SUITE_FOLDERS = ("payloads", "schemas")
_UNLISTABLE = re.compile(r"[\\\r\n]")
"""Characters that ``sha256sum`` would escape in a name."""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file: ``path`` within the evidence, with forward slashes; ``size`` in bytes; SHA-256 in hex."""

    path: str
    size: int
    sha256: str

    def to_dict(self) -> dict[str, Any]:
        """Return the file in plain JSON types."""
        return asdict(self)


def evidence_sources(run: RunResult, folder: Path, root: Path) -> dict[str, Path]:
    """Return the files of the run in ``folder`` and of the suite below ``root``, by path in the evidence.

    Of the suite these are feature files, and files in the folders ``payloads`` and ``schemas`` or beside a
    feature that a step names.
    """
    left = {f"run/{path.relative_to(folder).as_posix()}": path for path in _files(folder)}
    return dict(sorted({**left, **{f"suite/{name}": root / name for name in suite_files(run, root)}}.items()))


def suite_files(run: RunResult, root: Path) -> dict[str, None]:
    """Return the paths, relative to ``root``, of features that ran and of what their steps name."""
    names = dict.fromkeys(scenario.file for scenario in run.scenarios if (root / scenario.file).is_file())
    for scenario in run.scenarios:
        beside = PurePosixPath(scenario.file).parent
        for step in scenario.steps:
            for named in _FILE_NAME.findall(step.text):
                names |= dict.fromkeys(_places(named.replace("\\", "/"), beside, root))
    return names


def _places(named: str, beside: PurePosixPath, root: Path) -> Iterator[str]:
    candidates = [beside / named, *(PurePosixPath(folder) / named for folder in _SUITE_FOLDERS)]
    if named.partition("/")[0] in _SUITE_FOLDERS:
        candidates.append(PurePosixPath(named))
    for place in candidates:
        # A step may name a file anywhere; a record takes nothing from outside the suite.
        if ".." not in place.parts and not place.is_absolute() and (root / place).is_file():
            yield place.as_posix()


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if inside.parts[0] != RECORDS and not inside.name.startswith(".") and path.is_file():
            yield path


def keep(sources: Mapping[str, Path], target: Path) -> tuple[EvidenceFile, ...]:
    """Copy ``sources`` below ``target`` and hash what is copied, in one pass; raises OSError."""
    kept = []
    for name, source in sources.items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with source.open("rb") as taken, place.open("xb") as written:
            while chunk := taken.read(_CHUNK):
                digest.update(chunk)
                written.write(chunk)
            size = written.tell()
        shutil.copystat(source, place)
        kept.append(EvidenceFile(name, size, digest.hexdigest()))
    return tuple(kept)


def hashed(name: str, path: Path) -> EvidenceFile:
    """Return a file with its hash, without copying it; raises OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return EvidenceFile(name, file.tell(), digest.hexdigest())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Size in bytes and time of change in nanoseconds of each file, to see that nobody writes meanwhile."""

    states: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, sources: Mapping[str, Path]) -> Snapshot:
        """Look at all files; raises OSError."""
        stats = {name: path.stat() for name, path in sources.items()}
        return cls({name: (stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()})

    def require_same(self, later: Snapshot) -> None:
        """Raise IflowError if files were changed, came or went between the two."""
        everything = sorted({**self.states, **later.states})
        changed = [name for name in everything if self.states.get(name) != later.states.get(name)]
        if changed:
            raise IflowError(
                "Files of the run changed while the record was made.",
                where=", ".join(changed[:5]) + (" …" if len(changed) > len(changed[:5]) else ""),
                remedy="Wait for the end of the run that writes them, then accept again.",
            )


def require_listable(names: Iterable[str]) -> None:
    """Raise IflowError for names with a backslash or a line break, which no list of hashes can hold."""
    for name in names:
        if _UNLISTABLE.search(name):
            raise IflowError(
                "A file of the run has a backslash or a line break in its name.",
                where=repr(name),
                remedy="Rename or remove it; no reporter of the plugin writes such names.",
            )
