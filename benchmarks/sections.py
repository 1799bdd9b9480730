"""What is measured: each function runs its suites in rounds and returns what they cost.

In a round each suite runs once; the next round has the reverse order. What counts are the ratios within a
round, so that a machine whose speed drifts does no harm.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import ALL, Contender, Suite, is_installed
from benchmarks.measurement import Cost, MockServer, Series, mock_server


@dataclass
class Bench:
    """Where the suites are written, and how often each of them runs."""

    folder: Path
    rounds: int | None
    contenders: frozenset[str]
    _numbers = itertools.count()

    def suite(self, contender: Contender, scenarios: int, server: MockServer) -> Suite:
        """Write a suite into a folder of its own."""
        folder = self.folder / f"{next(self._numbers)}-{contender.suite}-{scenarios}"
        return Suite(contender, folder, scenarios, server)

    def chosen(self, contenders: Iterable[Contender] = ALL) -> list[Contender]:
        """Return those contenders that are asked for and installed."""
        return [
            each
            for each in contenders
            if is_installed(each) and (not self.contenders or each.suite in self.contenders)
        ]

    def measure(self, suites: Sequence[Suite], rounds: int) -> list[Series]:
        """Run all suites in rounds; the option of the command line goes before ``rounds``."""
        costs: dict[Suite, list[Cost]] = {suite: [] for suite in suites}
        for number in range(self.rounds or rounds):
            for suite in suites if number % 2 == 0 else reversed(suites):
                costs[suite].append(suite.run())
                _show(f"{suite.contender.name}, {suite.scenarios}, round {number + 1}", costs[suite][-1])
        return [
            Series(suite.contender.name, suite.scenarios, suite.delay, tuple(found))
            for suite, found in costs.items()
        ]


def _show(what: str, cost: Cost) -> None:
    cpu = "" if cost.cpu is None else f"{cost.cpu:.2f} s CPU, "
    print(f"  {what}: {cpu}{cost.wall:.2f} s", file=sys.stderr, flush=True)


def scenarios(bench: Bench, sizes: Sequence[int]) -> list[Series]:
    """Compare all contenders without any delay of the server."""
    with mock_server(0) as server:
        _warm_up(bench, server)
        return [
            series
            for size in sizes
            for series in bench.measure(
                [bench.suite(each, size, server) for each in bench.chosen()], 9 if size == 1 else 5
            )
        ]


def _warm_up(bench: Bench, server: MockServer) -> None:
    """Run each contender once, so that its byte code is there."""
    for contender in bench.chosen():
        bench.suite(contender, 1, server).run()
