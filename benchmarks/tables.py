"""The figures of each section as a table in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from benchmarks.contenders import (
    BARE,
    IN_PARALLEL,
    OURS,
    PEERS_ALONE,
    PROCESSES,
    PYTEST_BDD,
    Contender,
    with_byte_code,
    with_definitions,
)
from benchmarks.measurement import Series
from benchmarks.sections import FEW_DEFINITIONS, MANY_DEFINITIONS


def table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """Return a table with columns of equal width; all but the first ``texts`` columns are figures."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    rule = ["-" * width if column < texts else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join(
        "| " + " | ".join(_aligned(line, widths, texts)) + " |" for line in [lines[0], rule, *lines[1:]]
    )


def _aligned(line: Sequence[str], widths: Sequence[int], texts: int) -> Iterable[str]:
    for column, (cell, width) in enumerate(zip(line, widths, strict=True)):
        yield cell.ljust(width) if column < texts else cell.rjust(width)


def figure(value: float | None, digits: int = 2) -> str:
    """Return a figure, or a dash where there is none."""
    return "-" if value is None else f"{value:,.{digits}f}"


def find(found: Sequence[Series], contender: Contender, scenarios: int) -> Series | None:
    """Return the costs of a contender, or None where it was not measured."""
    for each in found:
        if (each.contender, each.variant, each.scenarios) == (contender.name, contender.variant, scenarios):
            return each
    return None


def largest(found: Sequence[Series]) -> int:
    """Return the largest number of scenarios that was measured."""
    return max((each.scenarios for each in found), default=0)


def scenario_table(found: Sequence[Series]) -> str:
    """Compare contenders, with ratios to the bare loop with as many scenarios."""
    head = ["scenarios", "suite", "CPU s", "÷ bare", "wall s", "÷ bare", "MiB", "calls per token"]
    rows = []
    for each in found:
        floor = find(found, BARE, each.scenarios)
        last = each.costs[-1]
        rows.append(
            [
                f"{each.scenarios:,}",
                each.contender,
                figure(each.median("cpu")),
                figure(each.ratio(floor, "cpu") if floor else None),
                figure(each.median("wall")),
                figure(each.ratio(floor, "wall") if floor else None),
                figure(each.median("memory"), 0),
                f"{last.calls / last.tokens:,.0f}" if last.tokens else "-",
            ]
        )
    return table(head, rows, texts=2)


def definition_ratio(found: Sequence[Series], few: Contender, many: Contender) -> float | None:
    """Return how much more one scenario costs where there are many step definitions."""
    size = largest(found)
    costs = [_per_scenario(found, each, size) for each in (many, few)]
    return statistics.median(many / few for many, few in zip(*costs, strict=True)) if all(costs) else None


def _per_scenario(found: Sequence[Series], contender: Contender, size: int) -> list[float]:
    series, one = find(found, contender, size), find(found, contender, 1)
    return series.per_scenario(one) if series and one and size > 1 else []


def definition_table(found: Sequence[Series]) -> str:
    """Compare few step definitions with many."""
    few, many = f"{FEW_DEFINITIONS} definitions", f"{MANY_DEFINITIONS} definitions"
    head = [
        "suite",
        "definitions",
        f"{few}: ms",
        f"{many}: ms",
        "ratio",
        f"start, {few}: s",
        f"start, {many}: s",
    ]
    rows = []
    pairs = zip(with_definitions(FEW_DEFINITIONS), with_definitions(MANY_DEFINITIONS), strict=True)
    for pair in pairs:
        size = largest(found)
        costs = [_per_scenario(found, each, size) for each in pair]
        starts = [find(found, each, 1) for each in pair]
        if all(costs):
            rows.append(
                [
                    pair[0].name,
                    pair[0].variant.partition(" ")[2],
                    *(figure(1000 * statistics.median(each)) for each in costs),
                    figure(definition_ratio(found, *pair)),
                    *(figure(each.median("cpu") or each.median("wall") if each else None) for each in starts),
                ]
            )
    return table(head, rows, texts=2)


def parallel_table(found: Sequence[Series]) -> str:
    """Show the wall time of each number of scenarios and each time of an answer, by suite."""
    columns = list(dict.fromkeys((each.scenarios, each.delay) for each in found))
    head = ["suite", "", *(f"{scenarios:,}, {delay} ms: s" for scenarios, delay in columns), "MiB"]
    rows = []
    for contender in (OURS, *IN_PARALLEL, PROCESSES, *PEERS_ALONE):
        by_delay = {delay: [each for each in found if each.delay == delay] for _, delay in columns}
        series = [find(by_delay[delay], contender, scenarios) for scenarios, delay in columns]
        if any(series):
            last = next(each for each in reversed(series) if each)
            rows.append(
                [
                    contender.name,
                    contender.variant or "one after the other",
                    *(figure(each.median("wall") if each else None) for each in series),
                    figure(last.median("memory"), 0),
                ]
            )
    measured = {each.contender for each in found}
    missing = [each.name for each in PEERS_ALONE if each.name not in measured]
    sentence = f"\n\nNot installed where this was measured: {', '.join(missing)}." if missing else ""
    return table(head, rows, texts=2) + sentence


def row_table(found: Sequence[Series]) -> str:
    """Show how time and memory grow with the number of rows."""
    head = ["scenarios", "suite", "CPU s", "wall s", "MiB", "ms per scenario"]
    rows = []
    for each in found:
        one = find(found, OURS, 1)
        grown = one is not None and each.contender == OURS.name and each.scenarios > 1
        rows.append(
            [
                f"{each.scenarios:,}",
                each.contender,
                figure(each.median("cpu")),
                figure(each.median("wall")),
                figure(each.median("memory"), 0),
                figure(1000 * statistics.median(each.per_scenario(one)) if one and grown else None),
            ]
        )
    return table(head, rows, texts=2)


def byte_code_table(found: Sequence[Series]) -> str:
    """Compare one scenario with byte code and where none is written."""
    head = ["suite", "byte code", "CPU s", "wall s", "CPU ÷ pytest-bdd"]
    rows = []
    for each in found:
        peers = [peer for peer in found if peer.variant == each.variant and peer.contender == PYTEST_BDD.name]
        rows.append(
            [
                each.contender,
                each.variant.removeprefix("byte code "),
                figure(each.median("cpu")),
                figure(each.median("wall")),
                figure(each.ratio(peers[0], "cpu") if peers else None),
            ]
        )
    return table(head, rows, texts=2)


def byte_code_ratio(found: Sequence[Series]) -> float | None:
    """Return what one scenario costs beside pytest-bdd where no byte code is written."""
    ours, peer = (find(found, with_byte_code(each, None), 1) for each in (OURS, PYTEST_BDD))
    return ours.ratio(peer, "cpu") if ours and peer else None
