"""What came of a load run, as ``load.json`` has it; all times are in seconds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_iflow.load.order import LoadOrder, Thresholds
from pytest_iflow.results.json_format import Moment, Seconds

SCHEMA = 1
SCENARIO = "scenario"
"""Kind of the figures of a scenario; that of calls is their HTTP method."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The calls of one iFlow with one method, or the runs of one scenario, as Locust counts them.

    Times are rounded as Locust does: to two digits, to whole milliseconds below 100. ``length`` is the mean
    of the bytes of an answer.
    """

    kind: str
    name: str
    count: int
    failures: int
    median: Seconds
    p95: Seconds
    p99: Seconds
    longest: Seconds
    rate: float
    length: float = 0.0

    @property
    def failed_share(self) -> float:
        """Failures of all, from 0 to 1."""
        return self.failures / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed in the same way so many times; ``kind`` and ``name`` are those of ``Figures``."""

    kind: str
    name: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Processing:
    """How long the tenant itself processed the messages of an iFlow, by its message logs.

    They are those that began while the load went on, whoever sent them. ``unfinished`` had no end when the
    logs were read; the times are of all others.
    """

    iflow: str
    artifact: str
    messages: int
    failed: int
    unfinished: int
    median: Seconds
    p95: Seconds
    p99: Seconds
    longest: Seconds


@dataclass(frozen=True, slots=True)
class Measured:
    """What the processes of a load run found out; moments are by the clock of this machine, in UTC."""

    started: Moment
    ended: Moment
    interrupted: bool
    figures: tuple[Figures, ...]
    failures: tuple[Failure, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a load run is."""

    seconds: Seconds
    users: int
    calls: int
    failures: int


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a process of a load run tells: where it is, what came of it, or why it made no load."""

    progress: Progress | None = None
    measured: Measured | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """A load run and what it was asked for.

    ``rate_limit`` is None where there was none. ``without_logs`` says why ``processing`` is empty.
    """

    schema: int
    tenant: str
    environment: str
    tag: str
    users: int
    workers: int
    seconds: Seconds
    rate_limit: float | None
    measured: Measured
    processing: tuple[Processing, ...]
    without_logs: str
    thresholds: Thresholds

    @property
    def calls(self) -> tuple[Figures, ...]:
        """Those of the iFlows."""
        return tuple(each for each in self.measured.figures if each.kind != SCENARIO)

    @property
    def scenarios(self) -> tuple[Figures, ...]:
        """Those of the scenarios, each with its checks."""
        return tuple(each for each in self.measured.figures if each.kind == SCENARIO)

    @property
    def missed(self) -> tuple[str, ...]:
        """What was missed, one sentence each; empty if all is well."""
        return tuple(self._missed())

    def _missed(self) -> Iterator[str]:
        if not self.calls:
            yield "No iFlow was called."
        most, slowest = self.thresholds.max_failures, self.thresholds.max_p95
        for each in self.measured.figures:
            if each.failed_share > most:
                yield (
                    f"{titled(each)}: {each.failures:,} of {each.count:,} failed ({each.failed_share:.1%}), "
                    f"at most {most:.1%} may."
                )
        for each in self.calls:
            if slowest is not None and each.p95 > slowest:
                yield f"{titled(each)}: 95 % took up to {each.p95:.3g} s, at most {slowest:g} s are allowed."

    @property
    def verdict(self) -> Literal["passed", "failed", "interrupted"]:
        """Whether it did what was asked; one that was interrupted has never passed."""
        if self.measured.interrupted:
            return "interrupted"
        return "failed" if self.missed else "passed"


def titled(figures: Figures) -> str:
    """Return what figures are about, in words."""
    if figures.kind == SCENARIO:
        return f'scenario "{figures.name}"'
    return f'{figures.kind} to "{figures.name}"'


def result_of(
    order: LoadOrder,
    measured: Measured,
    processing: Sequence[Processing],
    without_logs: str,
    thresholds: Thresholds,
) -> LoadResult:
    """Put together what a load run was asked for and what came of it."""
    return LoadResult(
        SCHEMA,
        order.tenant,
        order.environment,
        order.tag,
        order.users,
        order.workers,
        order.seconds,
        order.rate,
        measured,
        tuple(processing),
        without_logs,
        thresholds,
    )


def percentile(ordered: Sequence[float], part: float) -> float:
    """Return the least of ``ordered`` values that ``part`` of all (0 to 1) do not exceed; 0 of none."""
    return ordered[max(math.ceil(part * len(ordered)), 1) - 1] if ordered else 0.0
