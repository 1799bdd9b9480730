"""What is measured: each section runs its suites in rounds and returns what they cost.

In a round each suite runs once; the next round has the reverse order. What counts are the ratios within a
round, so that a machine whose speed drifts does no harm.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contenders import (
    ALL,
    EMPTY,
    IN_PARALLEL,
    OURS,
    PEERS_ALONE,
    PLAIN,
    PROCESSES,
    PYTEST_BDD,
    Contender,
    Suite,
    with_byte_code,
    with_definitions,
)
from benchmarks.measurement import Cost, MockServer, Series, mock_server

FEW_DEFINITIONS, MANY_DEFINITIONS = 10, 300
DELAY = 100
DELAYS = (0, 20, DELAY)
"""Milliseconds of an answer in the section parallel."""


@dataclass(frozen=True)
class Scale:
    """How much is measured: numbers of scenarios by section."""

    sizes: tuple[int, ...] = (1, 100, 1000)
    delayed: tuple[int, ...] = (1, 100)
    definitions: int = 500
    rows: tuple[int, ...] = (1, 1000, 10_000)
    parallel: tuple[int, ...] = (100, 1000)


QUICK = Scale(sizes=(1, 100), delayed=(1, 10), definitions=100, rows=(1, 100, 1000), parallel=(20,))


@dataclass
class Bench:
    """Where the suites are written, and how often each of them runs.

    ``rounds`` and ``contenders`` are those of the command line, where they are given.
    """

    folder: Path
    scale: Scale = field(default_factory=Scale)
    rounds: int | None = None
    contenders: frozenset[str] = frozenset()
    _numbers: Iterable[int] = field(default_factory=itertools.count)

    def suites(self, contenders: Iterable[Contender], scenarios: int, server: MockServer) -> list[Suite]:
        """Write the suites of those contenders that are asked for and installed, each into a folder."""
        return [
            Suite(each, self.folder / f"suite-{number}", scenarios, server)
            for each, number in zip(contenders, self._numbers, strict=False)
            if (each.is_installed or each not in PEERS_ALONE)
            and (not self.contenders or each.suite in self.contenders)
        ]

    def measure(self, suites: Sequence[Suite], rounds: int) -> list[Series]:
        """Run all suites in rounds."""
        costs: dict[Suite, list[Cost]] = {suite: [] for suite in suites}
        for number in range(self.rounds or rounds):
            for suite in suites if number % 2 == 0 else reversed(suites):
                costs[suite].append(suite.run())
                _show(suite, number + 1, costs[suite][-1])
        return [
            Series(suite.contender.name, suite.contender.variant, suite.scenarios, suite.delay, tuple(found))
            for suite, found in costs.items()
        ]


def _show(suite: Suite, round_number: int, cost: Cost) -> None:
    name = " ".join(filter(None, (suite.contender.name, suite.contender.variant)))
    cpu = "" if cost.cpu is None else f"{cost.cpu:.2f} s CPU, "
    print(
        f"  {name}, {suite.scenarios:,}, round {round_number}: {cpu}{cost.wall:.2f} s",
        file=sys.stderr,
        flush=True,
    )


def scenarios(bench: Bench) -> list[Series]:
    """Compare all contenders; the server answers at once."""
    with mock_server(0) as server:
        _warm_up(bench, ALL, server)
        return [
            series
            for size in bench.scale.sizes
            for series in bench.measure(bench.suites(ALL, size, server), 9 if size == 1 else 5)
        ]


def delayed(bench: Bench) -> list[Series]:
    """Compare all that call the iFlow; each answer takes 100 ms."""
    calling = [each for each in ALL if each.calls]
    with mock_server(0) as server:
        _warm_up(bench, calling, server)
    with mock_server(DELAY) as server:
        return [
            series
            for size in bench.scale.delayed
            for series in bench.measure(bench.suites(calling, size, server), 2)
        ]


def parallel(bench: Bench) -> list[Series]:
    """See what scenarios side by side save; what takes minutes runs once, the rest three times."""
    alone = (OURS, PROCESSES, *PEERS_ALONE)
    found: list[Series] = []
    for delay in DELAYS:
        with mock_server(delay) as server:
            _warm_up(bench, (*alone, *IN_PARALLEL), server)
            for size in bench.scale.parallel:
                found += bench.measure(bench.suites(alone, size, server), 1)
                found += bench.measure(bench.suites(IN_PARALLEL, size, server), 3)
    return found


def definitions(bench: Bench) -> list[Series]:
    """Compare projects that have few step definitions of their own with projects that have many."""
    contenders = with_definitions(FEW_DEFINITIONS) + with_definitions(MANY_DEFINITIONS)
    with mock_server(0) as server:
        _warm_up(bench, contenders, server)
        suites = [
            suite for size in (1, bench.scale.definitions) for suite in bench.suites(contenders, size, server)
        ]
        return bench.measure(suites, 3)


def rows(bench: Bench) -> list[Series]:
    """See whether time and memory grow linearly to 10,000 rows of an outline."""
    with mock_server(0) as server:
        _warm_up(bench, (OURS, PLAIN, EMPTY), server)
        suites = [suite for size in bench.scale.rows for suite in bench.suites([OURS], size, server)]
        return bench.measure([*suites, *bench.suites((PLAIN, EMPTY), bench.scale.rows[-1], server)], 1)


def byte_code(bench: Bench) -> list[Series]:
    """Run one scenario from an installed package, with byte code and where none is written."""
    kept = [with_byte_code(each, bench.folder / "byte-code" / each.suite) for each in (PYTEST_BDD, OURS)]
    with mock_server(0) as server:
        _warm_up(bench, kept, server)
        contenders = [*kept, *(with_byte_code(each, None) for each in (PYTEST_BDD, OURS))]
        return bench.measure(bench.suites(contenders, 1, server), 9)


def _warm_up(bench: Bench, contenders: Iterable[Contender], server: MockServer) -> None:
    """Run each contender once, so that its byte code is there."""
    for suite in bench.suites(contenders, 1, server):
        suite.run()


SECTIONS: dict[str, Callable[[Bench], list[Series]]] = {
    "scenarios": scenarios,
    "delayed": delayed,
    "parallel": parallel,
    "definitions": definitions,
    "rows": rows,
    "byte-code": byte_code,
}
