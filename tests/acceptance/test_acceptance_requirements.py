"""Requirements, tags, and tables in CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.acceptance.requirements import Requirement, coverage, read_requirements, read_rows
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.results.scenario_result import ScenarioStatus
from tests.acceptance.recorded_run import scenario


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


LISTED = (Requirement("REQ-1", "one"), Requirement("2", "two"), Requirement("ABC-3", "three"))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), "uncovered"),
        (("passed", "passed"), "passed"),
        (("passed", "failed", "skipped"), "failed"),
        (("broken",), "failed"),
        (("passed", "skipped"), "incomplete"),
        (("not run",), "incomplete"),
    ],
)
def test_a_requirement_is_as_good_as_its_worst_scenario(
    statuses: tuple[ScenarioStatus, ...], expected: str
) -> None:
    """All have to pass; a skip proves nothing."""
    scenarios = [scenario(str(number), status, "REQ-1") for number, status in enumerate(statuses)]
    assert coverage(scenarios, LISTED).requirements[0].status == expected


def test_a_tag_names_a_requirement_with_or_without_its_prefix() -> None:
    """In any case; other tags name none, and unknown ones are told."""
    tags = ("smoke", "req-1", "REQ-2", "abc-3", "REQ-9")
    found = coverage([scenario("all", "passed", *tags)], LISTED, "list.csv")
    assert [each.status for each in found.requirements] == ["passed"] * 3
    assert (found.source, found.unknown_tags) == ("list.csv", ("REQ-9",))


def test_without_a_list_the_tags_are_the_requirements() -> None:
    """In the order of their names; then none can be unknown."""
    found = coverage([scenario("a", "passed", "REQ-2", "smoke"), scenario("b", "failed", "REQ-1")], None)
    assert [(each.id, each.status) for each in found.requirements] == [
        ("REQ-1", "failed"),
        ("REQ-2", "passed"),
    ]
    assert found.unknown_tags == ()


def test_the_list_is_a_table(tmp_path: Path) -> None:
    """With id and title."""
    path = tmp_path / "list.csv"
    path.write_text("id;title\nREQ-1;one\n", encoding="utf-8")
    assert read_requirements(path) == (Requirement("REQ-1", "one"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [("id,title\n", "lists no requirement"), ("id,title\nREQ-1,a\n1,b\n", "1 is listed twice")],
)
def test_a_list_that_cannot_be_meant_is_an_error(tmp_path: Path, text: str, said: str) -> None:
    """Empty, or with the same requirement twice."""
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said):
        read_requirements(path)
