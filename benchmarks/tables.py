"""The figures as tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.contenders import BARE
from benchmarks.measurement import Series


def table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> str:
    """Return a table in Markdown, with columns of equal width; all but the first ``texts`` are figures."""
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
    return "-" if value is None else f"{value:.{digits}f}"


def scenario_table(found: Sequence[Series]) -> str:
    """Return the table of all contenders, with ratios to the bare loop of the same size."""
    floors = {(each.scenarios, each.delay): each for each in found if each.contender == BARE.name}
    head = ["scenarios", "contender", "CPU s", "÷ bare", "wall s", "÷ bare", "MiB", "calls per token"]
    rows = []
    for each in found:
        floor = floors.get((each.scenarios, each.delay))
        ratios = [each.ratio(floor, quantity) if floor else None for quantity in ("cpu", "wall")]
        last = each.costs[-1]
        rows.append(
            [
                f"{each.scenarios:,}",
                each.contender,
                figure(each.median("cpu")),
                figure(ratios[0]),
                figure(each.median("wall")),
                figure(ratios[1]),
                figure(each.median("memory"), 0),
                f"{last.calls / last.tokens:,.0f}" if last.tokens else "-",
            ]
        )
    return table(head, rows, texts=2)
