"""The evidence of a run: copies of its files, and whether they are those that the run left and used."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from pytest_iflow.acceptance.objection import Objection
from pytest_iflow.errors import IflowError
from pytest_iflow.results.chain import (
    MADE_LATER,
    SealedRun,
    disagreements,
    evidence_files,
    hash_of,
)
from pytest_iflow.results.run_folder import SUMMARY, RunFolder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.tenants.suite_files import open_regular

_RERUN = "Run the suite again, then accept that run; leave its files as they are."

_CHUNK = 1 << 20
_UNLISTABLE = re.compile(r"[\\\r\n]")
"""Characters that ``sha256sum`` would escape in a name."""


def seal_objections(
    run: RunResult, sealed: SealedRun | None, folder: Path, root: Path
) -> Iterator[Objection]:
    """Yield why the files in ``folder`` and below ``root`` are not known to be those of the run."""
    if sealed is None:
        yield Objection(
            "unsealed",
            "The run left no seal: nothing tells whether its files are what it wrote.",
            "Run the suite again, with this version of pytest-iflow: earlier ones made no seal.",
        )
        return
    if altered := (*disagreements(sealed, folder), *_summary_differences(run, sealed)):
        yield Objection("altered", "Files of the run are not as the run left them.", _RERUN, altered)
    if changed := tuple(sorted(_changed_inputs(sealed, root))):
        yield Objection("inputs", "Files of the suite are not as the run used them.", _RERUN, changed)


def _summary_differences(run: RunResult, sealed: SealedRun) -> Iterator[str]:
    """Yield where the summary differs from the journal that the run wrote."""
    if not sealed.seal:
        return
    heads = {"tenant": run.tenant, "environment": run.environment, "started": run.started.isoformat()}
    for key, shown in heads.items():
        if (wrote := getattr(sealed.run, key)) != shown:
            yield f"{SUMMARY}: {key} is {shown}, the run wrote {wrote}"
    statuses = {each.node_id: each.status for each in run.scenarios}
    for node_id, status in statuses.items():
        if (wrote := sealed.statuses.get(node_id, "not run")) != status:
            yield f"{SUMMARY}: {node_id} is {status}, the run wrote {wrote}"
    for node_id in sealed.statuses.keys() - statuses.keys():
        yield f"{SUMMARY}: {node_id} is missing"


def _changed_inputs(sealed: SealedRun, root: Path) -> Iterator[str]:
    for name, hashes in sealed.used.items():
        if len(hashes) > 1:
            yield f"{name}: changed while the run went on"
            continue
        try:
            if hash_of(root / name, follow=True) != hashes[0]:
                yield f"{name}: changed since the run"
        except FileNotFoundError:
            yield f"{name}: gone"
        except (OSError, ValueError) as error:  # the second for what is no name of a file at all
            yield f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}"


def suite_files(sealed: SealedRun | None, root: Path) -> dict[str, Path]:
    """Return the files that the run used and that are still as they were then, by path in the evidence.

    Python files are left out: they are no test data, and may hold more than a record should show.
    """
    found = {}
    for name, hashes in sealed.used.items() if sealed else ():
        try:
            if not name.endswith(".py") and [hash_of(root / name, follow=True)] == hashes:
                found[_evidence_path(name)] = root / name
        except (OSError, ValueError):
            continue  # an objection says so
    return found


def sealed_hashes(sealed: SealedRun | None) -> dict[str, str]:
    """Return the SHA-256 that the seal stands for, by path in the evidence."""
    if sealed is None:
        return {}
    used = {_evidence_path(name): hashes[-1] for name, hashes in sealed.used.items()}
    return {**used, **{f"run/{name}": sha256 for name, sha256 in sealed.files.items()}}


def _evidence_path(name: str) -> str:
    """Return where a file of the suite stands in the evidence; files from outside are kept apart."""
    parts = PurePosixPath(name).parts
    inside = [part for part in parts if part not in {"..", "/"}]
    if len(inside) == len(parts) and not PureWindowsPath(name).drive:
        return f"suite/{name}"
    return "/".join(("elsewhere", str(parts.count("..")), *(part.replace(":", "") for part in inside)))


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
    """Return whether the evidence at this path was made after the run: the seal does not cover it."""
    return any(name == f"run/{made}" or name.startswith(f"run/{made}/") for made in MADE_LATER)


def _made_later(folder: Path) -> Iterator[Path]:
    for name in MADE_LATER:
        place = folder / name
        for path in (place, *place.rglob("*")) if not place.is_symlink() else ():
            if path.is_file() and not path.is_symlink():
                yield path


def copy_hashed(sources: Mapping[str, Path], target: Path) -> tuple[EvidenceFile, ...]:
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


def file_states(sources: Mapping[str, Path]) -> dict[str, tuple[int, int]]:
    """Return size in bytes and time of change in nanoseconds of each file; raises OSError."""
    stats = {name: path.stat() for name, path in sources.items()}
    return {name: (stat.st_size, stat.st_mtime_ns) for name, stat in stats.items()}


def require_unchanged(before: Mapping[str, tuple[int, int]], after: Mapping[str, tuple[int, int]]) -> None:
    """Raise IflowError if files were changed, came or went between two calls of ``file_states``."""
    changed = sorted({name for name, _ in before.items() ^ after.items()})
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
