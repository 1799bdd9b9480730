"""Data files of Excel: a sheet, or a range of it. Their library, python-calamine, is an extra."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pytest_iflow.gherkin.data_formats import DataError, DataSource, Record, not_installed

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

MOST_UNPACKED = 50_000_000
"""Bytes of a workbook when it is unpacked."""
MOST_CELLS = 2_000_000
"""Cells of a sheet from A1 to its last row and column, empty ones included: so many the library keeps."""

_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6}):\$?([A-Z]{1,3})\$?([1-9]\d{0,6})", re.IGNORECASE)
_PLACE = re.compile(rb"""\sr\s*=\s*["']([^"']*)""")
_CELL = re.compile(rb"([A-Za-z]{0,3})([0-9]{1,7})")
_EXCEL = 'save it in Excel as "Excel Workbook (.xlsx)", without a password'


def workbook_records(source: DataSource) -> Iterator[Record]:
    """Yield the rows of a sheet: the first one, unless ``source`` names another. Empty rows are left out.

    Numbers have up to 15 digits, as Excel shows them. Dates and times are written as ISO 8601 does.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise not_installed("python-calamine", "excel") from None
    _require_bounded(source.data)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(source.data)) as workbook:
            sheet = workbook.get_sheet_by_name(_sheet_name(source.sheet, workbook.sheet_names))
            yield from _rows_of(sheet, source.range)
    except CalamineError as error:
        raise DataError(1, f"the file cannot be read as a workbook: {error}", _EXCEL) from None


def is_range(written: str) -> bool:
    """Tell whether this is a range of a sheet, such as A1:C20."""
    return _RANGE.fullmatch(written) is not None


def _require_bounded(data: bytes) -> None:
    """Raise DataError for a workbook that would take too much memory: the library ends the process then."""
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
        columns, rows = max(columns, _number_of(place[1].decode())), max(rows, int(place[2]))
    if rows * columns > MOST_CELLS:
        raise DataError(
            rows,
            f"a sheet has a cell in row {rows:,} and one in column {columns:,}; "
            f"no more than {MOST_CELLS:,} cells are read",
            "delete the rows and columns behind the data (in Excel, Ctrl+End shows the last cell)",
        )


def _damaged() -> DataError:
    return DataError(1, "the workbook is damaged", _EXCEL)


def _number_of(letters: str) -> int:
    """Return the number of a column: 1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _sheet_name(written: str, names: list[str]) -> str:
    """Return the name of the sheet that is meant; in a tag ``_`` may stand for a blank."""
    if not names:
        raise DataError(1, "the workbook has no sheet", _EXCEL)
    for name in (written or names[0], written.replace("_", " ")):
        if name in names:
            return name
    raise DataError(
        1, f'the workbook has no sheet "{written}"; it has: {", ".join(names)}', "correct the tag"
    )


def _rows_of(sheet: CalamineSheet, written: str) -> Iterator[Record]:
    if sheet.start is None or sheet.end is None:
        return
    offset, last = sheet.start[1] + 1, sheet.end[1] + 1
    first, first_row, last_row = offset, 1, sheet.end[0] + 1
    if written:
        found = _RANGE.fullmatch(written)
        assert found is not None  # noqa: S101, who makes the source has asked is_range
        first, to = sorted((_number_of(found[1]), _number_of(found[3])))
        first_row, last_row = sorted((int(found[2]), int(found[4])))
        last = min(to, last)
    for number, cells in enumerate(sheet.iter_rows(), start=1):  # begins with row 1
        if first_row <= number <= last_row:
            columns = range(first, last + 1)
            texts = [_text(cells[column - offset]) if column >= offset else "" for column in columns]
            if any(texts):
                yield Record(number, texts)


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
