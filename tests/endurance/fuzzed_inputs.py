"""Thousands of damaged inputs: no traceback, no hang, no more memory than is stated.

``python -m tests.endurance.fuzzed_inputs --inputs 10000 --seed 1`` prints a table and ends with 1 on a
finding; ``--only "service key:17"`` repeats one input and shows its traceback. Each kind has a process of its
own, which a hang or a fatal error ends alone.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import queue
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pytest_iflow.errors import IflowError
from pytest_iflow.transport import repetition
from tests.endurance.fuzzed_answers import ANSWERS
from tests.endurance.fuzzed_files import read_key, read_record, read_tenant, read_variables
from tests.endurance.fuzzed_runs import make_report, run_pytest

LONGEST = 20.0
"""Seconds that one input may take; more is a hang. Whole runs have six times as many."""

MEMORY = 400
"""Megabytes that a process may need, of which an answer may have eight (``limits.response``)."""

STARTS = 20.0
"""Seconds that a process may need besides for its first input."""

PROGRAMME = ("-m", "tests.endurance.fuzzed_inputs")
"""What tries the inputs of a kind, as Python is told."""

Attempt = Callable[[random.Random], None]


def _files(read: Callable[[Path, random.Random], None]) -> Callable[[Path], Attempt]:
    return lambda folder: partial(read, folder)


KINDS: dict[str, tuple[int, Callable[[Path], Attempt]]] = {
    "tenant file": (220, _files(read_tenant)),
    "service key": (150, _files(read_key)),
    "variables": (50, _files(read_variables)),
    "records of a run": (200, _files(read_record)),
    "token answer": (120, ANSWERS["token answer"]),
    "runtime answer": (130, ANSWERS["runtime answer"]),
    "API answer": (120, ANSWERS["API answer"]),
    "whole run": (5, _files(run_pytest)),
    "whole report": (5, _files(make_report)),
}
"""How many of a thousand inputs are of each kind, and what makes ready to try them."""


@dataclass
class Tally:
    """What came of the inputs of one kind."""

    read: int = 0
    refused: int = 0
    findings: list[str] = field(default_factory=list)
    slowest: float = 0.0
    megabytes: int = 0


Write = Callable[[dict[str, object]], None]


def attempt_all(kind: str, seed: int, first: int, count: int, write: Write) -> None:
    """Try inputs of one kind in this process, and ``write`` what came of each."""
    repetition.FIRST_WAIT = repetition.LONGEST_RETRY_AFTER = 0.0  # waiting has tests of its own
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        attempt = KINDS[kind][1](Path(folder))
        for number in range(first, first + count):
            began = time.monotonic()
            outcome, finding = "read", ""
            try:
                attempt(random.Random(f"{seed}/{kind}/{number}"))  # noqa: S311, it has to be repeatable
            except IflowError as error:
                outcome = "refused"
                str(error).encode("utf-8")
            except BaseException:  # noqa: BLE001, that is what is looked for
                outcome, finding = "traceback", traceback.format_exc()
            seconds = time.monotonic() - began
            write(
                {"number": number, "outcome": outcome, "finding": finding, "seconds": seconds, "mb": _peak()}
            )


def _peak() -> int:
    """The most memory that this process has needed, in megabytes; 0 where nothing tells it."""
    status = Path("/proc/self/status")
    if status.exists():  # what resource tells there is also that of the process which started this one
        lines = (line.split() for line in status.read_text(encoding="ascii").splitlines())
        return next(int(line[1]) // 1024 for line in lines if line[0] == "VmHWM:")
    try:
        import resource
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1024 * 1024) if sys.platform == "darwin" else most // 1024


def supervise(kind: str, seed: int, count: int) -> Tally:
    """Try ``count`` inputs of one kind in a process of its own; one that hangs is ended, another goes on."""
    tally, number = Tally(), 0
    longest = LONGEST * (6 if kind.startswith("whole") else 1)
    while number < count:
        with _worker(kind, seed, number, count - number) as lines:
            started = STARTS
            while number < count:
                try:
                    line = lines.get(timeout=longest + started)
                    started = 0.0
                except queue.Empty:
                    tally.findings.append(f"{kind}:{number} hangs: more than {longest:g} s")
                    break
                if line is None:
                    tally.findings.append(f"{kind}:{number} ended the process")
                    break
                _count(tally, kind, json.loads(line), longest)
                number += 1
        number += number < count
    return tally


def _count(tally: Tally, kind: str, said: dict[str, object], longest: float) -> None:
    seconds, megabytes = float(str(said["seconds"])), int(str(said["mb"]))
    tally.read += said["outcome"] == "read"
    tally.refused += said["outcome"] == "refused"
    if said["finding"]:
        tally.findings.append(f"{kind}:{said['number']} {_short(str(said['finding']))}")
    if seconds > longest:
        tally.findings.append(f"{kind}:{said['number']} took {seconds:.1f} s")
    if megabytes > MEMORY >= tally.megabytes:
        tally.findings.append(f"{kind}:{said['number']} needed {megabytes} MB")
    tally.slowest, tally.megabytes = max(tally.slowest, seconds), max(tally.megabytes, megabytes)


def _short(finding: str) -> str:
    """The last line of a traceback, with the last place in a file of ours."""
    lines = finding.strip().splitlines()
    places = [line.strip() for line in lines if line.startswith("  File") and "pytest_iflow" in line]
    return f"{lines[-1][:200]} {places[-1] if places else ''}"


@contextlib.contextmanager
def _worker(kind: str, seed: int, first: int, count: int) -> Iterator[queue.Queue[str | None]]:
    """Give the lines of a process that tries inputs, None at its end; end it if it is still there."""
    arguments = ["--worker", kind, "--seed", str(seed), "--first", str(first), "--inputs", str(count)]
    lines: queue.Queue[str | None] = queue.Queue()
    with subprocess.Popen(  # noqa: S603, this very interpreter
        [sys.executable, *PROGRAMME, *arguments],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:

        def read() -> None:
            for line in process.stdout or ():
                lines.put(line)
            lines.put(None)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield lines
        finally:
            process.kill()
            reader.join()


def main(arguments: list[str] | None = None) -> int:
    """Try the inputs of all kinds, print what came of them, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="Only this kind; repeatable.")
    parser.add_argument("--only", metavar="KIND:NUMBER", help="Repeat one input in this process.")
    parser.add_argument("--worker", choices=list(KINDS), help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    if told.worker:
        attempt_all(told.worker, told.seed, told.first, told.inputs, lambda said: _print(json.dumps(said)))
        return 0
    if told.only:
        kind, _, number = told.only.rpartition(":")
        attempt_all(
            kind, told.seed, int(number), 1, lambda said: _print(f"{said['outcome']} {said['finding']}")
        )
        return 0
    return _try_all(told.kind or list(KINDS), told.inputs, told.seed)


def _try_all(kinds: list[str], inputs: int, seed: int) -> int:
    whole = sum(KINDS[kind][0] for kind in kinds)
    findings: list[str] = []
    _print(f"{'kind':18}{'inputs':>8}{'read':>8}{'refused':>9}{'findings':>10}{'slowest':>10}{'memory':>10}")
    for kind in kinds:
        count = max(1, round(inputs * KINDS[kind][0] / whole))
        tally = supervise(kind, seed, count)
        findings += tally.findings
        figures = f"{count:8}{tally.read:8}{tally.refused:9}{len(tally.findings):10}"
        _print(f"{kind:18}{figures}{tally.slowest:8.1f} s{tally.megabytes:7} MB")
    for finding in findings:
        _print(finding)
    return 1 if findings else 0


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
