"""The evidence of a run: its files, kept in the record with the SHA-256 of each."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pytest_iflow.acceptance.provenance import suite_files
from pytest_iflow.errors import IflowError
from pytest_iflow.results.chain import MADE_LATER, SealedRun, evidence_files
from pytest_iflow.results.run_folder import RunFolder
from pytest_iflow.tenants.suite_files import open_regular

_CHUNK = 1 << 20
_UNLISTABLE = re.compile(r"[\\\r\n]")
"""Characters that ``sha256sum`` would escape in a name."""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One file: ``path`` within the evidence, with forward slashes; ``size`` in bytes; SHA-256 in hex."""

    path: str
    size: int
    sha256: str


def evidence_sources(sealed: SealedRun | None, folder: Path, root: Path) -> dict[str, Path]:
    """Return the files of the run in ``folder``, and those of the suite that it used, by path as evidence."""
    left = {f"run/{name}": Path(path) for name, path in evidence_files(folder)}
    journal = RunFolder(folder).sealed_journal
    if sealed is not None and journal.is_file():
        left[f"run/{journal.name}"] = journal
    later = {f"run/{path.relative_to(folder).as_posix()}": path for path in _made_later(folder)}
    return dict(sorted({**left, **later, **suite_files(sealed, root)}.items()))


def is_made_later(name: str) -> bool:
    """Return whether evidence, by its path, was made after the run, and so is not under its seal."""
    return any(name == f"run/{made}" or name.startswith(f"run/{made}/") for made in MADE_LATER)


def _made_later(folder: Path) -> Iterator[Path]:
    for name in MADE_LATER:
        place = folder / name
        for path in (place, *place.rglob("*")) if not place.is_symlink() else ():
            if path.is_file() and not path.is_symlink():
                yield path


def keep(sources: Mapping[str, Path], target: Path) -> tuple[EvidenceFile, ...]:
    """Copy ``sources`` below ``target`` and hash what is copied, in one pass; raises OSError."""
    kept = []
    for name, source in sources.items():
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with open_regular(source) as taken, place.open("xb") as written:
            while chunk := taken.read(_CHUNK):
                digest.update(chunk)
                written.write(chunk)
            size = written.tell()
        shutil.copystat(source, place)
        kept.append(EvidenceFile(name, size, digest.hexdigest()))
    return tuple(kept)


def hashed(name: str, path: Path) -> EvidenceFile:
    """Return a file with its hash, without copying it; raises OSError."""
    with open_regular(path) as file:
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
