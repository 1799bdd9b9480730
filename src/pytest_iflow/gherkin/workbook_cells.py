"""Cells of a workbook that show an error, or a formula whose value nobody has calculated.

The library that reads workbooks takes both for empty, so they are looked for in the XML of the sheet.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping

from lxml import etree
from lxml.etree import _Element

CellFaults = Mapping[int, Mapping[int, str]]
"""What is wrong with cells, by row and column, both from 1."""

_MAY_LACK = re.compile(rb"""\st\s*=\s*["']e["']|<(?:\w+:)?f[\s/>]""")
"""What the XML of a sheet has that holds an error or a formula."""
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def cells_without_value(data: bytes, sheet: str) -> CellFaults:
    """Return what is wrong with cells of a sheet.

    ``data`` is a workbook that has been found to be bounded. What cannot be told has nothing wrong.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            content = packed.read(_part_of(packed, sheet))
        found: dict[int, dict[int, str]] = {}
        for row, column, said in _faults(content) if _MAY_LACK.search(content) else ():
            found.setdefault(row, {})[column] = said
    except (KeyError, etree.XMLSyntaxError):
        return {}
    return found


def _part_of(packed: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the part with a sheet; raises KeyError where there is none."""
    names = {each.casefold().lstrip("/"): each for each in packed.namelist()}
    book = etree.fromstring(packed.read(names["xl/workbook.xml"]), _PARSER)
    found = {each.get("name"): each.get(_RELATION) or each.get(_STRICT) for each in book.iter("{*}sheet")}
    related = etree.fromstring(packed.read(names["xl/_rels/workbook.xml.rels"]), _PARSER)
    targets = {each.get("Id"): each.get("Target", "") for each in related.iter("{*}Relationship")}
    return names[posixpath.join("/xl", targets[found[sheet]]).lstrip("/").casefold()]


def _faults(content: bytes) -> Iterator[tuple[int, int, str]]:
    row = column = 0
    rows = etree.iterparse(io.BytesIO(content), tag=("{*}row",), resolve_entities=False, no_network=True)
    for _, element in rows:
        row = int(element.get("r") or row + 1)
        column = 0
        for cell in element.iterchildren("{*}c"):
            place = (cell.get("r") or "").rstrip("0123456789")
            column = column_number(place) if place else column + 1
            if said := _fault(cell):
                yield row, column, f"{column_letters(column)}{row} {said}"
        element.clear()


def _fault(cell: _Element) -> str:
    """Say why a cell has no value though something stands in it; empty for any other."""
    value = cell.findtext("{*}v") or ""
    kind = cell.get("t")
    if kind == "e":
        return f"is {value[:20] or 'an error'}"
    if kind != "str" and not value and cell.find("{*}f") is not None:
        return "has a formula without its value, which Excel writes when it saves the file"
    return ""


def column_number(letters: str) -> int:
    """Return the number of a column: 1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """Return the letters of a column: A for 1, AA for 27."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
