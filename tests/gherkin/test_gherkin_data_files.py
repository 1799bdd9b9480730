"""Rows of Examples from data files: each format read and refused, in real files and real runs."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.gherkin.data_files import MOST_ROWS
from pytest_iflow.gherkin.feature_file import read_feature_file
from pytest_iflow.gherkin.source import FeatureSource
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.suite_files import LARGEST
from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FEATURE = """
Feature: Data
  Scenario Outline: Product <product>
    Given an access token
    {tags}
    Examples:
{table}
"""

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OVERRIDE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def workbook(**sheets: str) -> bytes:
    """Return a workbook of Excel with the rows of each sheet in its XML; ``_`` in a name is a blank.

    The styles are: 0 none, 1 date, 2 date and time. A sheet whose name begins with "hidden" is hidden.
    """
    names = [name.replace("_", " ") for name in sheets]
    numbers = range(1, len(sheets) + 1)
    sheet_list = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="r{number}"'
        f"{' state=' + chr(34) + 'hidden' + chr(34) if name.startswith('hidden') else ''}/>"
        for number, name in zip(numbers, names, strict=True)
    )
    related = "".join(
        f'<Relationship Id="r{number}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OVERRIDE}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
        f"<sheets>{sheet_list}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{related}'
        f'<Relationship Id="s" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>',
    }
    for number, rows in zip(numbers, sheets.values(), strict=True):
        cells, begins, merged = rows.partition("<mergeCells>")
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData>{begins}{merged}</worksheet>'
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, f'<?xml version="1.0"?>{text}')
    return packed.getvalue()


def row_of(number: int, **cells: str) -> str:
    """Return the XML of a row; a cell is the XML within ``<c>``, or a text where that is none."""
    written = "".join(
        f'<c r="{column}{number}"{value}</c>'
        if value.startswith((" ", ">"))
        else f'<c r="{column}{number}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        for column, value in cells.items()
    )
    return f'<row r="{number}">{written}</row>'


PRICES = (
    row_of(1, B="Price list")
    + row_of(3, B="product", C="price", D="since")
    + row_of(5, B="HT-1", C="><v>0.30000000000000004</v>", D=' s="1"><v>46053</v>')
    + row_of(6, B="><v>4711</v>", C=' t="b"><v>1</v>', D=' s="2"><v>46053.5</v>')
)


def read(folder: Path, name: str, data: bytes | str, tag: str = "", table: str = "") -> FeatureSource:
    """Read a feature whose one outline takes its rows from a file."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    feature = folder / "data.feature"
    tags = tag or f"@data({Path(name).name})"
    feature.write_text(FEATURE.format(tags=tags, table=table), encoding="utf-8")
    return read_feature_file(feature, feature.name)


def rows(source: FeatureSource) -> list[tuple[str, dict[str, str]]]:
    """Return place and values of each row."""
    return [(f"{row.data_file}:{row.data_line}", row.values) for row in source.scenarios[0].rows]


EXCEL_CSV = (
    '\ufeffproduct;price;note\r\nHT-1;1.234,50;"a;b"\r\nHT-2;"two\nlines";"""quoted"""\r\n'
    ";;\r\n\r\nHT-3; x ;\r\n"
)
OF_EXCEL_CSV = [
    ("rows.csv:2", {"product": "HT-1", "price": "1.234,50", "note": "a;b"}),
    ("rows.csv:3", {"product": "HT-2", "price": "two\nlines", "note": '"quoted"'}),
    ("rows.csv:7", {"product": "HT-3", "price": " x ", "note": ""}),
]
ONE = {"product": "Jürgen", "price": "5 €"}

FORMATS: dict[str, tuple[str, bytes | str, list[tuple[str, dict[str, str]]]]] = {
    "Excel's CSV in German": ("rows.csv", EXCEL_CSV, OF_EXCEL_CSV),
    "commas": ("rows.csv", "product,price\nJürgen,5 €\n", [("rows.csv:2", ONE)]),
    "a comma in the header": (
        "rows.csv",
        '"product, no";price\n1;2',
        [("rows.csv:2", {"product, no": "1", "price": "2"})],
    ),
    "as its first line says": ("rows.csv", "sep=|\nproduct|price\nJürgen|5 €", [("rows.csv:3", ONE)]),
    "bars": ("rows.csv", "product|price\nJürgen|5 €\n", [("rows.csv:2", ONE)]),
    "UTF-16": ("rows.csv", "product\tprice\nJürgen\t5 €\n".encode("utf-16"), [("rows.csv:2", ONE)]),
    "TSV": ("rows.tsv", "product\tprice\nJürgen\t5 €\n", [("rows.tsv:2", ONE)]),
    "one column": (
        "rows.csv",
        "product\nHT-1\n\nHT-2",
        [("rows.csv:2", {"product": "HT-1"}), ("rows.csv:4", {"product": "HT-2"})],
    ),
    "JSON": (
        "rows.json",
        '\n[{"product": 1.50, "price": null},\n\n {"price": true,\n "product": "5"},'
        '{"product":12345678901234567890,"price":"ä"}]',
        [
            ("rows.json:2", {"product": "1.50", "price": ""}),
            ("rows.json:4", {"product": "5", "price": "true"}),
            ("rows.json:5", {"product": "12345678901234567890", "price": "ä"}),
        ],
    ),
    "JSON Lines": (
        "rows.jsonl",
        '{"product": 1.50, "price": null}\n\n{"price": "ä", "product": "5"}\n',
        [
            ("rows.jsonl:1", {"product": "1.50", "price": ""}),
            ("rows.jsonl:3", {"product": "5", "price": "ä"}),
        ],
    ),
    "YAML": (
        "rows.yaml",
        "# rows\n- product: 0123\n  price: no\n- {price: ~, product: '~'}\n"
        "-\n  product: |-\n    two\n    lines\n  price: 2026-01-31\n",
        [
            ("rows.yaml:2", {"product": "0123", "price": "no"}),
            ("rows.yaml:4", {"product": "~", "price": ""}),
            ("rows.yaml:6", {"product": "two\nlines", "price": "2026-01-31"}),
        ],
    ),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_read(tmp_path: Path, name: str) -> None:
    """Values are as written, each row knows its line, and empty lines are no rows."""
    file, data, expected = FORMATS[name]
    source = read(tmp_path, file, data)
    assert rows(source) == expected
    assert {row.line for row in source.scenarios[0].rows} == {6}
    assert source.assumed == ()


def test_workbooks_are_read(tmp_path: Path) -> None:
    """The first sheet, one by its name, a range of one; numbers as Excel shows them, dates in ISO."""
    data = workbook(
        Prices_of_2026=PRICES.replace(row_of(1, B="Price list"), ""),
        Other=row_of(1, A="product") + row_of(2, A="X"),
    )
    first = {"product": "HT-1", "price": "0.3", "since": "2026-01-31"}
    second = {"product": "4711", "price": "true", "since": "2026-01-31T12:00:00"}
    assert rows(read(tmp_path, "b.xlsx", data)) == [("b.xlsx:5", first), ("b.xlsx:6", second)]
    assert rows(read(tmp_path, "b.xlsx", data, "@data(b.xlsx,Other)")) == [("b.xlsx:2", {"product": "X"})]
    part = rows(read(tmp_path, "b.xlsx", data, "@data(b.xlsx,Prices_of_2026,B3:C5)"))
    assert part == [("b.xlsx:5", {"product": "HT-1", "price": "0.3"})]
    titled = workbook(Prices=PRICES)
    assert rows(read(tmp_path, "b.xlsx", titled, "@data(b.xlsx,$B$3:$D$5)")) == [("b.xlsx:5", first)]


def test_the_first_visible_sheet_is_read_and_hidden_ones_by_name(tmp_path: Path) -> None:
    """Who opens the workbook sees that one first."""
    data = workbook(
        hidden=row_of(1, A="product") + row_of(2, A="old"),
        Seen=row_of(1, A="product") + row_of(2, A="new"),
    )
    assert rows(read(tmp_path, "b.xlsx", data)) == [("b.xlsx:2", {"product": "new"})]
    assert rows(read(tmp_path, "b.xlsx", data, "@data(b.xlsx,hidden)")) == [("b.xlsx:2", {"product": "old"})]


def test_each_of_merged_cells_has_their_value(tmp_path: Path) -> None:
    """As a reader sees it; areas that overlap are those of a damaged file."""
    cells = (
        row_of(1, A="group", B="product", C="price")
        + row_of(2, A="Laptops", B="HT-1", C="1")
        + row_of(3, B="HT-2", C="2")
        + row_of(4, A="none")
    )
    merged = '<mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="A4:C900000"/></mergeCells>'
    assert [values for _, values in rows(read(tmp_path, "b.xlsx", workbook(Prices=cells + merged)))] == [
        {"group": "Laptops", "product": "HT-1", "price": "1"},
        {"group": "Laptops", "product": "HT-2", "price": "2"},
        {"group": "none", "product": "none", "price": "none"},
    ]
    assert len(rows(read(tmp_path, "b.xlsx", workbook(Prices=cells + merged), "@data(b.xlsx,A1:C3)"))) == 2
    overlapping = merged.replace("A4:C900000", "A3:B4")
    with pytest.raises(FeatureFileError, match="the workbook is damaged"):
        read(tmp_path, "b.xlsx", workbook(Prices=cells + overlapping))


def test_cells_without_their_value_are_problems_of_their_rows(tmp_path: Path) -> None:
    """An error, and a formula that nobody has calculated; both would be read as empty."""
    cells = (
        row_of(1, A="product", B="price")
        + row_of(2, A=">" + "<f>C2</f><v>HT-1</v>", B=' t="e"><f>1/0</f><v>#DIV/0!</v>')
        + row_of(3, A="HT-2", B=' t="str"><f>C3</f><v></v>')
        + row_of(4, A="HT-3", B="><v>3</v>", C=' t="e"><v>#REF!</v>')
        + '<row><c t="inlineStr"><is><t>HT-4</t></is></c><c><f>1+1</f><v/></c></row>'
    )
    without = "has a formula without its value, which Excel writes when it saves the file"
    with pytest.raises(FeatureFileError) as caught:
        read(tmp_path, "b.xlsx", workbook(Prices=cells), "@data(b.xlsx,A1:B9)")
    assert [(line, what) for _, line, what in caught.value.problems] == [
        (2, "B2 is #DIV/0!"),
        (5, f"B5 {without}"),
    ]


FAULTS: dict[str, tuple[str, bytes | str, str]] = {
    "too few and too many cells": (
        "rows.csv",
        "product;price\n1\n1;2\n1;2;3\n",
        'rows.csv:2: the row has 1 cell, the header 2 (separated by ";")\n'
        'rows.csv:4: the row has 3 cells, the header 2 (separated by ";")',
    ),
    "a column without a name, and one that is there twice": (
        "rows.csv",
        "product,,product\n1,2,3\n",
        'rows.csv:1: column 2 has no name\nrows.csv:1: two columns are called "product"',
    ),
    "too many columns": (
        "rows.csv",
        ",".join(f"c{number}" for number in range(1_000_000)),
        "rows.csv:1: the file has more than 1,000 columns",
    ),
    "a name with half of a character": (
        "rows.json",
        '[{"\\ud800": 1}]',
        "rows.json:1: the name of column 1 holds half of a character ('\\ud800')",
    ),
    "a row with many other members": (
        "rows.json",
        '[{"product": 1}, {' + ",".join(f'"c{number}": 1' for number in range(100_000)) + "}]",
        'rows.json:1: the row lacks "product", '
        + ", ".join(f'has "c{number}", which the first row has not' for number in range(4))
        + ", and 99,996 more",
    ),
    "the header once more": (
        "rows.csv",
        "product,price\nHT-1,1\nproduct,price\nHT-2,2\n",
        "rows.csv:3: this row is the header once more",
    ),
    "an object that goes on in no line": (
        "rows.jsonl",
        '{"product": 1}\n\n{"product": 2\n',
        "rows.jsonl:4: the file is no JSON: Expecting ',' delimiter",
    ),
    "a workbook with a password": (
        "rows.xlsx",
        bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "rows.xlsx:1: the workbook is protected by a password",
    ),
    "an old workbook": (
        "rows.xlsx",
        bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600),
        "rows.xlsx:1: the file is a workbook in the old format .xls",
    ),
    "tags of YAML": (
        "rows.yaml",
        '- product: 1\n- product: !!python/name:os.system ""\n',
        "rows.yaml:2: the tag tag:yaml.org,2002:python/name:os.system is not read here",
    ),
    "quotes that are not closed": (
        "rows.csv",
        'product\n1\n"2\n3\n',
        "rows.csv:3: the row that begins here cannot be read as CSV: unexpected end of data",
    ),
    "an empty file": ("rows.csv", "", "rows.csv:1: the file is empty"),
    "empty lines": ("rows.csv", "\n\n;\n", "rows.csv:1: the file is empty"),
    "a header only": ("rows.csv", "product\n", "rows.csv:1: the file has a header and no rows"),
    "bytes of neither charset": (
        "rows.csv",
        b"product\n\x81\n",
        "rows.csv:2: the file is neither UTF-8 nor Windows-1252",
    ),
    "a binary file": (
        "rows.csv",
        b"product\n\0\n",
        "rows.csv:2: the file holds a NUL character, so it is no text",
    ),
    "a large file": (
        "rows.csv",
        b"a\n" * (LARGEST // 2 + 1),
        'data.feature:5: the file "rows.csv" is larger than 10 MB',
    ),
    "too many rows": (
        "rows.csv",
        "a\n" * (MOST_ROWS + 2),
        "rows.csv:100002: the file has more than 100,000 rows",
    ),
    "JSON in another charset": (
        "rows.json",
        '[{"product": "ä"}]'.encode("cp1252"),
        "rows.json:1: the file is not UTF-8 text",
    ),
    "no list": ("rows.json", '{"product": 1}', "rows.json:1: the file is no list of objects"),
    "an empty list": ("rows.json", "[\n]", "rows.json:1: the file is empty"),
    "an item that is no object": ("rows.json", '[{"product": 1},\n2]', "rows.json:2: this row is no object"),
    "values that are no texts": (
        "rows.json",
        '[{"product": [1]},\n{"product": {}},\n{"product": 1}]',
        'rows.json:1: "product" is a list; a cell is a text, a number, true, false or null\n'
        'rows.json:2: "product" is an object; a cell is a text, a number, true, false or null',
    ),
    "other members": (
        "rows.json",
        '[{"product": 1},\n{"price": 1},\n{"product": 1, "product": 2}]',
        'rows.json:2: the row lacks "product", has "price", which the first row has not\n'
        'rows.json:3: the row has "product" twice',
    ),
    "a comma too many": (
        "rows.json",
        '[{"product": 1},\n]',
        "rows.json:2: the file is no JSON: Expecting value",
    ),
    "a comma too few": (
        "rows.json",
        '[{"product": 1}\n{"product": 2}]',
        "rows.json:2: a comma, or the end of the list, is missing here",
    ),
    "more behind the list": (
        "rows.json",
        '[{"product": 1}]\n[]',
        "rows.json:2: something stands behind the end of the list",
    ),
    "no number": (
        "rows.json",
        '[\n{"product": NaN}]',
        "rows.json:2: this row cannot be read: NaN is no value of JSON",
    ),
    "half of a character": (
        "rows.json",
        '[{"product": "\\ud800"}]',
        """rows.json:1: "product" holds half of a character ('\\ud800')""",
    ),
    "deep JSON": ("rows.json", '[{"product": ' + "[" * 200_000, "rows.json:1: this row is nested too deeply"),
    "objects without members": ("rows.json", "[{}]", "rows.json:1: the first row has no columns"),
    "a mapping instead of a list": (
        "rows.yml",
        "product: 1\n",
        "rows.yml:1: the file is no list of mappings",
    ),
    "a row that is no mapping": ("rows.yml", "- product: 1\n- 2\n", "rows.yml:2: this row is no mapping"),
    "a list within a row": (
        "rows.yml",
        "- product:\n  - 1\n",
        'rows.yml:2: "product" is a list or a mapping; a cell is a text, a number, true, false or null',
    ),
    "an alias": (
        "rows.yml",
        "- &one\n  product: 1\n- *one\n",
        "rows.yml:3: aliases (*name) are not read here: write the value itself",
    ),
    "an object of Python": (
        "rows.yml",
        "- !!python/object/apply:os.abort []\n",
        "rows.yml:1: the tag tag:yaml.org,2002:python/object/apply:os.abort is not read here",
    ),
    "no YAML": (
        "rows.yml",
        "- product: 1\n product: 2\n",
        "rows.yml:2: the file is no YAML: did not find expected '-' indicator",
    ),
    "two documents": (
        "rows.yml",
        "- product: 1\n---\n- product: 2\n",
        "rows.yml:2: a second document begins here",
    ),
    "other columns": ("rows.yml", "- product: 1\n- {}\n", 'rows.yml:2: the row lacks "product"'),
    "no workbook": ("rows.xlsx", "product\n", "rows.xlsx:1: the file is no workbook in the format .xlsx"),
    "a workbook that is cut": (
        "rows.xlsx",
        workbook(S=PRICES)[:-200],
        "rows.xlsx:1: the file is no workbook in the format .xlsx",
    ),
    "a workbook with a cell that cannot be": (
        "rows.xlsx",
        workbook(S=PRICES.replace('"C3"', '"inlineSC3"')),
        "rows.xlsx:1: the workbook is damaged",
    ),
    "a sheet without a header for each column": (
        "rows.xlsx",
        workbook(S=PRICES),
        "rows.xlsx:1: column 2 has no name\nrows.xlsx:1: column 3 has no name",
    ),
    "an empty sheet": ("rows.xlsx", workbook(S=""), 'rows.xlsx:1: the sheet "S" is empty'),
    "a workbook with a cell far away": (
        "rows.xlsx",
        workbook(S=row_of(1, A="product") + row_of(1048576, XFD="1")),
        "rows.xlsx:1048576: a sheet has a cell in row 1,048,576 and one in column 16,384; "
        "no more than 2,000,000 cells are read",
    ),
    "a workbook that is huge when it is unpacked": (
        "rows.xlsx",
        workbook(S=" " * 51_000_000),
        "rows.xlsx:1: unpacked, the workbook is larger than 50 MB",
    ),
    "another format": (
        "rows.txt",
        "product\n1\n",
        'data.feature:5: "rows.txt" is no data file: '
        "these end in .csv, .tsv, .json, .jsonl, .yaml, .yml, .xlsx, .xlsm",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_be_read_is_named_with_its_line(tmp_path: Path, name: str) -> None:
    """All rows that are wrong, or where reading ended; the line of the feature is that of the tag."""
    file, data, expected = FAULTS[name]
    with pytest.raises(FeatureFileError) as caught:
        read(tmp_path, file, data)
    assert caught.value.what == expected
    assert caught.value.line == 5


def test_of_many_bad_rows_some_are_listed(tmp_path: Path) -> None:
    """Ten are enough to see what is wrong."""
    with pytest.raises(FeatureFileError) as caught:
        read(tmp_path, "rows.csv", "product;price\n" + "1\n" * 1000)
    lines = caught.value.what.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "rows.csv: and 990 more"


def test_windows_1252_is_assumed_and_said(tmp_path: Path) -> None:
    """Excel writes it unless it is told to write CSV UTF-8."""
    source = read(tmp_path, "rows.csv", "product;price\nHT-1;1\nJürgen;5 €\n".encode("cp1252"))
    assert rows(source)[1] == ("rows.csv:3", ONE)
    said = 'the file is not UTF-8; Windows-1252 is assumed: save it as UTF-8; Excel calls this "CSV UTF-8"'
    assert source.assumed == (("rows.csv", 3, said),)


TWO = "product;price;note\nHT-1;5;x\n"


def test_the_table_selects_and_renames_columns(tmp_path: Path) -> None:
    """Its header selects; a row below it says what the file calls them."""
    selected = read(tmp_path, "rows.csv", TWO, table="      | price | product |\n")
    assert rows(selected) == [("rows.csv:2", {"price": "5", "product": "HT-1"})]
    assert selected.scenarios[0].rows[0].id == "5-HT-1"
    renamed = read(tmp_path, "rows.csv", TWO, table="      | cost | product |\n      | price | |\n")
    assert rows(renamed) == [("rows.csv:2", {"cost": "5", "product": "HT-1"})]


@pytest.mark.parametrize(
    ("tag", "table", "expected"),
    [
        ("", "| cost |\n", '7: rows.csv has no column "cost"; it has: product, price, note'),
        ("", "| a |\n| cost |\n", '8: rows.csv has no column "cost"; it has: product, price, note'),
        ("", "| product |\n| product |\n| price |\n", "9: the rows of this table stand in rows.csv"),
        (
            "@data(rows.csv,Sheet)",
            "",
            '5: "rows.csv,Sheet" names a sheet or a range, which only a workbook of Excel has',
        ),
        ("@data(rows.csv) @data(rows.csv)", "", "5: these Examples have a data file already"),
        (
            "@data(C:/rows.csv)",
            "",
            '5: "C:/rows.csv" lies outside of the suite, and a feature reads nothing there',
        ),
        (
            "@data",
            "| product |\n",
            '6: the Examples of "Product <product>" have no rows: '
            "write them below, or name their file above, as in @data(products.csv)",
        ),
    ],
)
def test_tags_and_tables_that_do_not_fit_are_named(
    tmp_path: Path, tag: str, table: str, expected: str
) -> None:
    """At their line of the feature."""
    with pytest.raises(FeatureFileError) as caught:
        read(tmp_path, "rows.csv", TWO, tag, table)
    assert caught.value.what == f"data.feature:{expected}"


def test_workbooks_name_their_sheets(tmp_path: Path) -> None:
    """Where there is none of the name; what is no range is told as that, and what is empty with its name."""
    data = workbook(Prices_of_2026=PRICES, Other="")
    names = "it has: Prices of 2026, Other"
    for tag, what in {
        "Preise": f'the workbook has no sheet "Preise"; {names}',
        "Other,A1:B": f'"A1:B" is neither a sheet nor a range, such as A1:C20; {names}',
        "Other": 'the sheet "Other" is empty',
        "A10:B20": 'A10:B20 of the sheet "Prices of 2026" is empty',
    }.items():
        with pytest.raises(FeatureFileError) as caught:
            read(tmp_path, "b.xlsx", data, f"@data(b.xlsx,{tag})")
        assert caught.value.what == f"b.xlsx:1: {what}"


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("payloads/my rows.csv", "@data(my_rows.csv)"),
        ("data/my_rows.csv", "@data(my_rows.csv)"),
        ("data/rows.csv", r"@data(data\rows.csv)"),
    ],
)
def test_files_are_found_in_their_folders(tmp_path: Path, name: str, tag: str) -> None:
    """In payloads or data; an underscore may be one, or a blank."""
    assert rows(read(tmp_path, name, TWO, tag))[0][0] == f"{name}:2"


def test_a_missing_file_is_named_with_the_places(tmp_path: Path) -> None:
    """Of a scenario above whose name the tag stands it is said that nobody reads it there."""
    with pytest.raises(FeatureFileError) as caught:
        read(tmp_path, "rows.csv", TWO, "@data(other.csv)")
    assert caught.value.what.startswith('data.feature:5: the file "other.csv" is not there (looked for at ')
    assert str(tmp_path / "payloads" / "other.csv") in caught.value.what
    misplaced = tmp_path / "misplaced.feature"
    misplaced.write_text(
        "@data(rows.csv)\nFeature: F\n  Scenario: s\n    Given an access token\n", encoding="utf-8"
    )
    with pytest.raises(FeatureFileError, match=r"1: the tag .* is read above Examples: only"):
        read_feature_file(misplaced, "misplaced.feature")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_no_link_leads_out_of_the_suite(tmp_path: Path) -> None:
    """The gate is that of all files that a feature names."""
    (tmp_path / "secret.csv").write_text("product\n1\n", encoding="utf-8")
    (tmp_path / "suite").mkdir()
    (tmp_path / "suite" / "link.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(FeatureFileError, match="lies outside of the suite"):
        read(tmp_path / "suite", "rows.csv", TWO, "@data(link.csv)")


def test_libraries_that_are_missing_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML and Excel are extras."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    for name, library, extra in (("a.yaml", "PyYAML", "yaml"), ("a.xlsx", "python-calamine", "excel")):
        with pytest.raises(FeatureFileError, match=f"{library} has to be installed") as caught:
            read(tmp_path, name, "- product: 1")
        assert f'pip install "pytest-iflow[{extra}]"' in str(caught.value)


def test_typed_secrets_of_data_files_are_masked(tmp_path: Path) -> None:
    """As those of rows in the feature."""
    feature = tmp_path / "secret.feature"
    feature.write_text(
        'Feature: F\n  Scenario Outline: s\n    Given the password <p>\n    Given the password "<p>"\n'
        "    @data(secrets.csv)\n    Examples:\n",
        encoding="utf-8",
    )
    (tmp_path / "secrets.csv").write_text("p\nQ7x-92kLm-Zz\n", encoding="utf-8")
    source = read_feature_file(feature, "secret.feature")
    assert mask("it is Q7x-92kLm-Zz") == "it is ***"
    assert source.scenarios[0].rows[0].id == "***"


@pytest.mark.parametrize("form", ["csv", "json", "yaml"])
def test_ten_thousand_rows_take_little_time(tmp_path: Path, form: str) -> None:
    """Equal ids are many, too, since only the first characters of a row are in its id."""
    records = [{"text": "x" * 80, "number": number, "place": f"Place {number}"} for number in range(10_000)]
    as_csv = ["text,number,place", *(",".join(map(str, each.values())) for each in records)]
    as_yaml = [f"- {json.dumps(each)}" for each in records]
    data = {"csv": "\n".join(as_csv), "json": json.dumps(records, indent=1), "yaml": "\n".join(as_yaml)}[form]
    began = time.process_time()
    source = read(tmp_path, f"rows.{form}", data)
    assert time.process_time() - began < 5
    assert len(source.scenarios[0].rows) == 10_000
    assert source.scenarios[0].rows[-1].id == f"{'x' * 80}#10000"


def test_ten_thousand_rows_take_little_memory(tmp_path: Path) -> None:
    """They are kept twice, as values by column and as rows of a table, and never as objects of a document."""
    data = "text,number,place\n" + "".join(
        f"{'x' * 80},{number},Place {number}\n" for number in range(10_000)
    )
    tracemalloc.start()
    try:
        source = read(tmp_path, "rows.csv", data)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(source.scenarios[0].rows) == 10_000
    assert kept < 12_000_000
    assert peak < 20_000_000


RUN_FEATURE = """
    Feature: Products
      Scenario Outline: Product <product> of <category>
        Given an access token
        Then the token is valid for at least <seconds> seconds

        @data(products.csv)
        Examples: from the file
          | product | category | seconds |
          | Produkt |          |         |

        Examples: written here
          | product | category | seconds |
          | HT-9    | written  | 1       |
"""
PRODUCTS = "Produkt;category;seconds;not used\nHT-1;Büro;1;\nHT-1;Büro;1;twice\nHT-2;late;999999;\n"
BROKEN_FEATURE = """
    Feature: Broken
      Scenario Outline: <product>
        Given an access token
        @data(broken.csv)
        Examples:
"""


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A feature that reads 3 rows, and one whose file is wrong."""
    project = new_project()
    project.write("features/products.feature", RUN_FEATURE)
    project.write("features/broken.feature", BROKEN_FEATURE)
    project.write("data/products.csv", PRODUCTS)
    project.write("features/broken.csv", "product\n1\n1;2\n1,2\n")
    return project


@pytest.fixture(scope="module")
def run(suite: InnerProject) -> InnerRun:
    """The suite as it runs."""
    return suite.run("--tenant=local")


def test_each_row_is_a_scenario_with_its_place(run: InnerRun) -> None:
    """In the terminal, in the results, on the page, in Allure; its line is that of the table."""
    scenarios = [each for each in run.summary()["scenarios"] if each["data_file"]]
    assert [(each["data_file"], each["data_line"], each["line"], each["status"]) for each in scenarios] == [
        ("data/products.csv", 2, 7, "passed"),
        ("data/products.csv", 3, 7, "passed"),
        ("data/products.csv", 4, 7, "failed"),
    ]
    assert scenarios[0]["example"] == {"product": "HT-1", "category": "Büro", "seconds": "1"}
    assert "Product HT-2 of late    (features/products.feature:7, data/products.csv:4)" in run.text
    assert '<span class="code">data/products.csv:4</span>' in run.files()["reports/local/dev/summary.html"]
    (failed,) = (each for each in run.allure("*-result.json") if each["status"] == "failed")
    assert {"name": "data file", "value": "data/products.csv:4", "excluded": True} in failed["parameters"]


def test_a_bad_row_breaks_its_feature_alone(run: InnerRun) -> None:
    """It is an item that fails before anything is sent, and said before the first scenario."""
    statuses = [each["status"] for each in run.summary()["scenarios"]]
    assert sorted(statuses) == ["broken", "failed", "passed", "passed", "passed"]
    assert "  features/broken.csv:3: the row has 2 cells, the header 1" in run.text.partition("FAILURES")[0]


def test_the_hash_of_a_data_file_is_evidence(suite: InnerProject, run: InnerRun) -> None:
    """As that of every file of the suite that a run reads."""
    sha256 = hashlib.sha256((suite.root / "data" / "products.csv").read_bytes()).hexdigest()
    journal = run.files()["reports/local/dev/sealed-journal.jsonl"]
    assert f'["data/products.csv","{sha256}"]' in journal


IDS = [
    "products.feature::Product <product> of <category>[HT-1-Büro-1]",
    "products.feature::Product <product> of <category>[HT-1-Büro-1#2]",
    "products.feature::Product <product> of <category>[HT-2-late-999999]",
    "products.feature::Product <product> of <category>[HT-9-written-1]",
]


def test_rows_are_selected_as_those_of_a_table(suite: InnerProject, run: InnerRun) -> None:
    """By -k, by the line of the table or of a row that is written, by a tag, by the last failure."""
    del run  # it has left what failed
    path = "features/products.feature"
    everything, by_word, by_table, by_row, by_mark, by_failure = suite.collect(
        [path],
        [path, "-k", "late"],
        [f"{path}:7"],
        [f"{path}:13"],
        [path, "-m", "data"],
        [path, "--lf"],
    )
    assert everything.collected() == IDS
    assert by_word.collected() == by_failure.collected() == [IDS[2]]
    assert by_table.collected() == IDS
    assert by_row.collected() == [IDS[3]]
    assert by_mark.collected() == IDS[:3]


def test_shards_and_workers_have_the_same_rows(suite: InnerProject, run: InnerRun) -> None:
    """Each process reads the file by itself."""
    del run
    path = "features/products.feature"
    shards = suite.collect([path, "--shard=1/2"], [path, "--shard=2/2"])
    assert sorted(each for shard in shards for each in shard.collected()) == sorted(IDS)
    assert all(shard.collected() for shard in shards)
    workers = suite.run("--tenant=local", "-n", "2", path)
    assert workers.statuses() == {
        "Product HT-1 of Büro": "passed",
        "Product HT-2 of late": "failed",
        "Product HT-9 of written": "passed",
    }
    assert len(workers.summary()["scenarios"]) == 4


def test_what_is_assumed_is_a_warning(project: InnerProject) -> None:
    """Where warnings are errors the feature is broken by it, and nothing is sent."""
    project.write("features/products.feature", RUN_FEATURE)
    (project.root / "features" / "products.csv").write_bytes(PRODUCTS.encode("cp1252"))
    said = "features/products.csv:2: the file is not UTF-8; Windows-1252 is assumed"
    strict, lenient = project.collect([], ["-W", "default"])
    assert strict.code == pytest.ExitCode.TESTS_FAILED
    assert f"  {said}" in strict.text
    assert lenient.code == pytest.ExitCode.OK
    assert lenient.collected() == IDS
    assert f"PytestCollectionWarning: {said}" in lenient.text
