"""Data files as rows of texts with their lines, and how CSV and TSV are read.

Each format yields the names of the columns as its first row. Cells are texts as the file writes them.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pytest_iflow.tenants.suite_files import encoding_of

_SEPARATORS = ";,\t|"


class Record(NamedTuple):
    """A row of a data file: its cells, or what is wrong with it.

    ``line`` is the line in which it begins, in Excel the number of the row, both from 1.
    """

    line: int
    cells: Sequence[str]
    problem: str = ""


class DataError(Exception):
    """A data file that cannot be read from ``line`` on, and what to do about it."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(line, what, remedy)
        self.line = line
        self.what = what
        self.remedy = remedy


@dataclass(slots=True)
class DataSource:
    """What is read: the bytes of a file, and sheet and range of a workbook, where they are given.

    ``assumption`` is set by who reads it: line, and what had to be assumed; None where nothing had to be.
    """

    data: bytes
    sheet: str = ""
    range: str = ""
    assumption: tuple[int, str] | None = None


def text_of(source: DataSource, *, may_be_windows: bool = False) -> str:
    """Return the text of a file in UTF-8 or UTF-16, or, with ``may_be_windows``, in Windows-1252.

    Raises DataError for any other.
    """
    data, encoding = source.data, encoding_of(source.data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        remedy = 'save it as UTF-8; Excel calls this "CSV UTF-8"'
        if not may_be_windows or encoding != "utf-8-sig":
            raise DataError(line, "the file is not UTF-8 text", remedy) from None
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            raise DataError(line, "the file is neither UTF-8 nor Windows-1252", remedy) from None
        source.assumption = line, f"the file is not UTF-8; Windows-1252 is assumed: {remedy}"
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise DataError(line, "the file holds a NUL character, so it is no text", "save it as text")
    return text


def csv_records(source: DataSource) -> Iterator[Record]:
    """Yield the rows of a CSV file, separated as its header is: by semicolon, comma, tab or bar.

    A first line ``sep=;`` says it, as Excel reads it. Rows without any value are left out.
    """
    text = text_of(source, may_be_windows=True)
    said = re.match(r"sep=([^\w\s\"]|\t)\r?\n", text)
    header = next((line for line in io.StringIO(text) if line.strip()), "")
    bare = re.sub(r'"[^"]*(?:"|$)', "", header)
    separator = said[1] if said else max(_SEPARATORS, key=bare.count)
    return _separated(text, separator, 1 if said else 0)


def tsv_records(source: DataSource) -> Iterator[Record]:
    """Yield the rows of a file that is separated by tabs."""
    return _separated(text_of(source, may_be_windows=True), "\t", 0)


def _separated(text: str, separator: str, skipped: int) -> Iterator[Record]:
    lines = io.StringIO(text, newline="")
    for _ in range(skipped):
        next(lines)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    shown = "a tab" if separator == "\t" else f'"{separator}"'
    width, line = 0, skipped + 1
    try:
        for cells in reader:
            if any(cells):
                width = width or len(cells)
                problem = "" if len(cells) == width else _other_width(len(cells), width, shown)
                yield Record(line, cells, problem)
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        what = f"the row that begins here cannot be read as CSV: {error}"
        raise DataError(line, what, 'write a quote within quotes twice: "a 24"" screen"') from None


def _other_width(cells: int, width: int, separator: str) -> str:
    return (
        f"the row has {cells} cell{'' if cells == 1 else 's'}, the header {width} (separated by {separator})"
    )


def not_installed(library: str, extra: str) -> DataError:
    """Return the error for a format whose library is an extra of this package."""
    return DataError(
        1,
        f"to read this file, {library} has to be installed",
        f'pip install "pytest-iflow[{extra}]", in the environment in which pytest runs',
    )
