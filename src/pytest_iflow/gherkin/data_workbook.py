"""Data files of Excel: a sheet, or a range of it. Their library, python-calamine, is an extra."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pytest_iflow.gherkin.data_formats import DataError, DataSource, Record, not_installed
from pytest_iflow.gherkin.workbook_cells import CellFaults, cells_without_value, column_number

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MOST_UNPACKED = 50_000_000
"""Bytes of a workbook when it is unpacked."""
MOST_CELLS = 2_000_000
"""Cells of a sheet from A1 to its last row and column, empty ones included: so many the library keeps."""

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6}):\$?([A-Z]{1,3})\$?([1-9]\d{0,6})", re.IGNORECASE)
_PLACE = re.compile(rb"""\sr\s*=\s*["']([^"']*)""")
_CELL = re.compile(rb"([A-Za-z]{0,3})([0-9]{1,7})")
_LISTED = 3
"""Cells of a row that are listed where they have no value."""
_COMPOUND_FILE = bytes.fromhex("D0CF11E0A1B11AE1")
"""How files of the older container begin (MS-CFB 2.2): .xls, and all that is encrypted."""
_EXCEL = 'save it in Excel as "Excel Workbook (.xlsx)", without a password'


def workbook_records(source: DataSource) -> Iterator[Record]:
    """Yield the rows of a sheet: the first visible one, unless ``source`` names another, without empty rows.

    Numbers have up to 15 digits, as Excel shows them. Dates and times are written as ISO 8601 does. Each of
    merged cells has the value of the first one. A row has a problem where a cell shows an error, or has a
    formula without its value.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise not_installed("python-calamine", "excel") from None
    _require_bounded(source.data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(source.data)) as workbook:
            name = _sheet_name(source.sheet, workbook)
            lacking = cells_without_value(source.data, name)
            rows = _rows_of(workbook.get_sheet_by_name(name), source.range, lacking)
            if (first := next(rows, None)) is None:
                place = f"{source.range} of " if source.range else ""
                raise DataError(1, f'{place}the sheet "{name}" is empty', "name the cells that hold the rows")
            yield first
            yield from rows
    except CalamineError as error:
        raise DataError(1, f"the file cannot be read as a workbook: {error}", _EXCEL) from None


def is_range(written: str) -> bool:
    """Tell whether this is a range of a sheet, such as A1:C20."""
    return _RANGE.fullmatch(written) is not None


def _encrypted_or_old(data: bytes) -> str:
    """Say what a file is that only an older container of Office is; empty for any other."""
    if not data.startswith(_COMPOUND_FILE):
        return ""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "the workbook is protected by a password"
    return "the file is a workbook in the old format .xls"


def _require_bounded(data: bytes) -> None:
    """Raise DataError for a workbook that would take too much memory: the library ends the process then."""
    if what := _encrypted_or_old(data):
        raise DataError(1, what, _EXCEL)
    left = MOST_UNPACKED
    for name, part in _unpacked(data, left + 1):
        left -= len(part)
        if left < 0:
            what = f"unpacked, the workbook is larger than {MOST_UNPACKED // 1_000_000} MB"
            raise DataError(1, what, "keep the rows of a test in a workbook of their own")
        if name.endswith((".xml", ".rels")) and b"\0" in part:
            raise _damaged()
        if b"sheetData" in part:
            _require_few_cells(part)


def _unpacked(data: bytes, most: int) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each part, of none more than ``most`` bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for each in packed.infolist():
                with packed.open(each) as part:
                    content = part.read(most)
                yield each.filename, content
    except Exception:  # noqa: BLE001, zipfile raises errors of many kinds for what is damaged
        raise DataError(1, "the file is no workbook in the format .xlsx", _EXCEL) from None


def _require_few_cells(sheet: bytes) -> None:
    """``sheet`` is its XML, in which rows and cells name their places: ``<row r="17"><c r="B17">``."""
    rows = columns = 0
    for found in _PLACE.finditer(sheet):
        place = _CELL.fullmatch(found[1])
        if place is None:
            raise _damaged()
        columns, rows = max(columns, column_number(place[1].decode())), max(rows, int(place[2]))
    if rows * columns > MOST_CELLS:
        raise DataError(
            rows,
            f"a sheet has a cell in row {rows:,} and one in column {columns:,}; "
            f"no more than {MOST_CELLS:,} cells are read",
            "delete the rows and columns behind the data (in Excel, Ctrl+End shows the last cell)",
        )


def _damaged() -> DataError:
    return DataError(1, "the workbook is damaged", _EXCEL)


def _sheet_name(written: str, workbook: CalamineWorkbook) -> str:
    """Return the name of the sheet that is meant; in a tag ``_`` may stand for a blank."""
    names = workbook.sheet_names
    if not names:
        raise DataError(1, "the workbook has no sheet", _EXCEL)
    if not written:
        from python_calamine import SheetTypeEnum, SheetVisibleEnum

        kind = SheetTypeEnum.WorkSheet, SheetVisibleEnum.Visible
        seen = (each.name for each in workbook.sheets_metadata if (each.typ, each.visible) == kind)
        return next(seen, names[0])
    for name in (written, written.replace("_", " ")):
        if name in names:
            return name
    if ":" in written:
        what = f'"{written.rpartition(",")[2]}" is neither a sheet nor a range, such as A1:C20'
    else:
        what = f'the workbook has no sheet "{written}"'
    raise DataError(1, f"{what}; it has: {', '.join(names)}", "correct the tag")


def _rows_of(sheet: CalamineSheet, written: str, lacking: CellFaults) -> Iterator[Record]:
    """Yield the rows of a sheet, or of a range of it; ``lacking`` says what cells have no value, and why."""
    offset = (sheet.start or (0, 0))[1] + 1
    last_row, last = [1 + each for each in sheet.end or (-1, -1)]
    first, first_row, to = offset, 1, MOST_CELLS
    if written:
        found = _RANGE.fullmatch(written)
        assert found is not None  # noqa: S101, who makes the source has asked is_range
        first, to = sorted((column_number(found[1]), column_number(found[3])))
        first_row, last_row = sorted((int(found[2]), int(found[4])))
    faults = {
        row: [said for column, said in columns.items() if first <= column <= to]
        for row, columns in lacking.items()
        if first_row <= row and (row <= last_row or not written)
    }
    columns = range(first, min(to, last) + 1)
    for number, cells in enumerate(_with_merged(sheet, offset), start=1):  # begins with row 1
        if first_row <= number <= last_row:
            texts = [_text(cells[column - offset]) if column >= offset else "" for column in columns]
            said = faults.pop(number, ())
            if any(texts) or said:
                yield Record(number, texts, "; ".join(said[:_LISTED]))
    for row, said in faults.items():  # behind the last value of the sheet
        if said:
            yield Record(row, (), "; ".join(said[:_LISTED]))


def _with_merged(sheet: CalamineSheet, offset: int) -> Iterator[Sequence[Any]]:
    """Yield the cells of each row; each cell of a merged area has the value of the first one.

    ``offset`` is the number of the first column. Raises DataError where areas overlap.
    """
    ranges = sorted(sheet.merged_cell_ranges or (), key=lambda each: each[0], reverse=True)
    if not ranges:
        yield from sheet.iter_rows()
        return
    last: dict[int, int] = {}
    values: dict[int, Any] = {}
    for row, cells in enumerate(sheet.iter_rows()):
        for column in [column for column, end in last.items() if end < row]:
            del last[column], values[column]
        filled = list(cells)
        while ranges and ranges[-1][0][0] <= row:
            (_, left), (bottom, right) = ranges.pop()
            first = left + 1 - offset
            columns = range(max(first, 0), min(right + 2 - offset, len(filled)))
            if last.keys() & set(columns):
                raise _damaged()
            for column in columns:
                last[column], values[column] = bottom, filled[first] if first >= 0 else ""
        for column, value in values.items():
            filled[column] = value
        yield filled


def _text(value: Any) -> str:
    """Return the value of a cell as a text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return format(Decimal(f"{value:.15g}"), "f")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value)
