"""Runs a command to its end and tells what it cost, with the mock server beside it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

MOCK_SERVER = Path(__file__).with_name("mock_server.py")
OUTPUT = "output.txt"
LAST_LINES = 40
Quantity = Literal["cpu", "wall", "memory"]


@dataclass(frozen=True)
class Cost:
    """What one run cost: CPU and wall seconds, peak memory in MiB, and what it asked of the server.

    CPU and memory are those of the process and of its children. They are None where the system does not tell
    them (Windows).
    """

    cpu: float | None
    wall: float
    memory: float | None
    tokens: int = 0
    calls: int = 0


@dataclass(frozen=True)
class MockServer:
    """The mock server in its own process."""

    port: int
    delay: int
    """Milliseconds that each answer is delayed by."""

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def counts(self) -> tuple[int, int]:
        """Return how many tokens and calls were asked for since the last time."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/counts")
        found = json.loads(connection.getresponse().read())
        connection.close()
        return found["tokens"], found["calls"]


@contextlib.contextmanager
def mock_server(milliseconds: int) -> Iterator[MockServer]:
    """Run the mock server; each answer takes it that many milliseconds longer."""
    command = [sys.executable, str(MOCK_SERVER), str(milliseconds)]
    with subprocess.Popen(  # noqa: S603 - this very interpreter
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield MockServer(json.loads(process.stdout.readline())["port"], milliseconds)
        process.communicate()


def cost_of(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Cost:
    """Run a command in ``folder`` and return its cost; raises RuntimeError if it fails."""
    output = folder / OUTPUT
    with output.open("wb") as file:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - the interpreter and files of this folder
            command,
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        cpu, memory = _end_of(process)
        wall = time.perf_counter() - started
    if process.returncode:
        lines = output.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        raise RuntimeError("\n".join([f"exit code {process.returncode}: {' '.join(command)}", *lines]))
    return Cost(cpu, wall, memory)


def _end_of(process: subprocess.Popen[bytes]) -> tuple[float | None, float | None]:
    """Wait for the end of a process; return its CPU seconds and its peak memory in MiB."""
    if sys.platform == "win32":
        process.wait()
        return None, None
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 2**20


@dataclass(frozen=True)
class Series:
    """The costs of one suite, one for each round; ``delay`` are milliseconds of the server."""

    contender: str
    variant: str
    scenarios: int
    delay: int
    costs: tuple[Cost, ...]

    def median(self, quantity: Quantity) -> float | None:
        """Return the median of a quantity, or None where the system does not tell it."""
        values = [value for cost in self.costs if (value := getattr(cost, quantity)) is not None]
        return statistics.median(values) if values else None

    def without(self, part: Series) -> Series:
        """Return the costs less those of ``part``, round by round; memory stays."""
        costs = tuple(
            replace(
                all_of_it,
                cpu=None if all_of_it.cpu is None or less.cpu is None else all_of_it.cpu - less.cpu,
                wall=all_of_it.wall - less.wall,
            )
            for all_of_it, less in zip(self.costs, part.costs, strict=True)
        )
        return replace(self, costs=costs)

    def per_scenario(self, one: Series) -> list[float]:
        """Return what one scenario more costs in each round, in CPU seconds; ``one`` ran a single scenario.

        Where the system does not tell CPU seconds, wall seconds take their place.
        """
        return [
            ((many.cpu or many.wall) - (single.cpu or single.wall)) / (self.scenarios - one.scenarios)
            for many, single in zip(self.costs, one.costs, strict=True)
        ]

    def ratio(self, other: Series, quantity: Quantity) -> float | None:
        """Return the median of the ratios to ``other``, round by round."""
        pairs = zip(self.costs, other.costs, strict=True)
        values = [(getattr(ours, quantity), getattr(theirs, quantity)) for ours, theirs in pairs]
        ratios = [ours / theirs for ours, theirs in values if ours is not None and theirs]
        return statistics.median(ratios) if ratios else None
