"""Messages in lines or segments, split into named cells: text, CSV, EDIFACT, X12 and flat IDocs."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from pytest_iflow.checks.golden_rules import Format
from pytest_iflow.checks.parse_limit import DEFAULT_LIMIT
from pytest_iflow.checks.quoting import one_line
from pytest_iflow.errors import CheckError
from pytest_iflow.lazy_pattern import lazy_pattern

_LINE_END = lazy_pattern("\r\n|\r|\n")
_VALUES_OF_A_RECORD = 4
"""What a record takes in memory beside its cells, each of which is a value."""
_LONGEST_CELL = 10_000_000
_USUAL_MARKS = ":+.? '"
"""Those of EDIFACT without UNA: component, element, decimal mark, release, none, terminator."""
_SEPARATORS = ",;\t|"
_INTERCHANGE_HEADER = lazy_pattern(
    r"ISA(?P<element>[^\w\s])(?:(?:(?!(?P=element)).)*(?P=element)){15}(?P<component>\S) *(?P<end>.)",
    re.DOTALL,
)
_LONGEST_HEADER = 300

_DATA_RECORD = (("MANDT", 3), ("DOCNUM", 16), ("SEGNUM", 6), ("PSGNUM", 6), ("HLEVEL", 2), ("SDATA", 1000))
"""Fields behind the 30 characters of a segment's name: structure EDI_DD40 (wire-facts 7.1)."""
_DATA_START = 30
_CONTROL_NAME = "EDI_DC40"
_CONTROL_START = 10
_CONTROL_RECORD = (
    *(("MANDT", 3), ("DOCNUM", 16), ("DOCREL", 4), ("STATUS", 2), ("DIRECT", 1), ("OUTMOD", 1)),
    *(("EXPRSS", 1), ("TEST", 1), ("IDOCTYP", 30), ("CIMTYP", 30), ("MESTYP", 30), ("MESCOD", 3)),
    *(("MESFCT", 3), ("STD", 1), ("STDVRS", 6), ("STDMES", 6), ("SNDPOR", 10), ("SNDPRT", 2)),
    *(("SNDPFC", 2), ("SNDPRN", 10), ("SNDSAD", 21), ("SNDLAD", 70), ("RCVPOR", 10), ("RCVPRT", 2)),
    *(("RCVPFC", 2), ("RCVPRN", 10), ("RCVSAD", 21), ("RCVLAD", 70), ("CREDAT", 8), ("CRETIM", 6)),
    *(("REFINT", 14), ("REFGRP", 14), ("REFMES", 14), ("ARCKEY", 70), ("SERIAL", 20)),
)
"""Fields behind the 10 characters of the record's name, 524 in all (wire-facts 7.1)."""


class Marks(NamedTuple):
    """What separates elements and components, ends segments, and releases such a mark."""

    element: str
    component: str
    end: str
    release: str


class Record(Struct, frozen=True):
    """A line or a segment: ``cells`` are its values by label, ``text`` is how it is shown.

    ``occurrence`` is its number among those of its ``name``, from 1.
    """

    name: str
    number: int
    occurrence: int
    cells: dict[str, str]
    text: str


class FlatMessage(Struct, frozen=True):
    """A message of records; ``subject`` is what errors call it."""

    format: Format
    text: str
    records: Sequence[Record]
    subject: str = "The response"


def flat_format(head: str, suffix: str) -> Format | None:
    """Return the format of a message by how it begins and by its file's suffix; None for JSON and XML."""
    if suffix in {".csv", ".tsv"}:
        return "csv"
    begins = head.lstrip("\ufeff \t\r\n")
    if suffix in {".edi", ".edifact"} and begins.startswith(("UNA", "UNB")):
        return "edifact"  # be it well-formed or not, which its reader tells
    if re.match(r"UNA[^\w\s]{3}.{2}[^\w\s]\s*[A-Z]{3}|(?:UN[BGH]|UIB)\+", begins, re.DOTALL):
        return "edifact"
    if re.match(r"ISA[^\w\s]", begins):
        return "x12"
    if begins.startswith(_CONTROL_NAME):
        return "idoc"
    return None if begins[:1] in {"{", "[", "<"} or suffix in {".json", ".xml"} else "text"


def read_flat(text: str, format_: Format, subject: str = "The response") -> FlatMessage:
    """Split a message into its records; raises CheckError for one of another format, or too large."""
    DEFAULT_LIMIT.require_size(text, subject)
    text = text.removeprefix("\ufeff")
    found = _READERS[format_](text, subject)
    counts: Counter[str] = Counter()
    records, size = [], 0
    for number, name, cells, shown in found:
        size += _VALUES_OF_A_RECORD + len(cells)
        DEFAULT_LIMIT.require_records(size, subject)
        counts[name] += 1
        records.append(Record(name, number, counts[name], cells, shown))
    return FlatMessage(format_, text, records, subject)


_Split = Iterator[tuple[int, str, dict[str, str], str]]
"""Number of the line or segment, name, cells and text of each record."""


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, whatever ends them; an end behind the last one makes no line."""
    lines = _LINE_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines


def _text(text: str, _subject: str) -> _Split:
    return ((number, "line", {"": line}, line) for number, line in enumerate(lines_of(text), start=1))


def _csv(text: str, subject: str) -> _Split:
    separator = separator_of(text)
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    names: list[str] | None = None
    line = 1
    try:
        for row in rows:
            names = row if names is None else names
            labels = [*names, *(str(number) for number in range(len(names) + 1, len(row) + 1))]
            cells: dict[str, str] = {}
            for number, (label, cell) in enumerate(zip(labels, row, strict=False), start=1):
                cells[str(number) if label in cells or not label else label] = cell
            yield line, "line", cells, separator.join(row)
            line = rows.line_num + 1  # a cell may have several lines
    except csv.Error as error:
        raise CheckError(f"{subject} is not CSV: {error}", where=f"line {rows.line_num}") from None


def _edifact(text: str, subject: str) -> _Split:
    """UN/EDIFACT, ISO 9735-1: UNA names component, element, decimal mark, release, terminator."""
    begins = _one_stream(text)
    marks = _edifact_marks(begins, subject)
    rest = begins[9:].lstrip() if begins.startswith("UNA") else begins
    if not re.match(r"[A-Z]{3}" + re.escape(marks.element), rest):
        raise _other_format(text, subject, "EDIFACT")
    return _segments(rest, marks)


def _edifact_marks(begins: str, subject: str) -> Marks:
    written = begins[3:9] if begins.startswith("UNA") else _USUAL_MARKS
    if len(written) < len(_USUAL_MARKS):
        raise _other_format(begins, subject, "EDIFACT")
    component, element, _, release, _, end = list(written)
    if len({component, element, end}) < 3 or any(map(str.isalnum, (component, element, end))):  # noqa: PLR2004
        raise CheckError(
            f"{subject} is not EDIFACT: what UNA names does not separate: {one_line(begins[:9])}",
            remedy="UNA names six different characters, as in UNA:+.? '",
        )
    return Marks(element, component, end, release)


def _x12(text: str, subject: str) -> _Split:
    """ASC X12: what stands behind the sixteenth element of ISA, which is one character (X12.5, ISA).

    Its elements have fixed widths, which some senders get wrong, so they are counted.
    """
    begins = _one_stream(text)
    return _segments(begins, _x12_marks(begins, subject))


def _x12_marks(begins: str, subject: str) -> Marks:
    if (found := _INTERCHANGE_HEADER.match(begins[:_LONGEST_HEADER])) is None:
        raise _other_format(begins, subject, "X12")
    return Marks(found["element"], found["component"], found["end"], "")


def _one_stream(text: str) -> str:
    """Join what was cut into lines of one length, as some systems do at 80 characters."""
    lines = lines_of(text.strip()) or [""]
    width = len(lines[0])
    is_cut = len(lines) > 2 and all(len(line) == width for line in lines[:-1]) and len(lines[-1]) <= width  # noqa: PLR2004
    return "".join(lines) if is_cut else text.strip()


def _segments(text: str, marks: Marks) -> _Split:
    element, component, end, release = marks
    segments = (each.lstrip() for each in _split(text, end, release))
    for place, segment in enumerate(filter(None, segments), start=1):
        name, *elements = _split(segment, element, release)
        cells = {}
        for number, each in enumerate(elements, start=1):
            # Where X12 declares the delimiter of components, it stands for itself.
            parts = [each] if name == "ISA" else _split(each, component, release)
            for part_number, part in enumerate(parts, start=1):
                label = f"{number}.{part_number}" if len(parts) > 1 else str(number)
                cells[label] = _released(part, release)
        yield place, name.rstrip(), cells, segment


def _split(written: str, mark: str, release: str) -> list[str]:
    """Split at each mark that is not released."""
    if not release.strip() or release not in written:
        return written.split(mark)
    piece = re.compile(
        rf"((?:{re.escape(release)}.|[^{re.escape(mark)}])*)(?:{re.escape(mark)}|$)", re.DOTALL
    )
    pieces = []
    for match in piece.finditer(written):
        pieces.append(match[1])
        if match[0] == match[1]:  # ended by the end of the text
            break
    return pieces


def _released(part: str, release: str) -> str:
    if not release.strip() or release not in part:
        return part
    return re.sub(rf"{re.escape(release)}(.)", r"\1", part, flags=re.DOTALL)


def _idoc(text: str, subject: str) -> _Split:
    if not text.lstrip().startswith(_CONTROL_NAME):
        raise _other_format(text, subject, "a flat IDoc")
    for number, line in enumerate(_idoc_records(text), start=1):
        fields = [*fields_of_idoc(line)]
        cells = {name: line[start:end].rstrip() for name, start, end in fields}
        cells["rest"] = line[fields[-1][2] :].rstrip()
        yield number, line[: fields[0][1]].strip(), cells, line.rstrip()


def marks_of(message: FlatMessage) -> Marks:
    """Return how a message of segments is separated."""
    begins = _one_stream(message.text)
    read = _edifact_marks if message.format == "edifact" else _x12_marks
    return read(begins, message.subject)


def fields_of_idoc(line: str) -> Iterator[tuple[str, int, int]]:
    """Yield name, start and end of each field of a record of a flat IDoc."""
    is_control = line.startswith(_CONTROL_NAME)
    place = _CONTROL_START if is_control else _DATA_START
    for name, width in _CONTROL_RECORD if is_control else _DATA_RECORD:
        yield name, place, place + width
        place += width


def separator_of(text: str) -> str:
    """Return what separates the cells of CSV, as its first line tells."""
    first = next(iter(lines_of(text)), "")
    return max(_SEPARATORS, key=first.count)


def _idoc_records(text: str) -> Iterator[str]:
    """Yield the records, each in a line or all in one without any line break."""
    lines = [line for line in lines_of(text.lstrip()) if line.strip()]
    if len(lines) > 1:
        yield from lines
        return
    rest = lines[0]
    while rest:
        *_, (_, _, end) = fields_of_idoc(rest)
        yield rest[:end]
        rest = rest[end:]


def _other_format(text: str, subject: str, name: str) -> CheckError:
    begins = one_line(text[:200])
    return CheckError(f"{subject} is not {name}: it {f'begins with {begins}' if begins else 'is empty'}")


_READERS: dict[Format, Callable[[str, str], _Split]] = {
    "text": _text,
    "csv": _csv,
    "edifact": _edifact,
    "x12": _x12,
    "idoc": _idoc,
}
