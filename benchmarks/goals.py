"""What the project promises about its cost, and what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.contenders import (
    BARE,
    BEHAVE,
    EMPTY,
    IN_PARALLEL,
    OURS,
    PYTEST_BDD,
    SCHEMA_CHECK,
    Contender,
    with_definitions,
)
from benchmarks.measurement import Quantity, Series
from benchmarks.sections import DELAY, FEW_DEFINITIONS, MANY_DEFINITIONS
from benchmarks.tables import byte_code_ratio, definition_ratio, figure, find, largest, table

SCENARIOS = 1000
SIDE_BY_SIDE = 32


@dataclass(frozen=True)
class Goal:
    """A ratio and its limit.

    ``limit`` is None where the ratio is only told, ``found`` where nothing was measured.
    """

    what: str
    limit: float | None
    found: float | None

    @property
    def verdict(self) -> str:
        """Whether the goal was met, in a word."""
        if self.found is None or self.limit is None:
            return ""
        return "met" if self.found <= self.limit else "missed"


def goals(found: Mapping[str, Sequence[Series]]) -> list[Goal]:
    """Return all goals that something was measured for."""
    return [goal for goal in _all(found) if goal.found is not None]


def _all(found: Mapping[str, Sequence[Series]]) -> Iterator[Goal]:
    together = found.get("scenarios", ())
    many = f"{SCENARIOS:,} scenarios"
    yield Goal(f"{many}: CPU, times the bare loop", 4.5, _ratio(together, SCENARIOS, BARE, "cpu"))
    yield Goal(f"{many}: wall time, times the bare loop", 4.5, _ratio(together, SCENARIOS, BARE, "wall"))
    yield Goal(
        f"{many}: CPU, times pytest-bdd + Allure", 0.45, _ratio(together, SCENARIOS, PYTEST_BDD, "cpu")
    )
    yield Goal(f"{many}: CPU, times behave + Allure", 1.0, _ratio(together, SCENARIOS, BEHAVE, "cpu"))
    for peer in (PYTEST_BDD, BEHAVE):
        yield Goal(
            f"the same, {peer.name} without its checks of the schema", None, _unchecked(together, peer)
        )
    yield Goal("one scenario: CPU, times pytest-bdd + Allure", 1.25, _ratio(together, 1, PYTEST_BDD, "cpu"))
    yield Goal(
        "one scenario, byte code is not written: CPU, times pytest-bdd + Allure",
        None,
        byte_code_ratio(found.get("byte-code", ())),
    )
    pairs = zip(with_definitions(FEW_DEFINITIONS), with_definitions(MANY_DEFINITIONS), strict=True)
    for few, more in pairs:
        if few.suite == OURS.suite:
            yield Goal(
                f"a scenario with {more.variant}, times one with {FEW_DEFINITIONS}",
                1.1,
                definition_ratio(found.get("definitions", ()), few, more),
            )
    limit = DELAY / 1000 * SCENARIOS / SIDE_BY_SIDE
    yield Goal(
        f"{many} at {DELAY} ms, --parallel {SIDE_BY_SIDE}: wall time, times the {limit:.1f} s of the answers",
        1.6,
        _of_limit(found.get("parallel", ()), limit),
    )
    rows = found.get("rows", ())
    yield Goal(
        f"{largest(rows):,} scenarios: memory, times pytest with as many empty tests",
        1.5,
        _ratio(rows, largest(rows), EMPTY, "memory"),
    )
    yield from _growth(rows)


def _ratio(found: Sequence[Series], scenarios: int, peer: Contender, quantity: Quantity) -> float | None:
    ours, theirs = find(found, OURS, scenarios), find(found, peer, scenarios)
    return ours.ratio(theirs, quantity) if ours and theirs else None


def _of_limit(found: Sequence[Series], limit: float) -> float | None:
    """Return the time of a parallel run, times the least that its answers allow."""
    delayed = [each for each in found if each.delay == DELAY]
    (contender,) = (each for each in IN_PARALLEL if each.variant == f"--parallel {SIDE_BY_SIDE}")
    series = find(delayed, contender, SCENARIOS)
    wall = series.median("wall") if series else None
    return wall / limit if wall is not None else None


def _unchecked(found: Sequence[Series], peer: Contender) -> float | None:
    """Return the ratio to a peer, had it checked the schema once only."""
    ours, theirs, checks = (find(found, each, SCENARIOS) for each in (OURS, peer, SCHEMA_CHECK))
    return ours.ratio(theirs.without(checks), "cpu") if ours and theirs and checks else None


def _growth(rows: Sequence[Series]) -> Iterator[Goal]:
    """Compare the growth to the largest number of rows with the growth to the one before."""
    ours = [each for each in rows if each.contender == OURS.name]
    if len(ours) > 2:  # noqa: PLR2004 - one, fewer and all
        one, fewer, most = ours
        sizes = f"{most.scenarios:,} scenarios, times each of {fewer.scenarios:,}"
        quantities: tuple[tuple[str, Quantity], ...] = (("CPU", "cpu"), ("memory", "memory"))
        for name, quantity in quantities:
            steps = [_per_row(each, one, quantity) for each in (most, fewer)]
            limit = 1.1
            yield Goal(f"{name} for each of {sizes}", limit, steps[0] / steps[1] if all(steps) else None)


def _per_row(series: Series, one: Series, quantity: Quantity) -> float:
    total, start = series.median(quantity), one.median(quantity)
    if total is None or start is None:
        return 0.0
    return (total - start) / (series.scenarios - one.scenarios)


def goal_table(found: Sequence[Goal]) -> str:
    """Return the goals as a table in Markdown."""
    return table(
        ["goal", "at most", "measured", ""],
        ([goal.what, figure(goal.limit), figure(goal.found), goal.verdict] for goal in found),
    )
