"""Examples tables whose rows stand in a data file: ``@data(products.csv)`` above ``Examples:``.

The rows come into the parsed document as if they had been written there, so that everything that reads a
table reads them, too. They are kept as tuples; the objects of the document are made when somebody asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast, overload

from pytest_bdd.gherkin_parser import Cell, ExamplesTable, Location
from pytest_bdd.gherkin_parser import Row as TableRow

from pytest_iflow.errors import ConfigurationError, FeatureFileError, FileProblem
from pytest_iflow.gherkin.data_formats import DataError, DataSource, Record, csv_records, tsv_records
from pytest_iflow.gherkin.data_objects import json_line_records, json_records, yaml_records
from pytest_iflow.gherkin.data_workbook import is_range, workbook_records
from pytest_iflow.tenants.suite_files import LARGEST, MissingFileError, SuiteFiles

FOLDERS = ("payloads", "data")
"""Folders of a suite in which data files are looked for, beside that of the feature."""

MOST_ROWS = 100_000
"""Rows of one data file: each is a scenario."""

MOST_COLUMNS = 1_000

_LISTED = 10
"""Bad rows of a file that are listed."""

FORMATS: dict[str, Callable[[DataSource], Iterator[Record]]] = {
    ".csv": csv_records,
    ".tsv": tsv_records,
    ".json": json_records,
    ".jsonl": json_line_records,
    ".yaml": yaml_records,
    ".yml": yaml_records,
    ".xlsx": workbook_records,
    ".xlsm": workbook_records,
}


class DataRows(Sequence[TableRow]):
    """The rows of a data file as those of a table; ``file`` is named from the root of the suite."""

    def __init__(
        self, file: str, rows: Sequence[tuple[int, Sequence[str]]], positions: Sequence[int]
    ) -> None:
        self.file = file
        self._rows = rows
        self._positions = positions

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> TableRow: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[TableRow]: ...

    def __getitem__(self, index: int | slice) -> TableRow | Sequence[TableRow]:
        if isinstance(index, slice):
            return DataRows(self.file, self._rows[index], self._positions)
        line, cells = self._rows[index]
        return _table_row(line, [cells[position] for position in self._positions])


def _table_row(line: int, cells: Sequence[str]) -> TableRow:
    place = Location(column=1, line=line)
    return TableRow(id="", location=place, cells=[Cell(location=place, value=text) for text in cells])


class DataTable(NamedTuple):
    """An Examples table that a data file fills: what its tag names, and the line of the tag."""

    table: ExamplesTable
    named: str
    line: int


def fill_from_data_files(
    tables: Sequence[DataTable], shown: str, beside: Path, files: SuiteFiles
) -> tuple[FileProblem, ...]:
    """Put the rows of the files into the tables; return what had to be assumed, each with its place.

    ``shown`` is the path of the feature, ``beside`` its folder. Raises FeatureFileError with the bad rows of
    all files, each with its line.
    """
    found: list[FeatureFileError] = []
    assumed: list[FileProblem] = []
    for number, table in enumerate(tables):
        is_filled = any(table.table is other.table for other in tables[:number])
        try:
            assumed += _fill(table, shown, beside, files, is_filled=is_filled)
        except FeatureFileError as error:
            found.append(error)
    if found:
        problems = [problem for error in found for problem in error.problems]
        remedy = next((error.remedy for error in found if error.remedy), None)
        raise FeatureFileError.of_file(problems, remedy=remedy, line=found[0].line)
    return tuple(dict.fromkeys(assumed))


def _fill(
    given: DataTable, shown: str, beside: Path, files: SuiteFiles, *, is_filled: bool
) -> Iterator[FileProblem]:
    """Fill one table, unless it ``is_filled`` already; yields what had to be assumed."""
    table, line = given.table, given.line
    if is_filled:
        what = "these Examples have a data file already"
        raise FeatureFileError.of_file([(shown, line, what)], remedy="write Examples: once for each file")
    name, sheet, cells = _parts(given.named)
    records_of = FORMATS.get(Path(name).suffix.lower())
    if records_of is None:
        what = f'"{name}" is no data file: these end in {", ".join(FORMATS)}'
        remedy = "save it in one of these formats; a spreadsheet as .xlsx or as CSV"
        raise FeatureFileError.of_file([(shown, line, what)], remedy=remedy)
    if (sheet or cells) and records_of is not workbook_records:
        what = f'"{given.named}" names a sheet or a range, which only a workbook of Excel has'
        raise FeatureFileError.of_file([(shown, line, what)])
    path, data = _read(name, shown, line, beside, files)
    file, source = files.name_of(path), DataSource(data, sheet, cells)
    try:
        columns, rows = _checked(records_of(source), file, line)
    except DataError as error:
        problem = file, error.line, error.what
        raise FeatureFileError.of_file([problem], remedy=error.remedy, line=line) from None
    names, positions = _selected(given, columns, file, shown)
    table.table_header = _table_row(table.location.line, names)
    # The class says that it is a list; what reads it needs no more than a sequence.
    table.table_body = cast("list[TableRow]", DataRows(file, rows, positions))
    if source.assumption:
        yield (file, *source.assumption)


def _parts(named: str) -> tuple[str, str, str]:
    """Return file, sheet and range that a tag names, each but the first may be empty."""
    name, *rest = named.split(",")
    cells = rest.pop() if rest and is_range(rest[-1]) else ""
    return name, ",".join(rest), cells


def _read(name: str, shown: str, line: int, beside: Path, files: SuiteFiles) -> tuple[Path, bytes]:
    """Return path and bytes of the file; ``_`` in its name may stand for a blank."""
    try:
        try:
            path = files.find(name, beside, *FOLDERS)
        except MissingFileError:
            if "_" not in name:
                raise
            path = files.find(name.replace("_", " "), beside, *FOLDERS)
        files.require_readable(path)
        if path.stat().st_size > LARGEST:
            what = f'the file "{name}" is larger than {LARGEST // 1_000_000} MB'
            raise FeatureFileError.of_file(
                [(shown, line, what)], remedy="split it, or remove what no test needs"
            )
        return path, files.read(path)
    except ConfigurationError as error:
        looked_at = f" (looked for at {error.where})" if isinstance(error, MissingFileError) else ""
        problem = shown, line, f"{error.what}{looked_at}"
        raise FeatureFileError.of_file([problem], remedy=error.remedy) from None
    except OSError as error:
        what = f'the file "{name}" cannot be read: {error.strerror or type(error).__name__}'
        raise FeatureFileError.of_file([(shown, line, what)]) from None


_Rows = list[tuple[int, Sequence[str]]]


def _checked(records: Iterator[Record], file: str, line: int) -> tuple[list[str], _Rows]:
    """Return columns and rows; raises FeatureFileError with the first bad rows and the number of others."""
    header = next(records, None)
    if header is None:
        raise DataError(1, "the file is empty", "write a header and rows into it")
    columns = [name.strip() for name in header.cells]
    faults = [(file, header.line, what) for what in _faults_of_header(columns, header.problem)]
    problems = faults[:_LISTED]
    rows: _Rows = []
    more = len(faults) - len(problems)
    for record in records:
        if len(rows) + len(problems) + more >= MOST_ROWS:
            raise DataError(record.line, f"the file has more than {MOST_ROWS:,} rows", "split it")
        problem = record.problem or _repeats(record, header)
        if not problem:
            rows.append((record.line, record.cells))
        elif len(problems) < _LISTED:
            problems.append((file, record.line, problem))
        else:
            more += 1
    if not rows and not problems:
        problems.append((file, header.line, "the file has a header and no rows"))
    if more:
        problems.append((file, 0, f"and {more:,} more"))
    if problems:
        raise FeatureFileError.of_file(problems, line=line)
    return columns, rows


def _repeats(record: Record, header: Record) -> str:
    """Say that a row is the header again, as where files were joined; one cell alone may be a value."""
    is_header = record.cells == header.cells and len(header.cells) > 1
    return "this row is the header once more" if is_header else ""


def _faults_of_header(columns: list[str], problem: str) -> Iterator[str]:
    if problem:
        yield problem
    if not columns:
        yield "the first row has no columns"
    if len(columns) > MOST_COLUMNS:
        yield f"the file has more than {MOST_COLUMNS:,} columns"
        return
    for number, name in enumerate(columns, 1):
        if not name:
            yield f"column {number} has no name"
        elif name.encode("utf-8", "replace").decode() != name:
            yield f"the name of column {number} holds half of a character ({name[:40]!a})"
    yield from (
        f'two columns are called "{name}"' for name, times in Counter(columns).items() if name and times > 1
    )


def _selected(given: DataTable, columns: list[str], file: str, shown: str) -> tuple[list[str], list[int]]:
    """Return the names of the columns in the feature, and where each stands in the file.

    Without a table below Examples these are all of the file. A header selects some; a row below it names each
    as the file does.
    """
    header, body = given.table.table_header, list(given.table.table_body or ())
    if header is None:
        return columns, list(range(len(columns)))
    if len(body) > 1:
        raise FeatureFileError.of_file(
            [(shown, body[1].location.line, f"the rows of this table stand in {file}")],
            remedy="below the header one row at most names the columns as the file does",
        )
    names = [cell.value for cell in header.cells]
    wanted = [cell.value or name for cell, name in zip(body[0].cells, names, strict=True)] if body else names
    unknown = [name for name in wanted if name not in columns]
    if unknown:
        line = (body[0] if body else header).location.line
        said = ", ".join(f'"{name}"' for name in unknown)
        raise FeatureFileError.of_file(
            [(shown, line, f"{file} has no column {said}; it has: {', '.join(columns)}")],
            remedy="the header selects columns; a row below it names those that the file calls otherwise",
        )
    return names, [columns.index(name) for name in wanted]
