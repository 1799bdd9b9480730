"""The journal of a run: what is finished stands on disk at once, so that a killed run still has a result.

``journal.jsonl`` in the run's folder holds one JSON object a line, flushed as it is written:
``{"run": …}``, the ``RunResult`` so far without its scenarios (the last one counts),
``{"started": node id, "notes_messages": …}``, ``{"sent": node id}`` before a scenario sends a message, where
that is noted, and ``{"finished": ScenarioResult, "at": seconds since the run began}``. All texts are masked.
The journal becomes the sealed one (``chain``) when ``summary.json`` stands: while it is there,
the run goes on or was killed, and ``file_lock`` tells which. What a killed run or somebody else left of it
may be damaged in any way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.file_lock import stays_taken
from pytest_iflow.held_files import move, patiently, remove_or_empty
from pytest_iflow.results.chain import Chain, Machine, evidence_files, hash_of
from pytest_iflow.results.files import Troubles, replace_file
from pytest_iflow.results.json_format import decode
from pytest_iflow.results.run_folder import HELD, JOURNAL, RunFolder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.secrets.registry import REGISTRY, mask, mask_bytes, masked
from pytest_iflow.tenants.suite_files import SuiteFiles

Noted = dict[str, list[tuple[str, str]]]
"""Under ``files`` and ``used`` lists of name and SHA-256, as a line of the journal has them."""

_BLOCK = 256 * 1024
"""Bytes of a journal that are looked through at once."""

_HASHES = frozenset({"files", "used", "before"})


class NotedFiles:
    """What a process of a run read of the suite and wrote as evidence: names and hashes.

    It has those that no line of the journal has as yet. Under pytest-xdist workers read and write, and the
    controller keeps the journal: the hashes travel with the reports, over the channel of execnet.
    """

    def __init__(self, files: SuiteFiles) -> None:
        self._files = files
        self._collected = 0
        self._written: list[tuple[str, str]] = []
        self._adopted: list[tuple[str, str]] = []
        self._of_others: list[tuple[str, str]] = []

    @property
    def used(self) -> dict[str, str]:
        """Return what all processes of the run have read of the suite by now, with the last hash of each."""
        return {mask(name): sha256 for name, sha256 in (*self._of_others, *self._files.used)}

    def writer(self, results: Path, folder: Path) -> Callable[[str, str], None] | None:
        """Return what notes name and hash of a file in ``results``; None where that lies elsewhere."""
        if not results.is_relative_to(folder):
            return None
        inside = results.relative_to(folder).as_posix()
        return lambda name, sha256: self._written.append((f"{inside}/{name}", sha256))

    def collect(self) -> Noted:
        """Return what is new since the last time."""
        used, self._collected = self._files.used[self._collected :], len(self._files.used)
        written, self._written = self._written, []
        adopted, self._adopted = self._adopted, []
        new = {"files": written, "used": [(mask(name), sha256) for name, sha256 in (*adopted, *used)]}
        return {key: entries for key, entries in new.items() if entries}

    def adopt(self, noted: Noted) -> None:
        """Take over what another process noted."""
        self._written += noted.get("files", ())
        self._adopted += noted.get("used", ())
        self._of_others += noted.get("used", ())


class Journal:
    """Writes the journal of one run in its folder; where that fails it ends there, and the run goes on.

    ``noted`` is what comes into its lines by and by.
    """

    def __init__(
        self, folder: Path, troubles: Troubles | None = None, noted: NotedFiles | None = None
    ) -> None:
        self._folder = RunFolder(folder)
        self._troubles = troubles or Troubles()
        self._noted = noted
        self._broken = False
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._chain = Chain()
        self._ended = False
        self._known_secrets = -1
        self._doubtful = 0

    def claim(self) -> BinaryIO:
        """Make the folder this run's, and return its journal; an earlier run's stands there until ``begin``.

        Raises ConfigurationError while another run writes there.
        """
        self._folder.path.mkdir(parents=True, exist_ok=True)
        file = patiently(lambda: self._folder.journal.open("ab"))
        if stays_taken(file.fileno()):
            file.close()
            raise ConfigurationError(
                "Another run of this tenant and environment goes on; the reports of both would be mixed.",
                where=str(self._folder.path),
                remedy="Wait for its end, or let this run write elsewhere: -o iflow_reports=FOLDER.",
            )
        self._file = file
        return file

    def begin(self, run: RunResult) -> None:
        """Begin the journal in place of what an earlier run left; claims the folder, unless that was done."""
        file = self._file or self.claim()
        self._folder.discard_earlier_run(self._troubles)
        file.truncate(0)
        self._chain = Chain()
        self.write_run(run)

    def write_run(self, run: RunResult) -> None:
        """Write what is known of the run by now; its scenarios are not looked at."""
        self._append({"run": replace(run, scenarios=()).document})
        self._known_secrets = -1  # some of its texts were masked a while ago

    def start(self, node_id: str, *, notes_messages: bool = False) -> None:
        """Note that a scenario runs from now on; with ``notes_messages``, each that sends one is noted."""
        self._append({"started": node_id, **({"notes_messages": True} if notes_messages else {})})

    def send(self, node_id: str) -> None:
        """Note that a scenario begins to send a message."""
        self._append({"sent": node_id})

    def finish(self, result: ScenarioResult, at: float) -> None:
        """Write a result; ``at`` is in seconds since the run began."""
        self._append({"finished": result, "at": round(at, 3), **self._new()})

    def end(self) -> None:
        """Take the journal away, to be sealed: the result of the run stands elsewhere."""
        if self._file is not None:
            self.close()  # before the move, as Windows wants it
            move(self._folder.journal, self._folder.sealed_journal)
            if not remove_or_empty(self._folder.plan):
                self._troubles.leave_aside(f"{self._folder.plan.name} stays: {HELD}")
            self._mask_again(self._folder.sealed_journal)
            self._ended = not self._broken

    def seal(self, machines: Sequence[Machine] = ()) -> str:
        """Seal the journal with the hash of every file of evidence; return the seal.

        ``machines`` are those whose runs a merged one is made of. Call it when nobody writes any more.
        Empty for a run that did not end. Raises OSError.
        """
        if not self._ended:
            return ""
        new = self._new()
        files = new.get("files", [])
        noted = _noted_evidence(self._folder.sealed_journal).union(name for name, _ in files)
        written = evidence_files(self._folder.path)
        rest = sorted((mask(name), hash_of(path)) for name, path in written if name not in noted)
        sealed = {"at": datetime.now(UTC).isoformat(), "machines": machines}
        entry = {**new, "files": [*files, *rest], "sealed": sealed}
        with self._folder.sealed_journal.open("ab") as file:
            file.write(self._chain.seal(entry))
        self._ended = False
        return self._chain.head

    def _mask_again(self, path: Path) -> None:
        """Mask what became known as secret after its line was written, and make the chain anew."""
        end = self._doubtful if self._known_secrets == REGISTRY.version else None
        if all(mask_bytes(block) == block for block in _blocks(path, end)):
            return
        self._chain = Chain()
        lines = (line for block in _blocks(path) for line in block.splitlines())
        entries = (masked(decode(line, dict[str, Any]), _HASHES) for line in lines)
        replace_file(
            path, (self._chain.line({key: each[key] for key in each if key != "before"}) for each in entries)
        )

    def _new(self) -> Noted:
        """What was noted since the last line."""
        return self._noted.collect() if self._noted else {}

    def close(self) -> None:
        """Close the file and leave it: a run that comes to no proper end counts as killed."""
        if self._file is not None:
            with suppress(OSError):  # what is left of a line that could not be written
                self._file.close()
            self._file = None

    def _append(self, entry: dict[str, Any]) -> None:
        with self._lock:
            if self._file is None or self._broken:
                return
            try:
                version = REGISTRY.version
                self._file.write(self._chain.line(entry))
                self._file.flush()
                if version != self._known_secrets:  # it may have come in since the text was masked
                    self._known_secrets, self._doubtful = version, self._file.tell()
            except OSError as error:
                self._broken = True  # the file stays open, for its lock is the run's
                self._troubles.note_unwritten(JOURNAL, error)


class _Line(Struct, frozen=True):
    """What is read of a line of the journal that this run wrote: the evidence that was noted in it."""

    files: tuple[tuple[str, str], ...] = ()


def _noted_evidence(path: Path) -> set[str]:
    """The names of all evidence that the lines of a journal note."""
    with path.open("rb") as lines:
        return {name for line in lines for name, _ in decode(line, _Line).files}


def _blocks(path: Path, end: int | None = None) -> Iterator[bytes]:
    """The lines of a file, many at once; only those that begin before ``end``, if that is given."""
    with path.open("rb") as file:
        at = 0
        while (end is None or at < end) and (
            lines := file.readlines(_BLOCK if end is None else min(_BLOCK, end - at))
        ):
            yield (block := b"".join(lines))
            at += len(block)
