"""Tables as testers keep them: CSV with a header, from a spreadsheet of any country."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.text_file import read_text

_DELIMITERS = ",;\t"
_SEPARATOR_LINE = "sep="
"""With it in the first line Excel is told the delimiter of the rest."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: file and line, for errors, and its texts by column, without blanks around them."""

    place: str
    values: Mapping[str, str]


def read_rows(path: Path, columns: Sequence[str]) -> list[Row]:
    """Return the rows of a CSV file that has ``columns``; others are ignored, and so are empty rows.

    Comma, semicolon and tab separate; a byte order mark and UTF-16 are fine. Raises ConfigurationError
    when the file cannot be read, lacks a column, or has a row with too many fields or an empty first one.
    """
    lines = read_text(path).splitlines(keepends=True)
    skipped = 1 if lines and lines[0].strip().casefold().startswith(_SEPARATOR_LINE) else 0
    header = lines[skipped] if len(lines) > skipped else ""
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO("".join(lines[skipped:]), newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        _require(columns, names, path)
        return [
            _row(names, texts, columns, f"{path}, line {reader.line_num + skipped}")
            for texts in reader
            if any(text.strip() for text in texts)
        ]
    except csv.Error as error:
        raise ConfigurationError(
            f"The table cannot be read: {error}.",
            where=f"{path}, line {reader.line_num + skipped}",
            remedy="Save it again as CSV; a text with line breaks or quotes stands in quotes.",
        ) from error


def _require(columns: Sequence[str], names: Sequence[str], path: Path) -> None:
    if missing := [column for column in columns if column not in names]:
        raise ConfigurationError(
            f"The table has no column {' and no column '.join(missing)}.",
            where=f"{path}, line 1",
            remedy=f"Name the columns in the first line: {','.join(columns)}.",
        )


def _row(names: Sequence[str], texts: Sequence[str], columns: Sequence[str], place: str) -> Row:
    if any(text.strip() for text in texts[len(names) :]):
        raise ConfigurationError(
            "The row has more fields than there are columns.",
            where=place,
            remedy="Put a text that holds the separator into double quotes.",
        )
    values = dict(zip(names, map(str.strip, texts), strict=False))
    wanted = {column: values.get(column, "") for column in columns}
    if not wanted[columns[0]]:
        raise ConfigurationError(
            f"The row has nothing in column {columns[0]}.",
            where=place,
            remedy="Fill it in, or remove the row.",
        )
    return Row(place, wanted)
