"""The chain of a run: each line of its journal has the hash of the line before, and the last one seals it.

The journal of a run that ended stays as ``sealed-journal.jsonl``. Beside what ``journal`` writes, its lines
have ``"before"``, the SHA-256 in hex of the line before (without its line end; empty for the first). They may
have ``"files"``, evidence that was written, by path within the folder of the run, and ``"used"``, files of
the suite that were read, by path relative to the suite: lists of name and SHA-256 of exactly these bytes.
The last line has ``"sealed"``: when that was and, of a merged run, each ``Machine``. Its ``"seal"`` is the
SHA-256 of the line as it is without it, and so stands for all that the run read and wrote.

No key is part of it: whoever can run code here can make another chain. It shows what was changed afterwards,
by hand or by mistake. The seal is printed at the end of the run, so that the log of a CI job holds it, too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from pytest_iflow.results.json_format import UnfitJsonError, decode, encode
from pytest_iflow.results.run_folder import (
    ALLURE_HISTORY,
    ALLURE_REPORT,
    FLOW_PATHS,
    JOURNAL,
    PAGE,
    PLAN,
    RECORDS,
    SEALED_JOURNAL,
    RunFolder,
)
from pytest_iflow.tenants.suite_files import NO_FILE, open_regular, read_regular

MADE_LATER = (ALLURE_REPORT, ALLURE_HISTORY, PAGE)
"""What is made of a run when it is over, and made again at any time: no evidence of its own."""

_NOT_SEALED = (*MADE_LATER, SEALED_JOURNAL, JOURNAL, PLAN, RECORDS, FLOW_PATHS)
_SEAL = b', "seal": "'


class Machine(Struct, frozen=True):
    """The run of one machine in a merged one: its folder, its seal, and what was not as that run left it."""

    folder: str
    seal: str
    faults: list[str]


class _Run(Struct, frozen=True):
    """What the seal stands for of the run as a whole; texts as they are written."""

    tenant: str = ""
    environment: str = ""
    started: str = ""


class _Finished(Struct, frozen=True):
    node_id: str
    status: str


class _Sealed(Struct, frozen=True):
    machines: tuple[Machine, ...] = ()


class _Line(Struct, frozen=True):
    """What is read of a line."""

    before: str
    run: _Run | None = None
    finished: _Finished | None = None
    files: tuple[tuple[str, str], ...] = ()
    used: tuple[tuple[str, str], ...] = ()
    sealed: _Sealed | None = None


class Chain:
    """Makes the lines of a journal; ``head`` is the SHA-256 of the last one."""

    def __init__(self) -> None:
        self.head = ""

    def line(self, entry: Mapping[str, Any]) -> bytes:
        """Return an entry, which is not empty, as the next line."""
        text = b'%b, "before": "%b"}' % (encode(entry)[:-1], self.head.encode("ascii"))
        self.head = hashlib.sha256(text).hexdigest()
        return text + b"\n"

    def seal(self, entry: Mapping[str, Any]) -> bytes:
        """Return the last line; ``head`` is the seal then."""
        text = self.line(entry)[:-2]
        return b'%b%b%b"}\n' % (text, _SEAL, self.head.encode("ascii"))


def evidence_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield what a run leaves as evidence in its folder, path within it and path: no links, no pipes.

    They come in no order, and are not listed first: they may be tens of thousands.
    """
    return ((name, entry.path) for name, entry in _entries(folder) if entry.is_file(follow_symlinks=False))


def _entries(folder: Path | str, parent: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Whatever stands in the folder of a run, in no order, by path with forward slashes."""
    with os.scandir(folder) as found:  # far faster than Path.rglob, for each of 30,000 files
        for entry in found:
            if entry.name.startswith(".") or (not parent and entry.name in _NOT_SEALED):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(entry.path, f"{parent}{entry.name}/")
            else:
                yield parent + entry.name, entry


def hash_of(path: Path | str, *, follow: bool = False) -> str:
    """Return the SHA-256 of a regular file, in hex; raises OSError, for a link unless these are followed."""
    with open_regular(path, follow=follow) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class SealedRun(Struct):
    """What the sealed journal of a run says, and in ``faults`` what is wrong with it.

    ``files`` and ``used`` are SHA-256 by path; ``used`` has several where a file changed during the run.
    ``statuses`` are those of the scenarios that finished, by node id: of one that ran again the last.
    """

    seal: str = ""
    machines: list[Machine] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    used: dict[str, list[str]] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    run: _Run = field(default_factory=_Run)
    faults: list[str] = field(default_factory=list)

    def add(self, line: _Line) -> None:
        """Add what a line says to what those before it said."""
        self.files |= dict(line.files)
        for name, sha256 in line.used:
            known = self.used.setdefault(name, [])
            if sha256 not in known:
                known.append(sha256)
        if line.run is not None:
            self.run = line.run
        if line.finished is not None:
            self.statuses[line.finished.node_id] = line.finished.status
        if line.sealed is not None:
            self.machines = list(line.sealed.machines)


def read_sealed_run(folder: Path) -> SealedRun | None:
    """Return what the sealed journal in the folder of a run says; None where there is none."""
    try:
        data = read_regular(RunFolder(folder).sealed_journal, follow=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        return SealedRun(faults=[f"{SEALED_JOURNAL} cannot be read: {error.strerror}"])
    sealed = SealedRun()
    before = ""
    for number, line in enumerate(data.split(b"\n")[:-1] if data.endswith(b"\n") else [data], start=1):
        if sealed.seal:
            sealed.faults.append(f"{SEALED_JOURNAL}, line {number}: stands behind the seal")
            return sealed
        digest = hashlib.sha256(line).hexdigest()
        try:
            entry = decode(line, _Line)
            if entry.before != before:
                raise UnfitJsonError("another line stood before this one")
            sealed.add(entry)
            if entry.sealed is not None:
                sealed.seal = _seal_of(line)
        except ValueError:
            what = "this line, or the one before it, was changed, or one between them is gone"
            sealed.faults.append(f"{SEALED_JOURNAL}, line {number}: {what}")
            return sealed
        before = digest
    if not sealed.seal:
        sealed.faults.append(
            f"{SEALED_JOURNAL} has no seal: the run did not come to its end, or lines are gone"
        )
    return sealed


def _seal_of(line: bytes) -> str:
    """The seal of the last line; raises ValueError where that is not the hash of the rest."""
    rest, _, seal = line.rpartition(_SEAL)
    digest = hashlib.sha256(rest + b"}").hexdigest()
    if seal != f'{digest}"}}'.encode("ascii"):
        raise ValueError
    return digest


def disagreements(sealed: SealedRun, folder: Path) -> Iterator[str]:
    """Yield which evidence in the folder of a run is not as the run left it."""
    yield from sealed.faults
    if not sealed.seal:
        return
    for machine in sealed.machines:
        yield from (f"{machine.folder}: {fault}" for fault in machine.faults)
    present = dict(evidence_files(folder))
    for name, sha256 in sorted(sealed.files.items()):
        try:
            if name not in present:
                yield f"{name}: gone, or no file any more"
            elif hash_of(present[name]) != sha256:
                yield f"{name}: changed since the run"
        except OSError as error:
            yield f"{name}: cannot be read: {error.strerror}"
    for name in sorted(present.keys() - sealed.files.keys()):
        yield f"{name}: not written by the run"
    others = (name for name, entry in _entries(folder) if not entry.is_file(follow_symlinks=False))
    yield from (f"{name}: {NO_FILE}, which no run writes" for name in sorted(others))
