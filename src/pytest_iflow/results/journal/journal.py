"""The journal of a run: what is finished stands on disk at once, so that a killed run still has a result.

``journal.jsonl`` in the run's folder holds one JSON object a line, flushed as it is written:
``{"run": …}``, the ``RunResult`` so far without its scenarios (the last one counts),
``{"started": node id}``, and ``{"finished": ScenarioResult, "at": seconds since the run began}``. All texts
are masked. The journal becomes the sealed one (``chain``) when ``summary.json`` stands: while it is there,
the run goes on or was killed, and ``file_lock`` tells which. What a killed run or somebody else left of it
may be damaged in any way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.file_lock import stays_taken
from pytest_iflow.results.atomic_file import replace_file
from pytest_iflow.results.journal.chain import SEALED_JOURNAL, Chain, Machine, evidence_files, hash_of
from pytest_iflow.results.journal.noted_files import Noted, NotedFiles
from pytest_iflow.results.journal.plan import PLAN, read_plan
from pytest_iflow.results.json_format import Seconds, decode
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.results.troubles import Troubles
from pytest_iflow.secrets.registry import mask_bytes, masked
from pytest_iflow.tenants.suite_files import read_regular

JOURNAL = "journal.jsonl"

KILLED = "the run was killed before it ran"
CUT_OFF = "the run was killed while it ran"

_OUTDATED = ("summary.json", "summary.html", "junit.xml", SEALED_JOURNAL)
"""What an earlier run left and nobody may take for the result of this one, should it be killed."""


_HASHES = frozenset({"files", "used", "before"})


class Journal:
    """Writes the journal of one run in its folder; where that fails it ends there, and the run goes on.

    ``noted`` is what comes into its lines by and by.
    """

    def __init__(
        self, folder: Path, troubles: Troubles | None = None, noted: NotedFiles | None = None
    ) -> None:
        self._folder = folder
        self._troubles = troubles or Troubles()
        self._noted = noted
        self._broken = False
        self._file: BinaryIO | None = None
        self._chain = Chain()
        self._ended = False
        self._files: set[str] = set()

    def claim(self) -> BinaryIO:
        """Make the folder this run's, and return its journal; an earlier run's stands there until ``begin``.

        Raises ConfigurationError while another run writes there.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        file = (self._folder / JOURNAL).open("ab")
        if stays_taken(file.fileno()):
            file.close()
            raise ConfigurationError(
                "Another run of this tenant and environment goes on; the reports of both would be mixed.",
                where=str(self._folder),
                remedy="Wait for its end, or let this run write elsewhere: -o iflow_reports=FOLDER.",
            )
        self._file = file
        return file

    def begin(self, run: RunResult) -> None:
        """Begin the journal in place of what an earlier run left; claims the folder, unless that was done."""
        file = self._file or self.claim()
        half_written = self._folder.glob(".*.tmp")  # when a run was killed
        of_machines = self._folder.glob(f"{Path(SEALED_JOURNAL).stem}-*.jsonl")
        left = (self._folder / name for name in (PLAN, *_OUTDATED))
        for path in (*left, *half_written, *of_machines):
            path.unlink(missing_ok=True)
        file.truncate(0)
        self._chain = Chain()
        self.know(run)

    def know(self, run: RunResult) -> None:
        """Write what is known of the run by now; its scenarios are not looked at."""
        self._append({"run": replace(run, scenarios=()).document})

    def start(self, node_id: str) -> None:
        """Note that a scenario runs from now on."""
        self._append({"started": node_id})

    def finish(self, result: ScenarioResult, at: float) -> None:
        """Write a result; ``at`` is in seconds since the run began."""
        self._append({"finished": result, "at": round(at, 3), **self._new()})

    def end(self) -> None:
        """Take the journal away, to be sealed: the result of the run stands elsewhere."""
        if self._file is not None:
            self.close()  # before the move, as Windows wants it
            (self._folder / JOURNAL).replace(self._folder / SEALED_JOURNAL)
            (self._folder / PLAN).unlink(missing_ok=True)
            self._mask_again(self._folder / SEALED_JOURNAL)
            self._ended = not self._broken

    def seal(self, machines: Sequence[Machine] = ()) -> str:
        """Seal the journal with the hash of every file of evidence; return the seal.

        ``machines`` are those whose runs a merged one is made of. Call it when nobody writes any more.
        Empty for a run that did not end. Raises OSError.
        """
        if not self._ended:
            return ""
        new = self._new()
        rest = [
            (name, hash_of(path)) for name, path in evidence_files(self._folder) if name not in self._files
        ]
        sealed = {"at": datetime.now(UTC).isoformat(), "machines": machines}
        entry = {
            **new,
            "files": [*new.get("files", ()), *rest],
            "sealed": sealed,
        }
        with (self._folder / SEALED_JOURNAL).open("ab") as file:
            file.write(self._chain.seal(entry))
        self._ended = False
        return self._chain.head

    def _mask_again(self, path: Path) -> None:
        """Mask what became known as secret after its line was written, and make the chain anew."""
        data = path.read_bytes()
        if mask_bytes(data) == data:
            return
        self._chain = Chain()
        entries = (masked(decode(line, dict[str, Any]), _HASHES) for line in data.splitlines())
        lines = [self._chain.line({key: each[key] for key in each if key != "before"}) for each in entries]
        replace_file(path, b"".join(lines))

    def _new(self) -> Noted:
        """What was noted since the last line."""
        new = self._noted.take() if self._noted else {}
        self._files.update(name for name, _ in new.get("files", ()))
        return new

    def close(self) -> None:
        """Close the file and leave it: a run that comes to no proper end counts as killed."""
        if self._file is not None:
            with suppress(OSError):  # what is left of a line that could not be written
                self._file.close()
            self._file = None

    def _append(self, entry: dict[str, Any]) -> None:
        if self._file is None or self._broken:
            return
        try:
            self._file.write(self._chain.line(entry))
            self._file.flush()
        except OSError as error:
            self._broken = True  # the file stays open, for its lock is the run's
            self._troubles.lose(JOURNAL, error)


def _say_nothing(_sentence: str) -> None:
    pass


def recover(folder: Path, say: Callable[[str], None] = _say_nothing) -> RunResult | None:
    """Return the result of a run that was killed, from its journal; None where none can be read.

    It is interrupted. What has no result is "not run", with the reason: from the plan, where the run came
    as far as that. Lines that are damaged are left out and told to ``say``, all but the last, which was
    being written when the run was killed. Raises OSError as any read does.
    """
    path = folder / JOURNAL
    if not path.is_file():
        return None
    left, damaged = _LeftRun(), []
    lines = read_regular(path).split(b"\n")
    lines = lines if lines[-1] else lines[:-1]
    for number, line in enumerate(lines, start=1):
        try:
            left.add(decode(line, _Line))
        except ValueError:
            damaged.append(number)
    if left.run is None and lines:
        say(f"{path} is damaged and was left aside: it tells of no run")
    elif damaged and damaged != [len(lines)]:
        say(f"{path} is damaged: {len(damaged):,} of its lines were left out")
    if left.run is None:
        return None
    rest = (
        replace(row, message=CUT_OFF if row.node_id in left.started else KILLED)
        for row in read_plan(folder / PLAN, say)
        if row.node_id not in left.finished
    )
    return replace(left.run, seconds=left.at, scenarios=(*left.finished.values(), *rest), interrupted=True)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a journal."""

    run: RunResult | None = None
    finished: ScenarioResult | None = None
    at: Seconds = 0.0
    started: str | None = None


@dataclass(slots=True)
class _LeftRun:
    """What the lines of a journal say."""

    run: RunResult | None = None
    started: set[str] = field(default_factory=set)
    finished: dict[str, ScenarioResult] = field(default_factory=dict)
    at: float = 0.0

    def add(self, line: _Line) -> None:
        """Add what a line says; raises ValueError for one that says nothing."""
        if line.run is not None:
            self.run = line.run
        elif line.finished is not None:
            self.finished[line.finished.node_id] = line.finished
            self.at = line.at or self.at
        elif line.started is not None:
            self.started.add(line.started)
        else:
            raise ValueError("the line says nothing")
