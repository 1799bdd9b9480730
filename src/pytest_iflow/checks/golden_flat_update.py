"""Golden messages of lines or segments are written from answers; what rules leave out stays as it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from pytest_iflow.checks.flat_records import (
    FlatMessage,
    Record,
    fields_of_idoc,
    lines_of,
    marks_of,
    separator_of,
)
from pytest_iflow.checks.golden_flat import FlatGolden
from pytest_iflow.checks.golden_rules import Format, Rule
from pytest_iflow.checks.golden_value import NOWHERE, value_difference
from pytest_iflow.lazy_pattern import lazy_pattern

Cells = Mapping[str, str]
"""The values of a record by label."""

_STYLES = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
_BLANKS = lazy_pattern(" *")
_LINES = lazy_pattern("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""Each with what ends it."""


def updated_flat(golden: FlatMessage, found: FlatMessage, rules: Sequence[Rule]) -> str:
    """Return the answer ``found`` with the values of ``golden`` where rules let it differ.

    A line or segment that is ignored as a whole is that of ``golden`` with the same number among those of its
    name. Line ends and delimiters are those of the answer.
    """
    update = _FlatUpdate(rules)
    kept = update.kept_cells(golden, found)
    if not kept:
        return found.text
    return _by_rows(found, kept) if found.format == "csv" else _by_records(found, kept)


class _FlatUpdate(FlatGolden):
    def kept_cells(self, golden: FlatMessage, found: FlatMessage) -> dict[int, Cells]:
        """Return the cells of the records of ``found`` that change, by the places of these records."""
        places = {id(record): place for place, record in enumerate(found.records)}
        kept: dict[int, Cells] = {}
        for one, other in self.pairs(golden, found):
            if one is not None and other is not None:
                cells = self._merged(one, other)
                if cells != other.cells:
                    kept[places[id(other)]] = cells
        ignored = {(each.name, each.occurrence): each for each in golden.records if self.is_ignored(each)}
        for place, record in enumerate(found.records):
            before = ignored.get((record.name, record.occurrence))
            if before is not None and before.cells != record.cells:
                kept[place] = before.cells
        return kept

    def _merged(self, golden: Record, found: Record) -> dict[str, str]:
        cells = {}
        for label, cell in found.cells.items():
            rules = self.rules_of(found, label)
            before = golden.cells.get(label, cell)
            cells[label] = (
                before if rules and value_difference(NOWHERE, rules, before, cell) is None else cell
            )
        return cells


def _by_records(found: FlatMessage, kept: Mapping[int, Cells]) -> str:
    try:
        return "".join(_pieces(found.text, found, kept))
    except ValueError:  # it was cut into lines of one length
        return "".join(_pieces("".join(lines_of(found.text)), found, kept))


def _pieces(text: str, found: FlatMessage, kept: Mapping[int, Cells]) -> Iterator[str]:
    """Yield what is written: each record that changes anew, all else as it came.

    Raises ValueError where a record does not stand in the text.
    """
    write = _WRITERS[found.format](found)
    position = 0
    for place, record in enumerate(found.records):
        start = text.index(record.text, position)
        yield text[position:start]
        position = start + len(record.text)
        if place in kept:
            blanks = _BLANKS.match(text, position)
            position = blanks.end() if blanks and found.format == "idoc" else position
            yield write(record, kept[place]).ljust(position - start if found.format == "idoc" else 0)
        else:
            yield record.text
    yield text[position:]


def _segment_writer(found: FlatMessage) -> Callable[[Record, Cells], str]:
    element, component, end, release = marks_of(found)

    def released(cell: str) -> str:
        if not release.strip():
            return cell
        return "".join(
            f"{release}{each}" if each in (element, component, end, release) else each for each in cell
        )

    def write(record: Record, cells: Cells) -> str:
        elements: dict[str, list[str]] = {}
        for label, cell in cells.items():
            elements.setdefault(label.partition(".")[0], []).append(released(cell))
        return element.join([record.name, *map(component.join, elements.values())])

    return write


def _idoc_writer(_: FlatMessage) -> Callable[[Record, Cells], str]:
    def write(record: Record, cells: Cells) -> str:
        line = record.text
        for name, first, last in fields_of_idoc(line):
            line = f"{line[:first]:<{first}}{cells.get(name, ''):<{last - first}}{line[last:]}"
        return line.rstrip()

    return write


def _line_writer(_: FlatMessage) -> Callable[[Record, Cells], str]:
    return lambda _record, cells: cells[""]


_WRITERS: dict[Format, Callable[[FlatMessage], Callable[[Record, Cells], str]]] = {
    "text": _line_writer,
    "edifact": _segment_writer,
    "x12": _segment_writer,
    "idoc": _idoc_writer,
}


def _by_rows(found: FlatMessage, kept: Mapping[int, Cells]) -> str:
    """Write each row of CSV that changes anew, quoted as it was."""
    lines = _LINES.findall(found.text)
    starts = [record.number - 1 for record in found.records]
    pieces = []
    for place, (start, end) in enumerate(pairwise([*starts, len(lines)])):
        raw = "".join(lines[start:end])
        if place in kept:
            line_end = raw[len(raw.rstrip("\r\n")) :]
            raw = (
                _row(raw.rstrip("\r\n"), found.records[place], kept[place], separator_of(found.text))
                + line_end
            )
        pieces.append(raw)
    return "".join(pieces)


def _row(raw: str, record: Record, cells: Cells, separator: str) -> str:
    def written(values: Iterable[str], style: Any) -> str:
        row = io.StringIO()
        csv.writer(row, delimiter=separator, quoting=style, lineterminator="").writerow(values)
        return row.getvalue()

    style = next((each for each in _STYLES if written(record.cells.values(), each) == raw), csv.QUOTE_MINIMAL)
    return written(cells.values(), style)
