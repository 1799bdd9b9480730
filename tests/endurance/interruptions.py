"""Runs that are interrupted at random moments, and what may never come of it.

``python -m tests.endurance.interruptions --runs 300 --seed 1`` starts a small suite with slow calls on the
local tenant again and again, now and then with workers, and sends it Ctrl-C once, twice or three times,
SIGTERM, or SIGKILL, to the run or to one of its workers. Each run has a moment of its own, from the start of
the process to after its end; the seed tells which. It needs Linux, whose ``/proc`` tells which processes are
left.

What is judged stands in ``findings``. It prints a table, and what was found; exit code 1 where that is
anything.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue

ENDS_WITHIN = 90.0
"""Seconds that a run may take after it was interrupted."""
GONE_WITHIN = 30.0
"""Seconds after which a process that is left over is an orphan."""
KINDS = ("Ctrl-C", "Ctrl-C twice", "Ctrl-C three times", "SIGTERM", "SIGKILL", "SIGKILL of a worker")
ROWS = 8
TESTS = ROWS + 2

_LATE_WORKER = "KeyError: <WorkerController"
"""What xdist 3.8 breaks off with when a worker dies that has said that it is done; the run is interrupted."""
_MARK = "IFLOW_INTERRUPTIONS_OF"
_FEATURE = """Feature: Slow calls
  Scenario Outline: row <row>
    Given the query parameter "seconds" is "0.1"
    When I send a POST request to the iFlow "slow"
    Then the response status is 200
    Examples:
      | row |
"""
_TESTS = """
import time
import pytest

@pytest.fixture(scope="session")
def slow_to_go():
    yield
    time.sleep(0.2)

def test_one(slow_to_go):
    time.sleep(0.05)

def test_two(slow_to_go):
    pass
"""


@dataclass(frozen=True, slots=True)
class Interruption:
    """What is done to a run: seconds from its start to the first signal, and between signals."""

    number: int
    kind: str
    workers: bool
    group: bool
    share: float
    gaps: tuple[float, ...]
    follow: str

    @classmethod
    def of(cls, number: int, seed: int) -> Interruption:
        """Return the interruption with a number; the same for the same seed."""
        chance = random.Random(f"{seed} {number}")  # noqa: S311, no secret
        kind = KINDS[number % len(KINDS)]
        times = {"Ctrl-C twice": 2, "Ctrl-C three times": 3}.get(kind, 1)
        # The last third is as short as it is rich: teardown, reports, the end of the local tenant.
        share = chance.uniform(0.0, 1.1) if chance.random() < 0.6 else chance.uniform(0.7, 1.05)
        return cls(
            number,
            kind,
            workers=kind == "SIGKILL of a worker" or chance.random() < 0.25,
            group=chance.random() < 0.5,
            share=share,
            gaps=tuple(chance.choice((0.02, 0.1, 0.3, 1.2)) * chance.random() for _ in range(times - 1)),
            follow=chance.choice(("report", "run", "")) if "SIGKILL" not in kind else "run",
        )

    def __str__(self) -> str:
        to = "group" if self.group else "process"
        workers = ", -n 2" if self.workers else ""
        return f"#{self.number} {self.kind} to the {to} at {self.share:.0%}{workers}"


@dataclass(slots=True)
class Ended:
    """How a process ended."""

    code: int | None
    text: str
    left: list[int]


@dataclass(slots=True)
class Project:
    """A folder with the suite, and one for temporary files; ``lasts`` is how long a whole run takes."""

    root: Path
    lasts: dict[bool, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = "".join(f"      | {row} |\n" for row in range(ROWS))
        for name, text in (
            ("pytest.ini", "[pytest]\naddopts = -p no:cacheprovider -p no:anyio\n"),
            ("features/slow.feature", _FEATURE + rows),
            ("features/test_plain.py", _TESTS),
        ):
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.temporary.mkdir()
        for workers in (False, True):
            began = time.monotonic()
            process = self.start(*self.arguments(workers=workers))
            process.wait(ENDS_WITHIN)
            self.lasts[workers] = time.monotonic() - began

    @property
    def temporary(self) -> Path:
        """The folder that stands in the place of /tmp."""
        return self.root / "tmp"

    @property
    def reports(self) -> Path:
        """The folder of the runs."""
        return self.root / "reports" / "local" / "dev"

    @staticmethod
    def arguments(*more: str, workers: bool = False) -> list[str]:
        """Return the arguments of a run."""
        return ["pytest", "--tenant=local", "-q", "features", *(["-n", "2"] if workers else []), *more]

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a module of this interpreter in a session of its own."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("IFLOW_", "PYTEST_"))
        }
        environ = {
            "TMPDIR": str(self.temporary),
            "IFLOW_NODE": "/no/node",
            "NO_COLOR": "1",
            "PYTHONUTF8": "1",
        }
        with (self.root / "output.txt").open("wb") as output:
            return subprocess.Popen(  # noqa: S603, this very interpreter
                [sys.executable, "-m", *arguments],
                cwd=self.root,
                env={**kept, **environ, _MARK: str(self.root)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def end(self, process: subprocess.Popen[bytes]) -> Ended:
        """Wait for the end of a process and of all that it started."""
        try:
            code: int | None = process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            code = None
        until = time.monotonic() + (GONE_WITHIN if code is not None else 0)
        while (left := list(self._processes())) and time.monotonic() < until:
            time.sleep(0.05)
        for number in left:
            _send(number, signal.SIGKILL)
        return Ended(code, (self.root / "output.txt").read_text(encoding="utf-8", errors="replace"), left)

    def _processes(self) -> Iterator[int]:
        mark = f"{_MARK}={self.root}".encode()
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if mark in path.read_bytes().split(b"\0"):
                    yield int(path.parent.name)
            except OSError:
                continue

    def workers(self, process: subprocess.Popen[bytes]) -> list[int]:
        """Return the workers of xdist that a run has started."""
        found = []
        for number in self._processes():
            try:
                command = Path(f"/proc/{number}/cmdline").read_bytes()
            except OSError:
                continue
            if number != process.pid and b"execnet" in command:
                found.append(number)
        return sorted(found)

    def left(self) -> list[str]:
        """Return the names of temporary files; pytest keeps those of its last runs."""
        return [path.name for path in self.temporary.iterdir() if not path.name.startswith("pytest-of-")]

    def state(self) -> tuple[bytes, bytes]:
        """Return what stands there as the result of a run: summary and journal."""
        files = (self.reports / name for name in ("summary.json", "journal.jsonl"))
        read = [path.read_bytes() if path.is_file() else b"" for path in files]
        return read[0], read[1]


def interrupt(project: Project, what: Interruption) -> tuple[str, list[str]]:
    """Start a run, interrupt it as told, judge it, and see that the next one is not kept from anything."""
    before = project.state()
    process = project.start(*project.arguments(workers=what.workers))
    time.sleep(what.share * project.lasts[what.workers])
    sent = _send_all(project, process, what)
    ended = project.end(process)
    fate = _fate(project, ended, before, sent=sent)
    found = list(findings(project, ended, what, fate))
    if what.follow:
        found += _follow(project, what)
    return fate, [f"{what}: {text}" for text in found]


def _send_all(project: Project, process: subprocess.Popen[bytes], what: Interruption) -> bool:
    """Send the signals; return whether the run lived when the first was sent."""
    lived = process.poll() is None
    if what.kind == "SIGKILL of a worker":
        workers = project.workers(process)
        for number in workers[:1]:
            _send(number, signal.SIGKILL)
        return lived and bool(workers)
    kinds = {"SIGTERM": signal.SIGTERM, "SIGKILL": signal.SIGKILL}
    for gap in (0.0, *what.gaps):
        time.sleep(gap)
        _send(process.pid, kinds.get(what.kind, signal.SIGINT), group=what.group)
    return lived


def _send(number: int, which: signal.Signals, *, group: bool = False) -> None:
    with suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(number, which)


def _fate(project: Project, ended: Ended, before: tuple[bytes, bytes], *, sent: bool) -> str:
    if project.state() == before:
        return "not begun"
    # A signal that finds Python alone, which cleans up behind a run that is over, ends it as ever.
    return "interrupted" if sent and ended.code not in {0, 1, -2, -15} else "ended"


def findings(project: Project, ended: Ended, what: Interruption, fate: str) -> Iterator[str]:
    """Yield what may not be: a run that passed and did not, our traceback, what is left on disk or alive."""
    if ended.code is None:
        yield f"it did not end within {ENDS_WITHIN:g} s:\n{ended.text[-1500:]}"
        return
    xdist_broke_off = _LATE_WORKER in ended.text
    if ("INTERNALERROR" in ended.text and not xdist_broke_off) or _traceback_of_ours(ended.text):
        yield f"a traceback:\n{ended.text[-3000:]}"
    if ended.left:
        yield f"processes were left: {ended.left}"
    if what.kind != "SIGKILL" and (left := project.left()):
        yield f"files for a moment were left: {left}"
    expected = {"SIGTERM": (143, -15), "SIGKILL": (-9,), "SIGKILL of a worker": (1,)}.get(what.kind, (2, -2))
    allowed = expected[:1] if fate == "interrupted" else expected
    # Python itself may not come as far as pytest.
    began = fate != "not begun" or "Fatal Python error" not in ended.text
    if ended.code not in {0, *allowed} and began and not xdist_broke_off:
        yield f"exit code {ended.code} of a run that is {fate}:\n{ended.text[-1500:]}"
    if fate != "not begun":
        yield from _verdicts(project, ended, what)


def _traceback_of_ours(text: str) -> bool:
    # Before pytest has read its options Python itself ends, be it amidst an import of ours.
    return (
        "Traceback" in text
        and "pytest_iflow" in text.partition("Traceback")[2]
        and not any(early in text for early in ("_prepareconfig", "Fatal Python error"))
    )


def _verdicts(project: Project, ended: Ended, what: Interruption) -> Iterator[str]:
    summary, journal = project.state()
    if what.kind == "SIGKILL":
        if summary and json.loads(summary)["counts"]["passed"] < TESTS:
            yield "a killed run has a summary"
        return
    if journal or not summary:
        left = "a journal" if journal else "no summary"
        yield f"there is {left}, exit code {ended.code}:\n{ended.text[-1500:]}"
        return
    run = json.loads(summary)
    page = (project.reports / "summary.html").read_text(encoding="utf-8")
    history = (project.reports / "history.jsonl").read_text(encoding="utf-8").splitlines()
    index = (project.root / "reports" / "index.html").read_text(encoding="utf-8")
    verdict = run["verdict"]
    if verdict == "passed" and (run["counts"]["passed"] != TESTS or ended.code not in {0, -2, -15}):
        yield f"it passed with {run['counts']}, exit code {ended.code}"
    if ended.code in {2, 143} and verdict != "interrupted":
        yield f"it is {verdict} with exit code {ended.code}"
    if f"<title>{verdict.capitalize()}" not in page:
        yield f"the page does not say that it is {verdict}"
    if json.loads(history[-1])["verdict"] != verdict:
        yield f"the history says {json.loads(history[-1])['verdict']}, the summary {verdict}"
    if f'aria-label="{verdict}: local / dev"' not in index:
        yield f"the index does not say that it is {verdict}"


def _follow(project: Project, what: Interruption) -> Iterator[str]:
    """Make a report or another run in the same folder, and yield what went wrong with it."""
    if what.follow == "report":
        ended = project.end(project.start("pytest_iflow.cli.main", "report"))
        if ended.code not in {0, 1, 2} or "Traceback" in ended.text or "cannot be read" in ended.text:
            yield f"the report ended with exit code {ended.code}:\n{ended.text[-1500:]}"
        return
    ended = project.end(project.start(*project.arguments("-k", "test_two or 1")))
    if ended.code != 0 or "damaged" in ended.text or "Traceback" in ended.text:
        yield f"the next run ended with exit code {ended.code}:\n{ended.text[-3000:]}"
    if left := project.left():
        yield f"the next run leaves {left}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Interrupt runs, print what came of them; return 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.endurance.interruptions")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="runs at the same time")
    parser.add_argument("--only", type=int, help="the number of the one interruption to repeat")
    given = parser.parse_args(arguments)
    if (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):  # as a shell's background has it; children inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    numbers = range(given.runs) if given.only is None else [given.only]
    fates: Counter[tuple[str, str]] = Counter()
    found: list[str] = []
    with tempfile.TemporaryDirectory(prefix="interruptions-") as folder:
        idle: Queue[Project] = Queue()
        with ThreadPoolExecutor(given.jobs) as jobs:
            roots = [Path(folder, str(number)) for number in range(given.jobs)]
            for project in jobs.map(Project, roots):
                idle.put(project)

            def one(number: int) -> tuple[Interruption, str, list[str]]:
                what, project = Interruption.of(number, given.seed), idle.get()
                try:
                    return what, *interrupt(project, what)
                finally:
                    idle.put(project)

            for what, fate, texts in jobs.map(one, numbers):
                fates[what.kind, fate] += 1
                found += texts
                for text in texts:
                    print(text, flush=True)  # noqa: T201
    print(_table(fates, found))  # noqa: T201
    return 1 if found else 0


def _table(fates: Counter[tuple[str, str]], found: Sequence[str]) -> str:
    columns = ("not begun", "interrupted", "ended")
    lines = [f"{'':<22}" + "".join(f"{column:>13}" for column in columns) + f"{'findings':>10}"]
    for kind in KINDS:
        findings_of = sum(f" {kind} to the " in text.partition(":")[0] for text in found)
        counts = "".join(f"{fates[kind, column]:>13}" for column in columns)
        lines.append(f"{kind:<22}{counts}{findings_of:>10}")
    return "\n".join([*lines, f"{sum(fates.values())} runs, {len(found)} findings"])


if __name__ == "__main__":
    sys.exit(main())
