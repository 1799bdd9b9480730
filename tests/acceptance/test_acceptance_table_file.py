"""Tables as testers keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.acceptance.table_file import read_rows
from pytest_iflow.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("id,title\nREQ-1,Größe\n", "utf-8"),
        ("ID;Owner;Title\r\nREQ-1;me;Größe\r\n;;\r\n", "utf-8-sig"),
        ("sep=;\nid;title\nREQ-1;Größe\n", "utf-8"),
        ("title\tid\n Größe \t REQ-1 ", "utf-16"),
        ('id,title\nREQ-1,"Größe"\n\n', "utf-8"),
    ],
)
def test_every_spreadsheet_is_read(tmp_path: Path, text: str, encoding: str) -> None:
    """Whatever its delimiter, byte order mark, order of columns, and empty rows."""
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    assert [dict(row.values) for row in read_rows(path, ("id", "title"))] == [
        {"id": "REQ-1", "title": "Größe"}
    ]


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("", "no column id and no column title", 1),
        ("id,titel\nREQ-1,a\n", "no column title", 1),
        ("id,title\n,a\n", "nothing in column id", 2),
        ("sep=;\nid;title\nREQ-1;a\nREQ-2;b;c\n", "more fields than there are columns", 4),
        ('id,title\nREQ-1,"a\n', "cannot be read", 2),
    ],
)
def test_a_table_that_cannot_be_used_says_why_and_where(
    tmp_path: Path, text: str, said: str, line: int
) -> None:
    """With the line, as a spreadsheet counts them; nothing is cut off in silence."""
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_rows(path, ("id", "title"))
    assert caught.value.where == f"{path}, line {line}"
